// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Changes of files are noticed, whichever way they come about.

import OS
import Testing

@testable import Supervisor

@Suite struct FileFollowerTests {
    /// A folder of its own.
    private func folder() throws -> String {
        let path = "/tmp/beranda-follower-\(Random.number())"
        try FileSystem.makeDirectory(path)
        return path
    }

    private func write(_ path: String, _ text: String) throws {
        let file = try FileSystem.open(path, [.write, .create, .truncate])
        try file.writeAll(Array(text.utf8).span)
    }

    /// What has changed, once all events have been told.
    private func changes(_ follower: inout FileFollower, at now: Int64) -> [Int] {
        follower.takeEvents(at: now)
        return follower.changedGroups(at: now + FileFollower.settlingTime)
    }

    @Test func `a file that is written, replaced or removed has changed`() throws {
        let folder = try folder()
        let path = folder + "/a"
        try write(path, "one")
        var follower = FileFollower()
        follower.follow([["\(folder)/other"], [path]], at: 0)
        #expect(changes(&follower, at: 0) == [])
        try write(path, "three")
        #expect(changes(&follower, at: 1_000) == [1])
        try write(folder + "/new", "four!")
        try FileSystem.rename(folder + "/new", to: path)
        #expect(changes(&follower, at: 2_000) == [1])
        #expect(changes(&follower, at: 3_000) == [])
        try FileSystem.unlink(path)
        #expect(changes(&follower, at: 4_000) == [1])
    }

    @Test func `a link that leads elsewhere is a change of the file`() throws {
        let folder = try folder()
        try FileSystem.makeDirectory(folder + "/live")
        try FileSystem.makeDirectory(folder + "/archive")
        try write(folder + "/archive/1", "one")
        try write(folder + "/archive/2", "two")
        let path = folder + "/live/a"
        try FileSystem.makeSymbolicLink(path, to: "../archive/1")
        var follower = FileFollower()
        follower.follow([[path]], at: 0)
        #expect(
            Set(PathTrail(path).directories) == [folder + "/live", folder + "/archive"])
        try FileSystem.makeSymbolicLink(folder + "/live/b", to: "../archive/2")
        try FileSystem.rename(folder + "/live/b", to: path)
        #expect(changes(&follower, at: 1_000) == [0])
        try write(folder + "/archive/2", "more")
        #expect(changes(&follower, at: 2_000) == [0])
    }

    @Test func `a file whose folder is not there yet is noticed when it comes`() throws {
        let folder = try folder()
        let path = folder + "/live/site/a"
        var follower = FileFollower()
        follower.follow([[path]], at: 0)
        #expect(PathTrail(path).directories == [folder])
        try FileSystem.makeDirectory(folder + "/live")
        #expect(changes(&follower, at: 1_000) == [])
        try FileSystem.makeDirectory(folder + "/live/site")
        #expect(changes(&follower, at: 2_000) == [])
        try write(path, "one")
        #expect(changes(&follower, at: 3_000) == [0])
    }

    @Test func `links in a circle have an end`() throws {
        let folder = try folder()
        try FileSystem.makeSymbolicLink(folder + "/a", to: "b")
        try FileSystem.makeSymbolicLink(folder + "/b", to: "a")
        #expect(PathTrail(folder + "/a").directories == [folder])
    }
}
