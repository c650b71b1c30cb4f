// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A command that a configuration has started beside the workers. Values only: it starts nothing.

package import OS

/// A command whose processes are peers of an upstream.
package struct ManagedCommand: Equatable, Sendable {
    /// What its processes are called: `api` gives `api.1`, `api.2`.
    package var name: String

    /// The program and its arguments.
    package var words: [String]

    /// How many processes there are.
    package var instanceCount = 1

    /// The folder that they start in.
    package var directory: String?

    /// Who they become; nil for who the supervisor is.
    package var user: UserIdentity?
    /// The name and the home of that user, where they are known.
    package var userName: String?
    package var home: String?

    /// What their environment has beside that of the supervisor, as `NAME=value`.
    package var environment: [String] = []

    /// Whether they listen on a Unix socket and not on a port.
    package var usesSocket = false

    /// How long one may take until it accepts connections.
    ///
    /// Units: milliseconds.
    package var startTimeout: Int64 = 60_000

    /// How long one may finish its requests, and again how long it may take to end when it is told
    /// to.
    ///
    /// Units: milliseconds.
    package var stopTimeout: Int64 = 10_000

    package init(name: String, words: [String]) {
        self.name = name
        self.words = words
    }

    /// Whether the processes of both are the same, so that those of one can go on as the other's.
    func runs(as other: ManagedCommand) -> Bool {
        words == other.words && directory == other.directory && user == other.user
            && environment == other.environment && usesSocket == other.usesSocket
    }
}

/// Which process of which command: what stays the same when a configuration is read again.
struct SeatKey: Hashable {
    let command: String
    /// From 1.
    let number: Int
}

extension SeatKey: CustomStringConvertible {
    var description: String { "\(command).\(number)" }
}

extension [ManagedCommand] {
    /// Every process of all commands, in the order in which a worker expects them.
    var seats: [(key: SeatKey, command: ManagedCommand)] {
        flatMap { command in
            (1...Swift.max(1, command.instanceCount)).map {
                (SeatKey(command: command.name, number: $0), command)
            }
        }
    }
}
