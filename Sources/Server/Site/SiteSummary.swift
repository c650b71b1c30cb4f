// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A site in a few words, for somebody who has just started it by hand.

internal import HTTP
internal import Memory
package import OS

/// What a configuration serves.
package struct SiteSummary: Sendable {
    /// The folders that files are served from, absolute, each once.
    package let folders: [[UInt8]]

    /// The peers that requests are passed to, each once.
    package let peers: [SummarizedPeer]
}

/// A peer as the configuration writes it.
package struct SummarizedPeer: Sendable {
    package let name: [UInt8]

    /// What is started for it, and in how many processes.
    package var command: (text: String, count: Int)?

    /// Where it may be reached, if no name service must be asked for that.
    package let addresses: [SocketAddress]

    init(name: [UInt8], addresses: [SocketAddress]) {
        self.name = name
        self.addresses = addresses
    }
}

extension Site {
    /// What it serves, in the order of the configuration.
    package var summary: SiteSummary {
        SiteSummary(folders: servedFolders, peers: summarizedPeers)
    }

    private var servedFolders: [[UInt8]] {
        var folders: [[UInt8]] = []
        for index in 0..<locations.count
        where locations[index].handler == .files && locations[index].hasConstantRoot
            && !locations[index].steps.contains(.hasScript)
        {
            let folder = locations[index].constantRoot.copied()
            if !folders.contains(folder) { folders.append(folder) }
        }
        return folders
    }

    private var summarizedPeers: [SummarizedPeer] {
        var peers: [SummarizedPeer] = []
        for peer in groups.flatMap(\.peers) {
            let command = commands.first { $0.starts(peer) }
            let name = command.map { Array($0.name.utf8) } ?? peer.name
            guard !peers.contains(where: { $0.name == name }) else { continue }
            var summary = SummarizedPeer(name: name, addresses: peer.target.knownAddresses)
            summary.command = command.map { ($0.text, $0.instanceCount) }
            peers.append(summary)
        }
        return peers
    }
}

extension PeerTarget {
    /// The addresses that are known without asking; `localhost` is known to everybody.
    fileprivate var knownAddresses: [SocketAddress] {
        switch self {
        case .address(let address): return [address]
        case .process: return []
        case .slot: return []
        case .name(let host, let port):
            guard host == Array("localhost".utf8) else { return [] }
            return ["127.0.0.1:\(port)", "[::1]:\(port)"].compactMap { SocketAddress($0) }
        }
    }
}

/// What lies in a folder that is served.
package struct FolderSummary: Sendable, Equatable {
    package private(set) var fileCount = 0

    /// Files whose names carry the hash of a build.
    package private(set) var hashedFileCount = 0

    /// Compressed siblings, which are not counted as files.
    package private(set) var siblingCount = 0

    /// Whether there is an `index.html` at its top.
    package private(set) var hasIndex = false

    /// Whether there is more than was counted.
    package private(set) var isCutShort = false

    /// How many entries are looked at: a start must not wait for a large disk.
    private static let entryLimit = 20_000

    /// Counts; links are not followed.
    package init(path: String) {
        var left = Self.entryLimit
        var folders = [path]
        while let folder = folders.popLast() {
            for entry in (try? FileSystem.listDirectory(folder)) ?? [] {
                left -= 1
                guard left > 0 else {
                    isCutShort = true
                    return
                }
                if entry.kind == .directory {
                    folders.append(folder + "/" + String(decoding: entry.name, as: UTF8.self))
                } else {
                    count(entry, in: folder, isAtTop: folder == path)
                }
            }
        }
    }

    private mutating func count(_ entry: DirectoryEntry, in folder: String, isAtTop: Bool) {
        if Self.isSibling(entry.name) { return siblingCount += 1 }
        fileCount += 1
        let path = Array(folder.utf8) + [UInt8(ascii: "/")] + entry.name
        if BuildHash.isHashed(path.span) { hashedFileCount += 1 }
        if isAtTop, entry.name == Array("index.html".utf8) { hasIndex = true }
    }

    /// Whether a name is another one with the extension of a coding.
    private static func isSibling(_ name: [UInt8]) -> Bool {
        for suffix in [".br", ".zst", ".gz"]
        where name.reversed().starts(with: suffix.utf8.reversed()) {
            return name.dropLast(suffix.utf8.count).contains(UInt8(ascii: "."))
                && name.dropLast(suffix.utf8.count).suffix(4) != Array(".tar".utf8)
        }
        return false
    }
}
