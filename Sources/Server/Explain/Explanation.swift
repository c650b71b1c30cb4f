// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a server would do with a request, found out by doing it up to where a peer would be asked.

package import Configuration
internal import EventLoop
internal import FileCache
internal import HTTP
internal import Memory
package import OS

/// A request to explain.
package struct ExplainedRequest: Sendable {
    package var method = "GET"
    /// The path with its query.
    package var target = "/"
    /// What `Host` says; nil for the first name that the configuration gives a server.
    package var host: String?
    /// Where the client connects to; nil for the usual port, or else the first one.
    package var port: UInt16?
    /// Further field lines, without line ends.
    package var fields: [String] = []
    /// Who asks.
    package var client = CompactAddress(ipv4: 0x7F00_0001, port: 40_000)

    package init() {}

    /// The head as it would arrive.
    func head(host: String) -> [UInt8] {
        let port = port.map { $0 == 80 ? "" : ":\($0)" } ?? ""
        var lines = ["\(method) \(target) HTTP/1.1"]
        if !fields.contains(where: { $0.lowercased().hasPrefix("host:") }) {
            lines.append("Host: \(host)\(port)")
        }
        lines += fields
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }
}

/// Why a request cannot be explained.
package struct ExplanationFailure: Error, Sendable {
    package let message: String
}

/// What happened to a request, and what came of it.
package struct Explanation: Sendable {
    /// The request line and fields that were explained.
    let request: [UInt8]
    let steps: [Trace.Step]
    /// The head of the response; empty when a peer would have made it.
    let response: [UInt8]
    /// The head that a peer would be sent; nil when none would be asked.
    let peerRequest: [UInt8]?
    /// What would follow it, where the configuration sets that; the client's own content does not
    /// count.
    let peerContent: [UInt8]
    /// What the places of the steps refer to.
    let sources: [SourceFile]

    /// Serves a request without a network, and listens to what is told.
    package init(
        of request: ExplainedRequest, by site: Site, sources: [SourceFile]
    ) throws(ExplanationFailure) {
        let host = request.host ?? Self.usualHost(of: site)
        self.request = request.head(host: host)
        let listener = try Self.listener(for: request, of: site)
        var local = site.listeners[listener].address.local
        if local.high == 0, local.low == 0, local.family != .unix {
            local = CompactAddress(ipv4: 0x7F00_0001, port: local.port)
        }
        let trace = Trace(localAddress: local)
        do throws(Errno) {
            response = try Self.serve(
                self.request, from: request.client, site, listener: listener, trace)
        } catch {
            throw ExplanationFailure(message: "the machine lacks what it takes (\(error))")
        }
        steps = trace.steps
        let sent = trace.peerRequest ?? []
        let headEnd = (0..<sent.count).first { sent[$0...].starts(with: Array("\r\n\r\n".utf8)) }
        let headCount = headEnd.map { $0 + 4 } ?? sent.count
        peerRequest = trace.peerRequest.map { Array($0.prefix(headCount)) }
        peerContent = Array(sent.dropFirst(headCount))
        self.sources = sources
    }

    /// The first name of a server that is the name of one host.
    private static func usualHost(of site: Site) -> String {
        for index in 0..<site.hosts.count {
            let name = String(decoding: site.hosts[index].name, as: UTF8.self)
            let isPlain = name.utf8.allSatisfy { byte in
                byte > 0x20 && byte < 0x7F && !"*~_".utf8.contains(byte)
            }
            if isPlain, !name.isEmpty, !name.hasPrefix(".") { return name }
        }
        return "localhost"
    }

    /// The listener that a connection to the port would come to.
    private static func listener(
        for request: ExplainedRequest, of site: Site
    ) throws(ExplanationFailure) -> Int {
        let all = 0..<site.listeners.count
        guard let port = request.port else {
            let usual = all.first { site.listeners[$0].address.local.port == 80 }
            return usual ?? 0
        }
        let onPort = all.filter { site.listeners[$0].address.local.port == port }
        let host = Array((request.host ?? "").utf8)
        let address = CompactAddress(parsingIPv4: host.span, port: port)
        let exact = onPort.first { site.listeners[$0].address == address.map { .ip($0) } }
        guard let found = exact ?? onPort.first else {
            let addresses = all.map { "\(site.listeners[$0].address)" }.joined(separator: ", ")
            throw ExplanationFailure(
                message: "no server listens on port \(port)\nThe addresses are: \(addresses)")
        }
        return found
    }

    private static func serve(
        _ head: [UInt8], from client: CompactAddress, _ site: Site, listener: Int, _ trace: Trace
    ) throws(Errno) -> [UInt8] {
        let background = BackgroundWork(threadCountLimit: 2, jobCountLimit: 64)
        let files = FileCache(
            profiles: site.fileProfiles, limits: site.fileLimits, loading: background,
            encoding: background)
        var worker = try Worker(
            site, try SharedState(privateFor: site), files, background,
            LogFiles(quiet: site.logFiles.count), ListeningSockets([], threadCount: 1), number: 0,
            of: 1,
            LoopMailbox<WorkerCommand>())
        var facts = ClientFacts()
        facts.address = client
        facts.listener = listener
        return try worker.explain(head, facts, trace)
    }
}

extension SocketAddress {
    /// The address that a client of it sees.
    fileprivate var local: CompactAddress {
        switch self {
        case .ip(let address): address
        case .unix: .unix
        }
    }
}
