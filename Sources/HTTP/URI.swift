// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Paths of request targets: decoded and normalised once, so that the same path chooses the
// location, passes the access rules and names the file.

package import Memory

/// Works on the path of a URI.
package enum URI {
    /// Whether a path is its own normal form, so that its bytes can be used as they are.
    ///
    /// A path with a segment that only begins with a dot is not called plain although it may be.
    package static func isPlain(_ path: Span<UInt8>) -> Bool {
        guard path.count > 0, path[0] == UInt8(ascii: "/") else { return false }
        var i = 0
        while i &+ 9 <= path.count {
            let word = path.word(at: i)
            let next = path.word(at: i &+ 1)
            let slashes = exactlyEqual(word, UInt8(ascii: "/"))
            let found =
                exactlyEqual(word, UInt8(ascii: "%"))
                | slashes & exactlyEqual(next, UInt8(ascii: "/"))
                | slashes & exactlyEqual(next, UInt8(ascii: "."))
            if found != 0 { return false }
            i &+= 8
        }
        while i < path.count {
            if path[i] == UInt8(ascii: "%") { return false }
            if path[i] == UInt8(ascii: "/"), i &+ 1 < path.count {
                let next = path[i &+ 1]
                if next == UInt8(ascii: "/") || next == UInt8(ascii: ".") { return false }
            }
            i &+= 1
        }
        return true
    }

    /// Appends the normal form of a path to `buffer`; answers false, with the buffer as it was,
    /// when the path has none.
    ///
    /// As nginx does it: percent-encoded bytes are decoded once, after which `/` separates and `.`
    /// and `..` mean what they do, however they were written; empty segments go when
    /// `mergesSlashes`. A path has no normal form when it leaves the root, when it contains `%`
    /// without two hexadecimal digits, or `%00`. An empty path, of an absolute target, is `/`.
    ///
    /// Limits: the result is never longer than the path, except for the empty one.
    package static func normalize(
        _ path: Span<UInt8>, into buffer: inout Buffer, mergesSlashes: Bool = true
    ) -> Bool {
        let start = buffer.count
        if path.count == 0 {
            buffer.append(byte: UInt8(ascii: "/"))
            return true
        }
        guard path[0] == UInt8(ascii: "/") else { return false }
        buffer.reserve(path.count)
        if append(path, to: &buffer, start, mergesSlashes) { return true }
        buffer.truncate(to: start)
        return false
    }

    /// Appends one segment after the other.
    ///
    /// `segment` is where the current one begins in the buffer.
    private static func append(
        _ path: Span<UInt8>, to buffer: inout Buffer, _ start: Int, _ mergesSlashes: Bool
    ) -> Bool {
        buffer.append(byte: UInt8(ascii: "/"))
        var segment = start &+ 1
        var i = 1
        while i < path.count {
            guard let byte = decoded(path, &i) else { return false }
            guard byte == UInt8(ascii: "/") else {
                buffer.append(byte: byte)
                continue
            }
            switch kind(of: buffer, from: segment) {
            case .parent:
                guard let parent = parent(in: buffer, start, segment) else { return false }
                buffer.truncate(to: parent)
            case .current:
                buffer.truncate(to: segment)
            case .empty where mergesSlashes:
                break
            case .empty, .name:
                buffer.append(byte: byte)
            }
            segment = buffer.count
        }
        switch kind(of: buffer, from: segment) {
        case .parent:
            guard let parent = parent(in: buffer, start, segment) else { return false }
            buffer.truncate(to: parent)
        case .current:
            buffer.truncate(to: segment)
        case .empty, .name:
            break
        }
        return true
    }

    /// The byte at `offset`, decoded; nil when it is no byte of a path.
    @inline(__always)
    private static func decoded(_ path: Span<UInt8>, _ offset: inout Int) -> UInt8? {
        let byte = path[offset]
        offset &+= 1
        guard byte == UInt8(ascii: "%") else { return byte == 0 ? nil : byte }
        guard offset &+ 1 < path.count, let high = ByteClass.hexValue(path[offset]),
            let low = ByteClass.hexValue(path[offset &+ 1])
        else { return nil }
        offset &+= 2
        let value = high << 4 | low
        return value == 0 ? nil : value
    }

    private enum SegmentKind {
        case empty
        case current
        case parent
        case name
    }

    private static func kind(of buffer: borrowing Buffer, from segment: Int) -> SegmentKind {
        let count = buffer.count &- segment
        guard count > 0 else { return .empty }
        guard count <= 2 else { return .name }
        let bytes = buffer.readable
        for i in segment..<buffer.count where bytes[i] != UInt8(ascii: ".") { return .name }
        return count == 1 ? .current : .parent
    }

    /// Where the segment before the one at `segment` begins, nil above the root.
    private static func parent(
        in buffer: borrowing Buffer, _ start: Int, _ segment: Int
    ) -> Int? {
        var i = segment &- 2
        guard i >= start else { return nil }
        let bytes = buffer.readable
        while i >= start {
            if bytes[i] == UInt8(ascii: "/") { return i &+ 1 }
            i &-= 1
        }
        return nil
    }

    /// 0x80 in each byte of a word that equals `byte`, in all of them.
    @inline(__always)
    private static func exactlyEqual(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let lows: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
        let difference = word ^ (0x0101_0101_0101_0101 &* UInt64(byte))
        return ~(((difference & lows) &+ lows) | difference) & ~lows
    }
}
