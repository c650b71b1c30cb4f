// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A real directory for one test, and a cache that looks at it.

import EventLoop
import FileCache
import Glibc
import HTTP
import OS
import Testing

/// A temporary directory that goes with the test.
final class Place {
    let root: [UInt8]

    init() throws {
        let number = UInt64.random(in: 0...UInt64.max)
        root = Array("/tmp/beranda-files-\(String(number, radix: 36))".utf8)
        try FileSystem.makeDirectory(root)
    }

    deinit { Self.removeAll(root) }

    /// The absolute path of a name below the directory.
    func path(_ name: String) -> [UInt8] { name.isEmpty ? root : root + Array("/\(name)".utf8) }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        let file = try FileSystem.open(path(name), [.write, .create, .truncate])
        try file.writeAll(bytes.span)
    }

    func makeDirectory(_ name: String) throws { try FileSystem.makeDirectory(path(name)) }

    func rename(_ name: String, to other: String) throws {
        try FileSystem.rename(path(name), to: path(other))
    }

    func remove(_ name: String) throws { try FileSystem.unlink(path(name)) }

    func link(_ name: String, to target: String) throws {
        try FileSystem.makeSymbolicLink(path(name), to: Array(target.utf8))
    }

    /// Gives a file an old time.
    func setModified(_ name: String, seconds: Int) {
        let time = timespec(tv_sec: seconds, tv_nsec: 0)
        let text = String(decoding: path(name), as: UTF8.self)
        unsafe _ = utimensat(AT_FDCWD, text, [time, time], 0)
    }

    private static func removeAll(_ path: [UInt8]) {
        if let entries = try? FileSystem.listDirectory(path) {
            for entry in entries {
                let inner = path + [UInt8(ascii: "/")] + entry.name
                if entry.kind == .directory {
                    removeAll(inner)
                } else {
                    try? FileSystem.unlink(inner)
                }
            }
        }
        try? FileSystem.removeDirectory(path)
    }
}

/// What a test sees of an entry.
struct Seen: Equatable {
    var kind: FileKind
    var content: String?
    var fields: String = ""
    var entityTag: String = ""
    var coding = ContentCoding.identity
    var byteCount = 0
}

/// A cache over a directory, and one view of it.
final class Desk {
    let cache: FileCache
    var view: FileCacheView
    var now = Instant(milliseconds: 1_000_000)

    private let background: BackgroundWork?

    init(
        _ profiles: [FileProfile] = [FileProfile()], limits: FileCacheLimits = FileCacheLimits(),
        background: BackgroundWork? = nil, loading: BackgroundWork? = nil, isWatching: Bool = true
    ) {
        self.background = background
        cache = FileCache(
            profiles: profiles, limits: limits, loading: loading, encoding: background,
            isWatching: isWatching)
        view = cache.view()
    }

    /// The entry of a path, after the events that have come; good until the next call.
    func find(
        _ path: [UInt8], profile: Int = 0, accepting codings: CodingPreference = []
    ) -> FileEntryRef {
        cache.processEvents()
        view.collect()
        return view.find(profile: profile, path: path.span, accepting: codings, now: now)
    }

    /// The plain form of a file that is there.
    func form(_ path: [UInt8]) -> RepresentationRef {
        guard let form = find(path).representation(accepting: []) else {
            preconditionFailure("the test has made this file")
        }
        return form
    }

    /// Waits until the background has nothing to do.
    func waitForBackground() { background?.waitUntilDone() }

    /// What is answered for a path, after the events that have come.
    func see(
        _ path: [UInt8], profile: Int = 0, accepting codings: CodingPreference = []
    ) -> Seen {
        Seen(find(path, profile: profile, accepting: codings), accepting: codings)
    }

    /// Whether the view answers by itself.
    func isHit(
        _ path: [UInt8], profile: Int = 0, accepting codings: CodingPreference = []
    ) -> Bool {
        cache.processEvents()
        view.collect()
        switch view.lookup(profile: profile, path: path.span, accepting: codings, now: now) {
        case .hit: return true
        case .miss: return false
        }
    }
}

extension Seen {
    init(_ entry: FileEntryRef, accepting codings: CodingPreference) {
        kind = entry.kind
        guard let form = entry.representation(accepting: codings) else { return }
        if form.isInMemory { content = text(form.content) }
        fields = text(form.fields)
        entityTag = text(form.entityTag)
        coding = form.contentCoding
        byteCount = form.byteCount
    }
}

extension BackgroundWork {
    /// Waits until there is nothing to do.
    func waitUntilDone() {
        while threadCount > 0 { Self.pause() }
    }

    static func pause() {
        var time = timespec(tv_sec: 0, tv_nsec: 1_000_000)
        unsafe nanosleep(&time, nil)
    }
}

func text(_ bytes: Span<UInt8>) -> String {
    var copy: [UInt8] = []
    for i in 0..<bytes.count { copy.append(bytes[i]) }
    return String(decoding: copy, as: UTF8.self)
}
