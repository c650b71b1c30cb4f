// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a peer of sessions is told when it is asked how it is, and what it must say: a `match` block
// of `stream`.
//
// It looks at bytes that lie in memory, and knows nothing of how they came there.

internal import HTTP
internal import Memory
internal import Regex

/// The tests of a `match` block in `stream`.
struct SessionMatch: Sendable {
    /// What the peer must say.
    struct Expectation: Sendable {
        enum Form: Sendable {
            case text([UInt8])
            /// An index of `Site.regexes`.
            case pattern(Int)
        }

        let form: Form
        /// As it is written, for the log.
        let written: [UInt8]
    }

    var name: [UInt8] = []
    /// `send`.
    var sent: [UInt8] = []
    /// `expect`; nil when nothing need come.
    var expectation: Expectation?

    /// What is sent in a datagram where nothing is said of it.
    ///
    /// Spec: nginx Plus.
    static let usualDatagram = Array("nginx health check".utf8)
}

extension SessionMatch.Expectation {
    /// Whether what has come so far is what was expected; it may stand anywhere in it.
    func isMet(
        by bytes: Span<UInt8>, regexes: [SiteRegex], _ matcher: inout RegexMatcher
    ) -> Bool {
        switch form {
        case .text(let text): Self.contains(bytes, text)
        // A pattern that meets its limits has matched nothing.
        case .pattern(let regex): matcher.match(regexes[regex].regex, bytes) == .matched
        }
    }

    private static func contains(_ bytes: Span<UInt8>, _ text: [UInt8]) -> Bool {
        guard let first = text.first else { return true }
        var from = 0
        while let offset = bytes.firstOffset(of: first, from: from) {
            guard offset + text.count <= bytes.count else { return false }
            if bytes.extracting(offset..<offset + text.count).equals(text.span) { return true }
            from = offset + 1
        }
        return false
    }
}

/// The literals of `send` and `expect`.
enum SessionText {
    /// Replaces `\x` and two digits by the byte that they mean; nil where the digits are missing.
    ///
    /// Spec: nginx Plus, `match` of streams.
    static func bytes(of text: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "\\"), index + 1 < text.count,
                text[index + 1] == UInt8(ascii: "x")
            else {
                bytes.append(text[index])
                index += 1
                continue
            }
            guard index + 3 < text.count, let high = ByteClass.hexValue(text[index + 2]),
                let low = ByteClass.hexValue(text[index + 3])
            else { return nil }
            bytes.append(high << 4 | low)
            index += 4
        }
        return bytes
    }
}
