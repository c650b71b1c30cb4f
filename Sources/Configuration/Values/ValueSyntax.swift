// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The syntax of numbers, times and sizes.
//
// Nothing here traps: what does not fit into an Int is no value.

/// Reads numbers, times and sizes from bytes.
package enum ValueSyntax {
    static let timeExpectation = "expected a time such as 500ms, 30s, 5m or 1h 30m"

    /// A whole number of digits only.
    package static func integer(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard !bytes.isEmpty else { return nil }
        var value = 0
        for byte in bytes {
            guard let digit = digit(byte), let next = shifted(value, digit) else { return nil }
            value = next
        }
        return value
    }

    /// A number of bytes: digits, and at most one of `k`, `m`, `g`.
    package static func size(_ bytes: [UInt8]) -> Int? {
        guard let last = bytes.last else { return nil }
        let factor: Int
        switch last | 0x20 {
        case UInt8(ascii: "k"): factor = 1 << 10
        case UInt8(ascii: "m"): factor = 1 << 20
        case UInt8(ascii: "g"): factor = 1 << 30
        default: return limited(integer(bytes[...]), sizeLimit)
        }
        guard let value = integer(bytes.dropLast()) else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        return overflow ? nil : limited(product, sizeLimit)
    }

    /// The largest size and the longest time: whoever adds some of them never overflows.
    ///
    /// Units: bytes (a petabyte) and milliseconds (a good hundred years).
    static let sizeLimit = 1 << 50
    static let timeLimit = 1 << 42

    private static func limited(_ value: Int?, _ limit: Int) -> Int? {
        value.flatMap { $0 <= limit ? $0 : nil }
    }

    /// A time in milliseconds.
    ///
    /// Spec: nginx's rules: `y M w d h m s ms`, each unit at most once and largest first, spaces
    ///       between them allowed; a number without a unit counts seconds and ends the value.
    package static func milliseconds(_ bytes: [UInt8]) -> Int? {
        time(bytes, allowsMilliseconds: true)
    }

    /// A time in seconds, written like `milliseconds` but without `ms`.
    package static func seconds(_ bytes: [UInt8]) -> Int? {
        time(bytes, allowsMilliseconds: false).map { $0 / 1000 }
    }

    // MARK: Steps

    /// The units, largest first, in milliseconds.
    ///
    /// Spec: a month has 30 days and a year 365, as in nginx.
    private static let units: [(name: [UInt8], milliseconds: Int)] = [
        (Array("y".utf8), 31_536_000_000), (Array("M".utf8), 2_592_000_000),
        (Array("w".utf8), 604_800_000), (Array("d".utf8), 86_400_000),
        (Array("h".utf8), 3_600_000), (Array("m".utf8), 60_000), (Array("s".utf8), 1000),
        (Array("ms".utf8), 1),
    ]

    private static func time(_ bytes: [UInt8], allowsMilliseconds: Bool) -> Int? {
        var rest = bytes[...]
        var total = 0
        var nextUnit = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { digit($0) != nil }
            guard let number = integer(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { isLetter($0) }
            rest = rest.dropFirst(letters.count).drop { $0 == UInt8(ascii: " ") }
            let name = letters.isEmpty ? ArraySlice("s".utf8) : letters
            guard let unit = units.firstIndex(where: { $0.name[...] == name }), unit >= nextUnit,
                allowsMilliseconds || unit < units.count - 1,
                !letters.isEmpty || rest.isEmpty,
                let sum = added(total, number, times: units[unit].milliseconds)
            else { return nil }
            total = sum
            nextUnit = unit + 1
        }
        return limited(total, timeLimit)
    }

    private static func added(_ total: Int, _ number: Int, times factor: Int) -> Int? {
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        let (sum, overflowAgain) = total.addingReportingOverflow(product)
        return overflow || overflowAgain ? nil : sum
    }

    private static func shifted(_ value: Int, _ digit: Int) -> Int? {
        added(digit, value, times: 10)
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
