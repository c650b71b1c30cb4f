// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Content codings and the choice among them.

internal import Memory

/// How content is coded.
@usableFromInline
package enum ContentCoding: UInt8, BitwiseCopyable, CaseIterable, Sendable {
    case identity
    case gzip
    case brotli
    case zstd

    /// The name in Content-Encoding.
    package var spelling: StaticString {
        switch self {
        case .identity: "identity"
        case .gzip: "gzip"
        case .brotli: "br"
        case .zstd: "zstd"
        }
    }

    /// The extension of a file that is coded so beforehand; empty for identity.
    package var fileExtension: StaticString {
        switch self {
        case .identity: ""
        case .gzip: ".gz"
        case .brotli: ".br"
        case .zstd: ".zst"
        }
    }
}

/// A set of codings.
@usableFromInline
package struct ContentCodingSet: OptionSet, BitwiseCopyable, Sendable {
    @usableFromInline package var rawValue: UInt8
    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The set of one coding.
    @inlinable package init(_ coding: ContentCoding) { rawValue = 1 << (coding.rawValue & 7) }

    @inlinable package static var gzip: ContentCodingSet { ContentCodingSet(.gzip) }
    @inlinable package static var brotli: ContentCodingSet { ContentCodingSet(.brotli) }
    @inlinable package static var zstd: ContentCodingSet { ContentCodingSet(.zstd) }
}

/// Reads the value of Accept-Encoding.
///
/// Spec: RFC 9110 §12.5.3. A weight that is none makes its element count for nothing.
package enum AcceptEncoding {
    /// The coding to answer with, of those available: the one with the greatest weight, and of
    /// equals br before zstd before gzip.
    ///
    /// Identity when the client accepts none of them, even when it refuses identity too: an answer
    /// that it may not like is more useful than 406.
    package static func negotiate(
        _ value: Span<UInt8>, available: ContentCodingSet
    ) -> ContentCoding {
        let weights = Weights(value)
        var best = ContentCoding.identity
        var bestWeight = 0
        let preference: InlineArray<3, ContentCoding> = [.brotli, .zstd, .gzip]
        for i in preference.indices {
            let weight = weights.weight(of: preference[i])
            if available.contains(ContentCodingSet(preference[i])), weight > bestWeight {
                best = preference[i]
                bestWeight = weight
            }
        }
        // Identity wins only when the client says that it prefers it.
        return weights.identity > bestWeight ? .identity : best
    }

    /// The codings that the client accepts, beside identity.
    package static func accepted(_ value: Span<UInt8>) -> ContentCodingSet {
        let weights = Weights(value)
        var set: ContentCodingSet = []
        if weights.weight(of: .gzip) > 0 { set.insert(.gzip) }
        if weights.weight(of: .brotli) > 0 { set.insert(.brotli) }
        if weights.weight(of: .zstd) > 0 { set.insert(.zstd) }
        return set
    }

    /// Whether the client names gzip with a weight above zero; nginx's rule, where `*` is no name.
    package static func namesGzip(_ value: Span<UInt8>) -> Bool { Weights(value).gzip > 0 }

    /// Weights in thousandths; -1 where nothing is said.
    private struct Weights {
        var gzip = -1
        var brotli = -1
        var zstd = -1
        var identity = -1
        var other = -1

        init(_ value: Span<UInt8>) {
            var list = TokenList()
            while let element = list.next(in: value) {
                let item = WeightedItem(value.extracting(element))
                let name = value.extracting(element).extracting(0..<item.nameCount)
                if name.equalsIgnoringCase("gzip") || name.equalsIgnoringCase("x-gzip") {
                    gzip = item.weight
                } else if name.equalsIgnoringCase("br") {
                    brotli = item.weight
                } else if name.equalsIgnoringCase("zstd") {
                    zstd = item.weight
                } else if name.equalsIgnoringCase("identity") {
                    identity = item.weight
                } else if name.equals("*") {
                    other = item.weight
                }
            }
        }

        func weight(of coding: ContentCoding) -> Int {
            let own =
                switch coding {
                case .gzip: gzip
                case .brotli: brotli
                case .zstd: zstd
                case .identity: identity
                }
            return own >= 0 ? own : other
        }
    }
}

/// An element of a list with a weight: `name;q=0.5`.
struct WeightedItem {
    /// How many of the first bytes are the name, parameters other than the weight not included.
    let nameCount: Int

    /// The weight in thousandths, 1000 when none is given, 0 when what is given is none.
    private(set) var weight = 1000

    init(_ item: Span<UInt8>) {
        var i = 0
        while i < item.count, item[i] != UInt8(ascii: ";") { i &+= 1 }
        var end = i
        while end > 0, item[end &- 1] == 32 || item[end &- 1] == 9 { end &-= 1 }
        nameCount = end
        while i < item.count {
            i &+= 1
            while i < item.count, item[i] == 32 || item[i] == 9 { i &+= 1 }
            if i &+ 1 < item.count, item[i] | 0x20 == UInt8(ascii: "q"),
                item[i &+ 1] == UInt8(ascii: "=")
            {
                weight = Self.thousandths(item, i &+ 2)
            }
            while i < item.count, item[i] != UInt8(ascii: ";") { i &+= 1 }
        }
    }

    /// Reads `0`, `0.123` or `1.000`, followed by the end, a space or ';'.
    private static func thousandths(_ item: Span<UInt8>, _ start: Int) -> Int {
        var i = start
        guard i < item.count, item[i] == UInt8(ascii: "0") || item[i] == UInt8(ascii: "1") else {
            return 0
        }
        var value = Int(item[i] &- 48) &* 1000
        i &+= 1
        if i < item.count, item[i] == UInt8(ascii: ".") {
            i &+= 1
            var unit = 100
            while i < item.count, ByteClass.isDigit(item[i]), unit > 0 {
                value &+= Int(item[i] &- 48) &* unit
                unit /= 10
                i &+= 1
            }
        }
        let isAtEnd =
            i >= item.count || item[i] == 32 || item[i] == 9 || item[i] == UInt8(ascii: ";")
        return isAtEnd && value <= 1000 ? value : 0
    }
}
