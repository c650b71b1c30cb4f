// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Entity tags and the lists of them in If-Match and If-None-Match.

internal import Memory

/// Compares entity tags.
///
/// Spec: RFC 9110 §8.8.3. Tags are given as on the wire, with their quotes and any `W/`.
package enum EntityTag {
    /// How two tags are compared.
    package enum Comparison: BitwiseCopyable, Sendable {
        /// Both must be strong and the same.
        case strong
        /// The opaque parts must be the same.
        case weak
    }

    /// Whether the value of If-None-Match names this tag; `*` names any.
    package static func ifNoneMatch(_ value: Span<UInt8>, names tag: Span<UInt8>?) -> Bool {
        contains(value, tag, .weak)
    }

    /// Whether the value of If-Match names this tag; `*` names any.
    package static func ifMatch(_ value: Span<UInt8>, names tag: Span<UInt8>?) -> Bool {
        contains(value, tag, .strong)
    }

    /// Whether two tags are the same.
    package static func matches(
        _ first: Span<UInt8>, _ second: Span<UInt8>, _ comparison: Comparison
    ) -> Bool {
        switch comparison {
        case .strong: !isWeak(first) && !isWeak(second) && first.equals(second)
        case .weak: opaque(first).equals(opaque(second))
        }
    }

    /// Whether a tag begins with `W/`.
    package static func isWeak(_ tag: Span<UInt8>) -> Bool { tag.startsWith("W/") }

    private static func contains(
        _ value: Span<UInt8>, _ tag: Span<UInt8>?, _ comparison: Comparison
    ) -> Bool {
        if value.count == 1, value[0] == UInt8(ascii: "*") { return true }
        guard let tag else { return false }
        var i = 0
        while let range = next(in: value, &i) {
            if matches(value.extracting(range), tag, comparison) { return true }
        }
        return false
    }

    /// The next tag of a list from `offset` on.
    ///
    /// What is no tag ends the list.
    ///
    /// Why: not a `TokenList`, because a tag may contain backslashes, which escape nothing there.
    private static func next(in value: Span<UInt8>, _ offset: inout Int) -> Range<Int>? {
        while offset < value.count, isBetween(value[offset]) { offset &+= 1 }
        let start = offset
        var i = start
        if i &+ 1 < value.count, value[i] == UInt8(ascii: "W"), value[i &+ 1] == UInt8(ascii: "/") {
            i &+= 2
        }
        guard i < value.count, value[i] == UInt8(ascii: "\"") else { return nil }
        i &+= 1
        while i < value.count, value[i] != UInt8(ascii: "\"") { i &+= 1 }
        guard i < value.count else { return nil }
        let end = i &+ 1
        offset = end
        while offset < value.count, isBlank(value[offset]) { offset &+= 1 }
        guard offset == value.count || value[offset] == UInt8(ascii: ",") else { return nil }
        return start..<end
    }

    private static func isBetween(_ byte: UInt8) -> Bool {
        isBlank(byte) || byte == UInt8(ascii: ",")
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }

    @_lifetime(copy tag)
    private static func opaque(_ tag: Span<UInt8>) -> Span<UInt8> {
        isWeak(tag) ? tag.extracting(2..<tag.count) : tag
    }
}
