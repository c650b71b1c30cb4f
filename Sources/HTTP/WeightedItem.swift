// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Elements of lists that carry a weight, as in the fields that a client states preferences with.

internal import Memory

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
