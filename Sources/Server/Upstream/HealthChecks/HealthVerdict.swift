// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the checks so far say about a peer.

/// What one `health_check` thinks of one peer.
struct HealthVerdict: BitwiseCopyable, Equatable, Sendable {
    enum State: UInt32, BitwiseCopyable {
        /// Nothing is known yet, and requests must wait for that.
        case checking = 1
        case healthy = 2
        case unhealthy = 3
    }

    private(set) var state: State
    /// How many checks in a row have passed, or have not.
    private(set) var passCount = 0
    private(set) var failureCount = 0

    init(_ state: State) { self.state = state }

    /// Whether requests are kept from the peer.
    var holdsBack: Bool { state != .healthy }

    /// Takes note of one more check.
    ///
    /// Spec: nginx Plus: "checking" ends with the first check, whatever the numbers say.
    /// - Returns: whether the state is another one now.
    mutating func note(passed: Bool, _ check: borrowing HealthCheck) -> Bool {
        passCount = passed ? min(passCount + 1, check.passLimit) : 0
        failureCount = passed ? 0 : min(failureCount + 1, check.failureLimit)
        let before = state
        switch state {
        case .checking: state = passed ? .healthy : .unhealthy
        case .healthy: if failureCount >= check.failureLimit { state = .unhealthy }
        case .unhealthy: if passCount >= check.passLimit { state = .healthy }
        }
        return state != before
    }
}

extension HealthCheck {
    /// What a process begins with, of a peer of which the one before has thought so.
    ///
    /// Spec: nginx Plus `mandatory`, `persistent`. Who was found to be sick is not trusted because
    ///       of a reload.
    func firstState(after earlier: HealthVerdict.State?) -> HealthVerdict.State {
        switch (isMandatory, earlier) {
        case (true, .healthy?) where isPersistent: .healthy
        case (true, _): .checking
        case (false, .unhealthy?): .unhealthy
        case (false, _): .healthy
        }
    }
}
