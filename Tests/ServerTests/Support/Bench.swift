// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A worker's parts without its loop: exchanges and connections are driven by hand.

import Configuration
import EventLoop
import FileCache
import HTTP
import HTTP1
import Memory
import OS

@testable import Server

/// What a test needs to drive exchanges and connections.
struct Bench: ~Copyable {
    var exchanges: ObjectPool<Exchange>
    var peers: PeerConnections
    var services: Services
    let directory: Directory
    let cache: FileCache
    let mailbox: LoopMailbox<WorkerCommand>
    let background: BackgroundWork

    /// A folder that is removed with the bench.
    final class Directory {
        let path: String

        init() throws {
            path = "/tmp/beranda-test-\(Random.number())"
            try FileSystem.makeDirectory(path)
        }

        deinit {
            for entry in (try? FileSystem.listDirectory(path)) ?? [] {
                try? FileSystem.unlink(path + "/" + String(decoding: entry.name, as: UTF8.self))
            }
            try? FileSystem.removeDirectory(path)
        }
    }

    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    /// Loads a configuration in which `DIR` stands for a folder with these files.
    init(_ configuration: String, files: [String: String] = [:]) throws {
        let directory = try Directory()
        for (name, content) in files {
            try FileSystem.replaceFile(
                directory.path + "/" + name, content: Array(content.utf8).span)
        }
        let text = configuration.split(separator: "DIR", omittingEmptySubsequences: false)
            .joined(separator: directory.path)
        let loaded = SiteLoader.load(
            LoadOptions(
                .text(text, name: "test"), prefix: directory.path + "/",
                reader: FileReader(files: [])))
        guard let site = loaded.site else {
            throw Refused(description: loaded.diagnostics.render(color: false))
        }
        let background = BackgroundWork(threadCountLimit: 1)
        let mailbox = try LoopMailbox<WorkerCommand>()
        let cache = FileCache(profiles: site.fileProfiles, loading: background)
        let quiet = LogFiles(quiet: site.logFiles.count)
        let services = try Services(
            site, shared: try SharedState(privateFor: site), files: cache,
            background: background, mailbox: mailbox,
            log: LogWriter(quiet), threadNumber: 0, clientCapacity: 8,
            peerCapacity: 8)
        self.directory = directory
        self.services = services
        self.background = background
        self.mailbox = mailbox
        self.cache = cache
        exchanges = ObjectPool(capacity: 8) { Exchange() }
        peers = PeerConnections(capacity: 8)
    }

    /// Gives an exchange a request head.
    mutating func begin(_ head: String) throws -> (slot: Int, step: ExchangeStep) {
        guard let id = exchanges.acquire(), let slot = exchanges.slot(for: id) else {
            throw Refused(description: "no exchange is free")
        }
        var input = Buffer(capacity: head.utf8.count)
        input.append(Array(head.utf8))
        guard
            case .parsed(let count) = RequestParser.parse(
                input.readable, into: &exchanges[slot].head)
        else { throw Refused(description: "not a request head") }
        exchanges[slot].takeHead(input, byteCount: count)
        exchanges[slot].content.isComplete = exchanges[slot].head.framing == .none
        return (slot, exchanges[slot].begin(&services))
    }

    /// Takes all content that there is without waiting.
    mutating func content(of slot: Int) -> (bytes: [UInt8], last: Piece) {
        var bytes: [UInt8] = []
        while true {
            let piece = exchanges[slot].nextPiece(&peers, &services)
            switch piece {
            case .body(let extent):
                bytes += Array(copying: exchanges[slot].response.body.span(extent.range))
            case .memory(let extent):
                guard let file = exchanges[slot].response.file.representation else {
                    return (bytes, .failed)
                }
                bytes += Array(copying: file.content.extracting(extent.range))
            case .peer(let peer, let extent):
                switch peers.connections[peer].input {
                case .some(let input): bytes += Array(copying: input.span(extent.range))
                case .none: return (bytes, .failed)
                }
            case .kept(let extent):
                bytes += Array(copying: exchanges[slot].proxy.ahead.front.span(extent.range))
            case .assembled(let extent):
                if let assembly = exchanges[slot].response.assembly {
                    bytes += assembly.output.copied()[extent.range]
                }
            case .filtered:
                bytes += Array(copying: exchanges[slot].response.filter.output.readable)
            case .yield:
                services.filteredCount = 0
                continue
            case .file, .spilled, .pending, .cold, .end, .failed: return (bytes, piece)
            }
            exchanges[slot].didSend(piece.count, of: piece, &peers, &services)
        }
    }
}

extension Piece {
    /// How many bytes it has.
    var count: Int {
        switch self {
        case .body(let extent), .memory(let extent), .file(_, let extent), .peer(_, let extent),
            .kept(let extent), .spilled(_, let extent), .assembled(let extent),
            .filtered(let extent):
            extent.count
        case .pending, .yield, .cold, .end, .failed: 0
        }
    }
}
