// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the kernel reports about changes.

import OS
import Testing

@Suite struct InotifyTests {
    @Test func `changes come with names`() throws {
        let directory = try TemporaryDirectory()
        let inotify = try Inotify()
        let watch = try inotify.add(
            directory.path, [.create, .closeWrite, .delete, .movedFrom, .movedTo, .onlyDirectory])
        try directory.write("a", "x")
        try FileSystem.rename(directory("a"), to: directory("b"))
        try FileSystem.unlink(directory("b"))
        var seen: [String] = []
        var cookies: [UInt32] = []
        let mayHaveMore = inotify.read { event, name in
            #expect(event.watch == watch)
            let text = String(decoding: (0..<name.count).map { name[$0] }, as: UTF8.self)
            seen.append("\(event.mask.rawValue) \(text)")
            if event.cookie != 0 { cookies.append(event.cookie) }
        }
        #expect(mayHaveMore)
        #expect(seen == ["256 a", "8 a", "64 a", "128 b", "512 b"])
        #expect(cookies.count == 2)
        #expect(cookies.first == cookies.last)
        let more = inotify.read { _, _ in Issue.record("no event was expected") }
        #expect(!more)
    }

    @Test func `a removed watch says so`() throws {
        let directory = try TemporaryDirectory()
        let inotify = try Inotify()
        let watch = try inotify.add(directory.path, .create)
        inotify.remove(watch)
        var masks: [FileEvent.Mask] = []
        _ = inotify.read { event, name in
            masks.append(event.mask)
            let count = name.count
            #expect(count == 0)
        }
        #expect(masks == [.ignored])
    }

    @Test func `a file is no directory`() throws {
        let directory = try TemporaryDirectory()
        try directory.write("f", "")
        let inotify = try Inotify()
        var error: Errno?
        do { _ = try inotify.add(directory("f"), [.create, .onlyDirectory]) } catch let caught {
            error = caught
        }
        #expect(error == .notDirectory)
    }
}
