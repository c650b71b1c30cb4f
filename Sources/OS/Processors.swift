// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How many processors this process may really use.

internal import CShims
internal import Glibc

package enum Processors {
    /// The processors that the scheduler allows, but no more than the cgroup's quota pays for.
    ///
    /// A quota of one and a half processors counts as two: the second is useful half of the time.
    package static var available: Int {
        let allowed = max(1, Int(cshims_allowed_cpu_count()))
        guard let quota = cgroupQuota() else { return allowed }
        return min(allowed, max(1, quota))
    }

    /// The smallest quota on the way from our cgroup to the root, rounded up; nil without one.
    static func cgroupQuota() -> Int? {
        guard let list = read("/proc/self/cgroup") else { return nil }
        var smallest: Int?
        for group in groups(in: list) {
            for directory in directories(of: group) {
                guard let quota = quota(in: directory, version: group.version) else { continue }
                smallest = min(smallest ?? quota, quota)
            }
        }
        return smallest
    }

    /// A line of /proc/self/cgroup that concerns processors.
    struct Group: Equatable {
        let version: Int
        let path: String
    }

    /// Reads lines such as "0::/a/b" (version 2) and "4:cpu,cpuacct:/a/b" (version 1).
    static func groups(in text: String) -> [Group] {
        text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            if parts[0] == "0" && parts[1].isEmpty {
                return Group(version: 2, path: String(parts[2]))
            }
            guard parts[1].split(separator: ",").contains("cpu") else { return nil }
            return Group(version: 1, path: String(parts[2]))
        }
    }

    /// Where the group and its parents are mounted, the innermost first.
    ///
    /// In a container the path may be the host's, and only the root of the mount exists.
    static func directories(of group: Group) -> [String] {
        let mount = group.version == 2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu"
        var parts = group.path.split(separator: "/")
        var result: [String] = []
        while !parts.isEmpty {
            result.append(mount + "/" + parts.joined(separator: "/"))
            parts.removeLast()
        }
        return result + [mount]
    }

    private static func quota(in directory: String, version: Int) -> Int? {
        if version == 2 { return read(directory + "/cpu.max").flatMap(parseMax) }
        guard let quota = read(directory + "/cpu.cfs_quota_us"),
            let period = read(directory + "/cpu.cfs_period_us")
        else { return nil }
        return parseMax(quota + " " + period)
    }

    /// Reads "150000 100000" as 2; "max 100000" and "-1 100000" are no quota.
    static func parseMax(_ text: String) -> Int? {
        let numbers = text.split { $0 == " " || $0 == "\n" }.map { Int($0) }
        guard numbers.count == 2, let quota = numbers[0], let period = numbers[1],
            quota > 0, period > 0
        else { return nil }
        return quota / period + (quota % period == 0 ? 0 : 1)
    }

    private static func read(_ path: String) -> String? {
        guard let file = try? FileSystem.open(path),
            let content = try? file.readAll(limit: 1 << 20)
        else { return nil }
        return String(decoding: content, as: UTF8.self)
    }
}
