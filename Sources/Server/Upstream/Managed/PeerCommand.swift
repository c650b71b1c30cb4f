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

    /// The command as one writes it in a terminal.
    package var text: String {
        if words.count == 3, words.starts(with: ["/bin/sh", "-c"]) { return words[2] }
        return words.map { word in
            word.isEmpty || word.contains(where: { $0.isWhitespace || $0 == "\"" || $0 == "'" })
                ? "'"
                    + word.split(separator: "'", omittingEmptySubsequences: false)
                    .joined(separator: "'\\''") + "'"
                : word
        }.joined(separator: " ")
    }

    /// Whether a peer is one of its processes.
    func starts(_ peer: borrowing Peer) -> Bool {
        peer.isStarted && peer.name.starts(with: (name + ".").utf8)
    }
}
