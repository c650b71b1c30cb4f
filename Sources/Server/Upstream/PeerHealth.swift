// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is known of a peer at the moment: whether it lives, how busy it is, and how fast it answers.

internal import OS
internal import Synchronization

/// What is known about a peer, shared by all threads.
///
/// Units: seconds of the monotonic clock where nothing else is said; 0 means never.
/// Why: relaxed atomics. A count that is late by one request costs one try, a lock would cost every
///      request.
final class PeerHealth: Sendable {
    // MARK: Failures of requests

    private let failures = Atomic<Int>(0)
    /// When it failed last.
    private let failedAt = Atomic<Int>(0)
    /// When it was last tried or failed.
    private let checkedAt = Atomic<Int>(0)

    /// Whether the log has said last that it is left out.
    private let isToldLeftOut = Atomic<Bool>(false)
    /// Which life of a process that is started here the record is about.
    private let incarnation = Atomic<UInt32>(0)

    // MARK: The verdict of others

    /// How many keep requests from it: checks of its health, and whoever starts its process.
    private let holdCount = Atomic<Int>(0)
    /// Whether it refused the connection of its last check, as one does that is being started.
    let refusesChecks = Atomic<Bool>(false)
    /// Whether there is a peer at this place; a name that is resolved may have fewer addresses.
    let isAbsent = Atomic<Bool>(false)
    /// When it came back, for `slow_start`.
    ///
    /// Units: milliseconds; 0 means that it has its whole weight.
    let returnedAt = Atomic<Int>(0)

    /// What a record of its service says of its weight; 0 where none does.
    let recordWeight = Atomic<Int>(0)

    // MARK: Load

    /// The requests that it is answering.
    private let connections = Atomic<Int>(0)
    let times = PeerTimes()

    /// Whether it may be given requests, whatever became of those before.
    var isOffered: Bool {
        holdCount.load(ordering: .relaxed) == 0 && !isAbsent.load(ordering: .relaxed)
    }

    /// Whether it is worth waiting for, where nobody can be asked now.
    var mayComeBack: Bool { isOffered || refusesChecks.load(ordering: .relaxed) }

    /// Keeps requests from it until the same caller lets go of it.
    func hold() { holdCount.wrappingAdd(1, ordering: .relaxed) }

    /// Ends a `hold`.
    ///
    /// - Parameter isReturn: whether it was out of order before; then `slow_start` begins.
    func letGo(isReturn: Bool, at now: Instant) {
        if isReturn { returnedAt.store(Int(now.milliseconds), ordering: .relaxed) }
        holdCount.wrappingSubtract(1, ordering: .relaxed)
    }

    /// Forgets what was so of an earlier process.
    func noteLife(_ life: PeerLife) {
        guard incarnation.load(ordering: .relaxed) != life.incarnation else { return }
        incarnation.store(life.incarnation, ordering: .relaxed)
        failures.store(0, ordering: .relaxed)
    }

    /// Whether any life of its process has been seen.
    var hasLived: Bool { incarnation.load(ordering: .relaxed) != 0 }

    /// Whether there is a peer at this place.
    var isPresent: Bool { !isAbsent.load(ordering: .relaxed) }

    /// Whether its failures rule it out at `now`.
    func isUnavailable(_ peer: borrowing Peer, at now: Int) -> Bool {
        peer.failureLimit > 0 && failures.load(ordering: .relaxed) >= peer.failureLimit
            && now - checkedAt.load(ordering: .relaxed) <= peer.failureTimeout
    }

    /// How often it could have been tried again since it was tried last.
    func restCount(_ peer: borrowing Peer, at now: Int) -> Int {
        let rest = now - checkedAt.load(ordering: .relaxed)
        return rest > peer.failureTimeout ? rest / (peer.failureTimeout + 1) : 0
    }

    /// Notes that it was chosen.
    func noteChosen(_ peer: borrowing Peer, at now: Int) {
        if now - checkedAt.load(ordering: .relaxed) > peer.failureTimeout {
            checkedAt.store(now, ordering: .relaxed)
        }
    }

    /// Notes that a request failed.
    ///
    /// - Returns: whether requests keep away from it now.
    func noteFailure(_ peer: borrowing Peer, at now: Int) -> Bool {
        let count = failures.wrappingAdd(1, ordering: .relaxed).newValue
        failedAt.store(now, ordering: .relaxed)
        checkedAt.store(now, ordering: .relaxed)
        return peer.failureLimit > 0 && count >= peer.failureLimit
    }

    /// Notes that a request was answered.
    ///
    /// - Returns: whether it was ruled out before.
    @discardableResult
    func noteSuccess(_ peer: borrowing Peer) -> Bool {
        // Only a success of a try that began after the last failure clears the record.
        guard failedAt.load(ordering: .relaxed) < checkedAt.load(ordering: .relaxed),
            failures.load(ordering: .relaxed) > 0
        else { return false }
        let count = failures.exchange(0, ordering: .relaxed)
        return peer.failureLimit > 0 && count >= peer.failureLimit
    }

    /// Forgets all failures.
    func noteReturn() {
        failures.store(0, ordering: .relaxed)
        isToldLeftOut.store(false, ordering: .relaxed)
    }

    /// Notes that the log is about to tell of a change.
    ///
    /// - Returns: false if another thread has told it already.
    func noteTold(isLeftOut: Bool) -> Bool {
        isToldLeftOut.exchange(isLeftOut, ordering: .relaxed) != isLeftOut
    }

    // MARK: Load

    /// How many requests it is answering.
    var connectionCount: Int { connections.load(ordering: .relaxed) }

    /// Counts a request that it is to answer.
    ///
    /// - Returns: false if it has as many as it may.
    func acquire(limit: Int) -> Bool {
        let count = connections.wrappingAdd(1, ordering: .relaxed).newValue
        guard limit > 0, count > limit else { return true }
        connections.wrappingSubtract(1, ordering: .relaxed)
        return false
    }

    /// Ends what `acquire` began.
    func release() { connections.wrappingSubtract(1, ordering: .relaxed) }
}
