// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Finds the character set in the value of a `Content-Type`.

internal import Memory

/// Where the parts of the value of a `Content-Type` are.
struct ContentTypeValue: BitwiseCopyable, Equatable {
    /// Where the media type ends, parameters before the charset included.
    private(set) var typeEnd: Int
    /// Where the name of the charset is, without quotes; nil for none.
    private(set) var charset: Extent?

    /// Spec: nginx: of a peer's `Content-Type` everything behind `charset=` is its name.
    ///
    /// - Parameter findsCharset: whether a charset is looked for at all.
    init(_ value: Span<UInt8>, findsCharset: Bool) {
        typeEnd = value.count
        guard findsCharset else { return }
        var start = 0
        while let mark = value.firstOffset(of: UInt8(ascii: ";"), from: start) {
            var name = mark + 1
            while name < value.count, value[name] == UInt8(ascii: " ") { name += 1 }
            start = name
            let rest = value.extracting(name..<value.count)
            guard rest.count >= 8, rest.extracting(0..<8).equalsIgnoringCase("charset=") else {
                continue
            }
            var first = name + 8
            var last = value.count
            let quote = UInt8(ascii: "\"")
            if first < last, value[first] == quote { first += 1 }
            if first < last, value[last - 1] == quote { last -= 1 }
            typeEnd = mark
            charset = first < last ? Extent(first, last) : nil
            return
        }
    }
}
