// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What somebody reads who has just started the program by hand.

internal import Command
internal import OS
internal import Server
internal import Supervisor

/// Where the server listens, what it found, and whether the API answers.
struct Welcome: Sendable {
    /// How long a peer may take to accept a connection.
    ///
    /// Units: milliseconds.
    private static let answerTimeout = 300

    private let version: Version
    private let source: ConfigurationSource
    private let listeners: [ListenerPlan]
    private let summary: SiteSummary

    init(
        _ version: Version, _ source: ConfigurationSource, _ listeners: [ListenerPlan],
        _ summary: SiteSummary
    ) {
        self.version = version
        self.source = source
        self.listeners = listeners
        self.summary = summary
    }

    /// Prints it.
    func say() {
        let text = lines.map { "  \($0)\n" }.joined()
        Process.write(Array("\nberanda \(version.number)\n\n\(text)\n".utf8), to: 1)
    }

    private var lines: [String] {
        let folders = summary.folders.map { folder in
            let path = String(decoding: folder, as: UTF8.self)
            return "serves \(path): \(Self.content(of: path))"
        }
        return addresses + origin + folders + summary.peers.map(line)
    }

    /// Each once: a port may be open for both versions of IP.
    private var addresses: [String] {
        var addresses: [String] = []
        for listener in listeners {
            let address = Self.url(of: listener.address)
            if !addresses.contains(address) { addresses.append(address) }
        }
        return addresses
    }

    private static func url(of address: SocketAddress) -> String {
        guard !address.isUnix else { return address.description }
        let host = String(decoding: address.addressText, as: UTF8.self)
        let isHere = ["0.0.0.0", "127.0.0.1", "::", "::1", "[::]", "[::1]"].contains(host)
        let isBare = host.contains(":") && !host.hasPrefix("[")
        let name = isHere ? "localhost" : isBare ? "[\(host)]" : host
        return "http://\(name)" + (address.port == 80 ? "" : ":\(address.port)")
    }

    private var origin: [String] {
        if case .file = source { return ["as \(source.name) says"] }
        return []
    }

    // MARK: What it found

    private static func content(of path: String) -> String {
        guard (try? FileSystem.status(path))?.kind == .directory else {
            return "there is no such folder yet"
        }
        let folder = FolderSummary(path: path)
        guard folder.fileCount > 0 else { return "there is nothing in it yet" }
        let others = folder.fileCount - (folder.hasIndex ? 1 : 0)
        var text = folder.hasIndex ? "index.html" : "no index.html yet"
        if others > 0 || !folder.hasIndex {
            let amount = (folder.isCutShort ? "more than " : "") + "\(others)"
            let noun = others == 1 ? "file" : "files"
            text += folder.hasIndex ? " and \(amount) other \(noun)" : ", \(amount) \(noun)"
        }
        let hashed = folder.hashedFileCount
        if hashed > 0 { text += ", \(hashed) with a hash in the name" }
        let siblings = folder.siblingCount
        if siblings > 0 { text += ", \(siblings) compressed beforehand" }
        return text
    }

    // MARK: Whether the API answers

    private func line(_ peer: SummarizedPeer) -> String {
        let name = String(decoding: peer.name, as: UTF8.self)
        let start = if case .madeUp = source { "/api goes" } else { "passes requests" }
        if let (text, count) = peer.command {
            let processes = count == 1 ? "a process of its own" : "\(count) processes"
            return "\(start) to \(name), \(processes): \(text)"
        }
        return "\(start) to \(name)\(Self.answer(of: peer))"
    }

    /// Whether the peer accepts connections, if that can be tried without a name service.
    private static func answer(of peer: SummarizedPeer) -> String {
        guard !peer.addresses.isEmpty else { return "" }
        return peer.addresses.contains(where: accepts)
            ? ", which answers" : ", which does not answer yet"
    }

    private static func accepts(_ address: SocketAddress) -> Bool {
        do {
            let connecting = try Socket.connect(to: address)
            guard connecting.inProgress else { return true }
            var poller = try Poller()
            try poller.add(connecting.socket.number, token: 0)
            let count = poller.wait(timeoutMilliseconds: answerTimeout)
            return count > 0 && connecting.socket.pendingError == nil
        } catch {
            return false
        }
    }
}
