// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Paths that say which part of them may lead through any symbolic links, and how they are opened.

package import OS

/// Paths with a mark where their trusted part ends.
///
/// The mark is a doubled slash: `/srv/site//a/b` trusts `/srv/site`, `//srv/site/a` trusts all, and
/// `/srv/site/a` nothing.
/// Why: the kernel sees the same path, and the cache a key of its own for each trusted part.
package enum TrustedPath {
    /// Puts a mark behind the first `count` bytes of an absolute path, where a slash must follow or
    /// precede; other doubled slashes go.
    package static func mark(_ path: [UInt8], trusting count: Int) -> [UInt8] {
        let trusted = collapsed(path[..<min(count, path.count)], closes: true)
        if count >= path.count { return [slash] + trusted }
        let rest = collapsed([slash] + path[count...], closes: false)
        if rest == [slash] { return [slash] + trusted + rest }
        return trusted.isEmpty ? rest : trusted + [slash] + rest
    }

    /// The path without its mark.
    package static func unmarked(_ path: [UInt8]) -> [UInt8] {
        guard let mark = mark(in: path) else { return path }
        return Array(path[..<mark] + path[(mark + 1)...])
    }

    /// Where the mark is: the first of the two slashes.
    static func mark(in path: [UInt8]) -> Int? {
        path.indices.dropLast().first { path[$0] == slash && path[$0 + 1] == slash }
    }

    /// Without doubled slashes, and on demand without one at the end.
    private static func collapsed(_ part: some Sequence<UInt8>, closes: Bool) -> [UInt8] {
        var result: [UInt8] = []
        for byte in part where byte != slash || result.last != slash { result.append(byte) }
        if closes, result.last == slash { result.removeLast() }
        return result
    }

    private static var slash: UInt8 { UInt8(ascii: "/") }
}

extension FileProfile {
    /// Opens what is at a path through those symbolic links only that the profile allows.
    package func open(
        _ path: [UInt8], _ flags: OpenFlags = .read
    ) throws(Errno) -> FileDescriptor {
        let mark = symbolicLinks == .follow ? 0 : TrustedPath.mark(in: path)
        if mark == 0 { return try FileSystem.open(path, flags.union(.nonBlocking)) }
        let trusted = mark.map { Array(path[..<$0]) } ?? [UInt8(ascii: "/")]
        // Never absolute: that would be opened from elsewhere.
        let below = path[(mark ?? 0)...].drop { $0 == UInt8(ascii: "/") }
        let rest = below.isEmpty ? [UInt8(ascii: ".")] : Array(below)
        let root = try FileSystem.open(trusted, [.pathOnly, .directory])
        switch symbolicLinks {
        case .follow, .beneath:
            return try FileSystem.openBeneath(root: root.number, rest, flags)
        case .refuse:
            return try FileSystem.openRefusingLinks(
                root: root.number, rest, flags, exceptOwn: false)
        case .refuseOthers:
            return try FileSystem.openRefusingLinks(
                root: root.number, rest, flags, exceptOwn: true)
        }
    }
}
