// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Errors, clocks, processors, limits, threads and random bytes.

import Synchronization
import Testing

@testable import OS

@Suite struct ErrnoTests {
    @Test func `errors have the names and sentences that nginx logs`() {
        #expect(Errno.connectionRefused.name == "ECONNREFUSED")
        #expect(Errno.connectionRefused.description == "111: Connection refused")
        #expect(Errno.noSuchFile.message == "No such file or directory")
        #expect(Errno(rawValue: 9999).message == "Unknown error 9999")
    }
}

@Suite struct ClockTests {
    @Test func `time moves forwards`() {
        let (first, second) = (Instant.now(), Instant.now())
        #expect(first <= second)
        #expect(WallTime.now().seconds > 1_700_000_000)
    }

    @Test func `arithmetic saturates`() {
        let instant = Instant(milliseconds: 1000)
        #expect((instant + 500).milliseconds == 1500)
        #expect(instant + .max == .distantFuture)
        #expect(Instant(milliseconds: 2500) - instant == 1500)
        #expect(Instant.distantFuture - Instant(milliseconds: -1) == .max)
    }

    @Test func `local time agrees with its offset`() {
        let local = LocalTime(seconds: 86_400 * 365)
        let asIfUTC = local.hour * 3600 + local.minute * 60 + local.second
        let expected = ((local.offsetSeconds % 86_400) + 86_400) % 86_400
        #expect(asIfUTC == expected)
    }
}

@Suite struct ProcessorTests {
    @Test func `there is at least one`() {
        #expect(Processors.available >= 1)
    }

    @Test(
        arguments: [
            ("max 100000\n", nil), ("150000 100000\n", 2), ("200000 100000", 2), ("1000 100000", 1),
            ("-1 100000", nil), ("0 100000", nil), ("100000 0", nil), ("", nil), ("100000", nil),
            ("9223372036854775807 1", Int.max),
        ] as [(String, Int?)])
    func `quotas are rounded up`(text: String, expected: Int?) {
        #expect(Processors.parseMax(text) == expected)
    }

    @Test func `both versions of cgroups are found`() {
        let text = "12:memory:/m\n4:cpu,cpuacct:/docker/a:b\n0::/user.slice\nbroken\n"
        #expect(
            Processors.groups(in: text) == [
                .init(version: 1, path: "/docker/a:b"), .init(version: 2, path: "/user.slice"),
            ])
    }

    @Test func `parents count too`() {
        #expect(
            Processors.directories(of: .init(version: 2, path: "/a/b")) == [
                "/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup",
            ])
        #expect(Processors.directories(of: .init(version: 1, path: "/")) == ["/sys/fs/cgroup/cpu"])
    }
}

@Suite struct LimitTests {
    @Test func `the soft limit is not above the hard one`() throws {
        let limit = try ResourceLimit.openFiles()
        #expect(limit.soft > 0)
        #expect(limit.soft <= limit.hard)
    }
}

@Suite struct RandomTests {
    @Test func `bytes differ`() {
        #expect(Random.bytes(32).count == 32)
        #expect(Random.bytes(32) != Random.bytes(32))
        #expect(Random.bytes(0).isEmpty)
    }
}

@Suite struct ThreadTests {
    private final class Result: Sendable {
        let value = Atomic<Int>(0)
    }

    /// State that only one thread can own.
    private struct Work: ~Copyable, ThreadBody {
        let result: Result
        var number = 40

        consuming func run() {
            number += 2
            result.value.store(number, ordering: .releasing)
        }
    }

    @Test func `a thread owns its state`() throws {
        let result = Result()
        let thread = try Thread.start(Work(result: result), name: "test")
        thread.join()
        #expect(result.value.load(ordering: .acquiring) == 42)
    }

    @Test func `a closure can run on a thread of low priority`() throws {
        let result = Result()
        let thread = try Thread.start(name: "a name that is longer than fifteen", niceness: 5) {
            result.value.store(1, ordering: .releasing)
        }
        thread.join()
        #expect(result.value.load(ordering: .acquiring) == 1)
    }
}

@Suite struct DescriptorTests {
    @Test func `a dropped descriptor is closed`() throws {
        let number: Int32
        let status: FileStatus
        do {
            let file = try FileSystem.memoryFile("dropped")
            number = file.number
            status = try file.status()
        }
        // Another test may have got the number since, but not for this file.
        let still = try? FileSystem.status("/proc/self/fd/\(number)")
        #expect(still?.inode != status.inode || still?.device != status.device)
    }

    @Test func `a duplicate is another number for the same file`() throws {
        let file = try FileSystem.memoryFile("d")
        let copy = try file.duplicate()
        let (first, second) = (try file.status(), try copy.status())
        #expect(first.inode == second.inode)
        let (one, two) = (file.number, copy.number)
        #expect(one != two)
    }

    @Test func `standard descriptors that are open stay as they are`() throws {
        let before = try FileSystem.status("/proc/self/fd/1")
        try FileDescriptor.openMissingStandardDescriptors()
        #expect(try FileSystem.status("/proc/self/fd/1").inode == before.inode)
    }
}
