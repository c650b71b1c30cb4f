// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What becomes of a question for a name.

package import OS

/// Where a name stands at this moment.
package enum Resolution: Equatable, Sendable {
    /// At least one address, in the order in which to try them; their port is 0.
    case addresses([CompactAddress])
    /// The answer is on its way. The waiter is reported by `takeFinishedWaiters`; then ask again.
    case pending
    case failed(ResolutionFailure)
}

/// Why a name has no address.
package enum ResolutionFailure: UInt8, Error, BitwiseCopyable, Sendable {
    case invalidName
    /// There is no such name.
    ///
    /// The only failure that is a statement about the name: the others leave old answers in use.
    case notFound
    /// The name is known, but no address of it.
    ///
    /// Also when there is none of one family, and no answer for the other.
    case noAddress
    case timedOut
    /// No name server gave a useful answer.
    ///
    /// Some versions of the library say this also instead of `serverFailure` and `refused`.
    case unreachable
    case serverFailure
    case refused
    case badAnswer
    /// No memory, or no descriptors.
    case outOfResources
    /// An alias of an alias of an alias, and so on.
    case tooManyAliases
    /// More names or more waiters at once than `ResolverLimits` allow.
    case tooManyQuestions

    /// Completes "NAME could not be resolved (…)".
    ///
    /// Spec: nginx's words where it has some, with the response code of DNS, or the number of the
    ///       system's error.
    package var reason: String { number.map { "\($0): \(text)" } ?? text }

    private var number: Int? {
        switch self {
        case .badAnswer: 1
        case .serverFailure: 2
        case .notFound, .noAddress: 3
        case .refused: 5
        case .timedOut: 110
        default: nil
        }
    }

    private var text: String {
        switch self {
        case .invalidName: "Invalid name"
        case .notFound: "Host not found"
        case .noAddress: "Host not found, it has no address"
        case .timedOut: "Operation timed out"
        case .unreachable: "No name server answers"
        case .serverFailure: "Server failure"
        case .refused: "Operation refused"
        case .badAnswer: "Format error"
        case .outOfResources: "Out of memory or descriptors"
        case .tooManyAliases: "Too many aliases"
        case .tooManyQuestions: "Too many names are being resolved"
        }
    }
}

/// Where a name stands for somebody who follows it for as long as the process lives.
package enum WatchedName: Equatable, Sendable {
    /// To be looked at again when an answer has arrived.
    case pending
    /// What the name stands for, and when that should be asked again.
    case found([ServiceEndpoint], until: Instant)
    case failed(ResolutionFailure, until: Instant)
}
