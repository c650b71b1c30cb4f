// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A command whose processes are peers, as a configuration describes it.

/// An `exec` of an `upstream`.
package struct PeerCommand: Equatable, Sendable {
    /// What its processes are called: the name of the group, and a number where it has several
    /// commands.
    package var name = ""

    /// The program and its arguments.
    package var words: [String]

    package var instanceCount = 1

    /// The folder that its processes start in, absolute.
    package var directory: String

    /// Who they become, if the configuration says.
    package var user: String?
    package var group: String?

    /// What their environment has beside that of the server, as `NAME=value`.
    package var environment: [String] = []

    /// Whether they listen on a Unix socket and not on a port.
    package var usesSocket = false

    /// Units: milliseconds.
    package var startTimeout = 60_000

    /// Units: milliseconds.
    package var stopTimeout = 10_000
}
