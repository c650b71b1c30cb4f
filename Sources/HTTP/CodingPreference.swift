// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which content codings a client accepts, and which of them it would rather have.

/// The codings that a client accepts beside identity, in the order that it prefers them.
///
/// Equal weights are ordered br, zstd, gzip: what is smaller comes first.
/// Why: a few bits and not a list, because every look-up of a file takes one.
package struct CodingPreference: BitwiseCopyable, Equatable, Sendable {
    /// The codings by their raw values, two bits each, the best one lowest; zero ends the list.
    private var ranks: UInt8 = 0

    /// The codings in it.
    package private(set) var codings: ContentCodingSet = []

    /// Whether the client says that it cannot read content without a coding.
    ///
    /// It gets such content all the same when there is no other: that is more useful than 406.
    package private(set) var refusesIdentity = false

    /// Of a client that accepts nothing but identity.
    package init() {}

    /// Of a client that accepts one coding.
    package init(_ coding: ContentCoding) { append(coding) }

    /// Whether there is nothing but identity.
    package var isEmpty: Bool { ranks == 0 }

    /// The coding of a rank, from 0; nil behind the last.
    package func coding(at rank: Int) -> ContentCoding? {
        switch ranks >> UInt8(truncatingIfNeeded: rank &* 2) & 3 {
        case ContentCoding.gzip.rawValue: .gzip
        case ContentCoding.brotli.rawValue: .brotli
        case ContentCoding.zstd.rawValue: .zstd
        default: nil
        }
    }

    /// The best coding among some; identity when there is none.
    package func best(of available: ContentCodingSet) -> ContentCoding {
        guard !available.isDisjoint(with: codings) else { return .identity }
        var rank = 0
        while let coding = coding(at: rank) {
            if available.contains(ContentCodingSet(coding)) { return coding }
            rank &+= 1
        }
        return .identity
    }

    /// The codings that the client would rather have than this one; all of them for identity.
    package func codings(better than: ContentCoding) -> ContentCodingSet {
        var better: ContentCodingSet = []
        var rank = 0
        while let coding = coding(at: rank), coding != than {
            better.insert(ContentCodingSet(coding))
            rank &+= 1
        }
        return better
    }

    /// The same order without those that are not among some.
    package func intersection(_ others: ContentCodingSet) -> CodingPreference {
        if others.isSuperset(of: codings) { return self }
        var kept = CodingPreference()
        kept.refusesIdentity = refusesIdentity
        var rank = 0
        while let coding = coding(at: rank) {
            if others.contains(ContentCodingSet(coding)) { kept.append(coding) }
            rank &+= 1
        }
        return kept
    }

    /// Adds a coding behind those there are.
    private mutating func append(_ coding: ContentCoding) {
        let set = ContentCodingSet(coding)
        guard coding != .identity, codings.isDisjoint(with: set) else { return }
        var rank: UInt8 = 0
        while ranks >> rank != 0 { rank &+= 2 }
        ranks |= coding.rawValue << rank
        codings.insert(set)
    }
}

extension CodingPreference {
    /// Reads the value of `Accept-Encoding`.
    ///
    /// A coding that the client weighs below identity is left out, for identity can always be had.
    /// Spec: RFC 9110 §12.5.3. A weight that is none makes its element count for nothing.
    package init(accepting value: Span<UInt8>) {
        self.init()
        let weights = AcceptEncoding(value)
        refusesIdentity =
            weights.identity == 0 || weights.identity < 0 && weights.other == 0
        var left: InlineArray<3, ContentCoding> = [.brotli, .zstd, .gzip]
        for _ in left.indices {
            var best = -1
            for i in left.indices where left[i] != .identity {
                if best < 0 || weights.weight(of: left[i]) > weights.weight(of: left[best]) {
                    best = i
                }
            }
            let weight = weights.weight(of: left[best])
            guard weight > 0, weight >= weights.identity else { return }
            append(left[best])
            left[best] = .identity
        }
    }
}

extension CodingPreference: ExpressibleByArrayLiteral {
    /// The codings in order, the best first.
    ///
    /// Cost: an array; not for the way of a request.
    package init(arrayLiteral codings: ContentCoding...) {
        self.init()
        for coding in codings { append(coding) }
    }
}
