// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What peers answered last, for those who are told when one fails.

internal import OS
internal import Synchronization

/// The last answers of peers, by their addresses, for all threads.
///
/// Limits: `addressLimit` of them; addresses may come from variables.
/// Why: a lock is good enough, because nobody gets here unless `proxy_error_details` is on.
final class LastAnswers: Sendable {
    struct Answer: BitwiseCopyable {
        let status: Int
        let time: Instant
    }

    private let answers = Mutex<[[UInt8]: Answer]>([:])

    private static let addressLimit = 256

    /// Notes that a peer has answered.
    func note(_ address: [UInt8], _ status: Int, at now: Instant) {
        answers.withLock { answers in
            if answers.count >= Self.addressLimit, answers[address] == nil { answers = [:] }
            answers[address] = Answer(status: status, time: now)
        }
    }

    subscript(address: [UInt8]) -> Answer? { answers.withLock { $0[address] } }
}
