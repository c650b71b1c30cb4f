// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Contents that are too large for a loop to read while it answers.

import EventLoop
import FileCache
import HTTP
import OS
import Synchronization
import Testing

@Suite struct CompletionTests {
    private final class Count: Sendable {
        let value = Atomic<Int>(0)
        func add() { value.wrappingAdd(1, ordering: .relaxed) }
        var now: Int { value.load(ordering: .relaxed) }
    }

    private static let large = [UInt8](repeating: 7, count: 100_000)

    private static func entry(_ desk: Desk, _ path: [UInt8]) throws -> FileEntryRef {
        let entry = desk.find(path)
        try #require(entry.kind == .file)
        return entry
    }

    @Test func `a large content is read in the background, once for all who wait`() throws {
        let place = try Place()
        try place.write("a", Self.large)
        let loading = BackgroundWork(threadCountLimit: 1)
        let desk = Desk(loading: loading)
        let entry = try Self.entry(desk, place.path("a"))
        #expect(entry.awaitsContent)
        #expect(entry.representation(accepting: [])?.descriptorNumber != nil)
        #expect(desk.see(place.path("a")).entityTag == "")
        #expect(desk.cache.statistics.descriptorCount == 1)
        let count = Count()
        for _ in 0..<5 { #expect(desk.view.complete(entry) { count.add() }) }
        loading.waitUntilDone()
        #expect(count.now == 5)
        let complete = try Self.entry(desk, place.path("a"))
        #expect(!complete.awaitsContent)
        #expect(complete != entry)
        let form = desk.form(place.path("a"))
        let bytes = form.content.count
        #expect(bytes == Self.large.count)
        #expect(desk.cache.statistics.descriptorCount == 0)
        #expect(desk.cache.statistics.entryCount == 1)
        #expect(desk.isHit(place.path("a")))
        #expect(desk.see(place.path("a")).entityTag != "")
    }

    @Test func `a small content is read at once`() throws {
        let place = try Place()
        try place.write("a", [UInt8](repeating: 7, count: 64 << 10))
        let desk = Desk(loading: BackgroundWork(threadCountLimit: 1))
        let awaits = try Self.entry(desk, place.path("a")).awaitsContent
        #expect(!awaits)
        #expect(desk.form(place.path("a")).isInMemory)
    }

    @Test func `a content that is never held is not waited for`() throws {
        let place = try Place()
        try place.write("a", Self.large)
        var limits = FileCacheLimits()
        limits.byteLimit = 300_000
        let desk = Desk(limits: limits, loading: BackgroundWork(threadCountLimit: 1))
        #expect(!desk.find(place.path("a")).awaitsContent)
        #expect(desk.form(place.path("a")).descriptorNumber != nil)
        #expect(desk.isHit(place.path("a")))
    }

    @Test func `a sibling that is large is waited for too`() throws {
        let place = try Place()
        try place.write("a.js", "small")
        try place.write("a.js.gz", Self.large)
        var profile = FileProfile()
        profile.encodings.gzip.siblings = .on
        let loading = BackgroundWork(threadCountLimit: 1)
        let desk = Desk([profile], loading: loading)
        let entry = try Self.entry(desk, place.path("a.js"))
        #expect(entry.awaitsContent)
        #expect(desk.view.complete(entry) {})
        loading.waitUntilDone()
        let gzip = desk.see(place.path("a.js"), accepting: [.gzip])
        #expect(gzip.byteCount == Self.large.count)
        #expect(gzip.content != nil)
    }

    @Test func `a file that has changed meanwhile is what is read`() throws {
        let place = try Place()
        try place.write("a", Self.large)
        let loading = BackgroundWork(threadCountLimit: 1)
        let desk = Desk(loading: loading)
        let entry = try Self.entry(desk, place.path("a"))
        entry.retain()
        try place.write("a", "short")
        #expect(desk.view.complete(entry) {})
        loading.waitUntilDone()
        entry.release()
        #expect(desk.see(place.path("a")).content == "short")
        try place.remove("a")
        #expect(desk.see(place.path("a")).kind == .missing(.noSuchFile))
    }

    @Test func `nobody waits when too much waits already`() throws {
        let place = try Place()
        try place.write("a", Self.large)
        let loading = BackgroundWork(threadCountLimit: 1, jobCountLimit: 1)
        let gate = Gate()
        #expect(loading.submit { gate.wait() })
        #expect(loading.submit {})
        let desk = Desk(loading: loading)
        let entry = try Self.entry(desk, place.path("a"))
        let count = Count()
        #expect(!desk.view.complete(entry) { count.add() })
        gate.open()
        loading.waitUntilDone()
        #expect(count.now == 0)
        #expect(desk.view.complete(entry) { count.add() })
        loading.waitUntilDone()
        #expect(count.now == 1)
    }

    @Test func `thousands of small files are hits`() throws {
        let place = try Place()
        for i in 0..<3000 { try place.write("f\(i)", "\(i)") }
        let desk = Desk()
        for _ in 0..<2 {
            for i in 0..<3000 { _ = desk.find(place.path("f\(i)")) }
        }
        let hitCount = (0..<3000).count { desk.isHit(place.path("f\($0)")) }
        #expect(hitCount >= 2900)
    }
}

/// Holds a thread until it is opened.
final class Gate: Sendable {
    private let isOpen = Atomic<Bool>(false)

    func open() { isOpen.store(true, ordering: .relaxed) }

    func wait() {
        while !isOpen.load(ordering: .relaxed) { BackgroundWork.pause() }
    }
}
