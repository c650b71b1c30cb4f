// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What somebody reads who has just started the program by hand.

internal import Command
internal import OS
internal import Supervisor

/// Where the server listens, what it found, and whether the API answers.
struct Welcome: Sendable {
    /// How long the API may take to accept a connection.
    ///
    /// Units: milliseconds.
    private static let answerTimeout = 300

    private let version: Version
    private let made: MadeUpConfiguration
    private let listeners: [ListenerPlan]

    init(_ version: Version, _ made: MadeUpConfiguration, _ listeners: [ListenerPlan]) {
        self.version = version
        self.made = made
        self.listeners = listeners
    }

    /// Prints it.
    func say() {
        let text = lines.map { "  \($0)\n" }.joined()
        Process.write(Array("\nberanda \(version.number)\n\n\(text)\n".utf8), to: 1)
    }

    private var lines: [String] {
        let addresses = listeners.filter { !$0.address.isUnix }.map { listener in
            "http://localhost:\(listener.address.port)"
        }
        let index = made.directory + "/index.html"
        let isFound = (try? FileSystem.status(index))?.kind == .regular
        let folder = "serves \(made.directory)" + (isFound ? "" : ", which has no index.html yet")
        let peers = made.apiAddresses.map { "/api goes to \($0)\(answer(of: $0))" }
        return addresses + [folder] + peers
    }

    /// Whether the peer accepts connections, if its address can be tried without a name service.
    private func answer(of peer: String) -> String {
        guard let address = SocketAddress(peer, defaultPort: 80) else { return "" }
        return accepts(address) ? ", which answers" : ", which does not answer yet"
    }

    private func accepts(_ address: SocketAddress) -> Bool {
        do {
            let connecting = try Socket.connect(to: address)
            guard connecting.inProgress else { return true }
            var poller = try Poller()
            try poller.add(connecting.socket.number, token: 0)
            let count = poller.wait(timeoutMilliseconds: Self.answerTimeout)
            return count > 0 && connecting.socket.pendingError == nil
        } catch {
            return false
        }
    }
}
