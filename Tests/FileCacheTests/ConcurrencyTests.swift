// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Several threads with a view each, while the files change under them.

import EventLoop
import FileCache
import Glibc
import HTTP
import OS
import Synchronization
import Testing

@Suite struct ConcurrencyTests {
    /// What the threads of one test have in common.
    final class Shared: Sendable {
        let isOver = Atomic<Bool>(false)
        let answerCount = Atomic<Int>(0)
        let faultCount = Atomic<Int>(0)
    }

    @Test func `threads see whole contents only, and the last one in the end`() throws {
        let place = try Place()
        let names = (0..<8).map { place.path("f\($0).html") }
        for name in names { try Self.replace(name, round: 0) }
        var limits = FileCacheLimits()
        limits.byteLimit = 200_000
        let cache = FileCache(
            profiles: [EncodingTests.profile], limits: limits,
            encoding: BackgroundWork(threadCountLimit: 1))
        let shared = Shared()
        let first = try Thread.start(name: "reader") {
            Self.read(cache, names, shared, processesEvents: true)
        }
        let second = try Thread.start(name: "reader") {
            Self.read(cache, names, shared, processesEvents: false)
        }
        for round in 1...40 {
            for name in names { try Self.replace(name, round: round) }
            Self.sleep(milliseconds: 1)
        }
        Self.sleep(milliseconds: 20)
        shared.isOver.store(true, ordering: .relaxed)
        first.join()
        second.join()
        #expect(shared.faultCount.load(ordering: .relaxed) == 0)
        #expect(shared.answerCount.load(ordering: .relaxed) > 100)
        cache.processEvents()
        var view = cache.view()
        for name in names {
            let entry = view.find(
                profile: 0, path: name.span, accepting: [], now: Instant(milliseconds: 0))
            #expect(Seen(entry, accepting: []).content == Self.content(round: 40))
        }
    }

    /// Asks for all files in turn, and counts answers that were never written.
    private static func read(
        _ cache: FileCache, _ names: [[UInt8]], _ shared: Shared, processesEvents: Bool
    ) {
        var view = cache.view()
        let possible = Set((0...40).map { content(round: $0) })
        var turn = 0
        while !shared.isOver.load(ordering: .relaxed) {
            if processesEvents { cache.processEvents() }
            view.collect()
            turn += 1
            let codings: CodingPreference = [[], [.gzip], [.brotli]][turn % 3]
            for name in names {
                let entry = view.find(
                    profile: 0, path: name.span, accepting: codings,
                    now: Instant(milliseconds: 0))
                let seen = Seen(entry, accepting: [])
                if seen.kind != .file || !possible.contains(seen.content ?? "") {
                    shared.faultCount.wrappingAdd(1, ordering: .relaxed)
                }
                shared.answerCount.wrappingAdd(1, ordering: .relaxed)
            }
        }
    }

    private static func content(round: Int) -> String {
        String(repeating: "round \(round) of this page\n", count: 100 + round)
    }

    /// Writes beside and renames over, as a careful deployment does.
    private static func replace(_ path: [UInt8], round: Int) throws {
        let fresh = path + Array(".new".utf8)
        let file = try FileSystem.open(fresh, [.write, .create, .truncate])
        try file.writeAll(Array(content(round: round).utf8).span)
        try FileSystem.rename(fresh, to: path)
    }

    private static func sleep(milliseconds: Int) {
        var time = timespec(tv_sec: 0, tv_nsec: milliseconds * 1_000_000)
        unsafe nanosleep(&time, nil)
    }
}
