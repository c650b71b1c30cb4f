// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The table behind a `split_clients` block.

internal import Memory

/// Deals out values so that the same text always gets the same one.
///
/// Spec: nginx `split_clients`: MurmurHash2, and percentages with two decimals.
struct ClientSplit: Sendable {
    /// One value, for the hashes below `end` that none before it takes.
    struct Part: Sendable {
        /// Nil for all that are left.
        var end: UInt32?
        var value: [UInt8]
    }

    /// The text that is hashed.
    let source: Template
    let parts: [Part]

    /// - Parameter shares: hundredths of a percent, nil for the rest; 10000 in sum at most.
    init(source: Template, shares: [(share: Int?, value: [UInt8])]) {
        self.source = source
        var sum = 0
        var end: UInt32 = 0
        parts = shares.map { share, value in
            sum = share.map { sum + $0 } ?? Self.whole
            guard let share, sum != Self.whole else { return Part(end: nil, value: value) }
            let width = UInt64(clamping: share) * UInt64(UInt32.max) / UInt64(Self.whole)
            end &+= UInt32(truncatingIfNeeded: width)
            return Part(end: end, value: value)
        }
    }

    /// A hundred percent.
    static var whole: Int { 10_000 }

    /// The value for a text; nil when the shares leave it none.
    func index(of text: Span<UInt8>) -> Int? {
        let hash = Self.murmurHash2(text)
        return parts.firstIndex { part in part.end.map { hash < $0 } ?? true }
    }

    /// Spec: MurmurHash2 for 32 bits, with the length as its seed.
    static func murmurHash2(_ text: Span<UInt8>) -> UInt32 {
        let factor: UInt32 = 0x5BD1_E995
        var hash = UInt32(truncatingIfNeeded: text.count)
        var offset = 0
        while offset + 4 <= text.count {
            var word = text.half(at: offset) &* factor
            word = (word ^ word >> 24) &* factor
            hash = hash &* factor ^ word
            offset += 4
        }
        var rest: UInt32 = 0
        for index in stride(from: text.count - 1, through: offset, by: -1) {
            rest = rest << 8 | UInt32(text[index])
        }
        if offset < text.count { hash = (hash ^ rest) &* factor }
        hash = (hash ^ hash >> 13) &* factor
        return hash ^ hash >> 15
    }
}
