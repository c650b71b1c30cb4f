// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Dates of fields, without a clock, a locale or a time zone.

internal import Memory

/// Writes and reads the dates of HTTP.
///
/// Units: seconds since 1970-01-01T00:00:00Z.
/// Spec: RFC 9110 §5.6.7. Written as IMF-fixdate; also read as RFC 850 and asctime dates.
package enum HTTPDate {
    /// How many bytes a written date has.
    package static var byteCount: Int { 29 }

    private static let weekdays: InlineArray<7, UInt32> = [
        0x6e7553, 0x6e6f4d, 0x657554, 0x646557, 0x756854, 0x697246, 0x746153,
    ]
    private static let months: InlineArray<12, UInt32> = [
        0x6e614a, 0x626546, 0x72614d, 0x727041, 0x79614d, 0x6e754a,
        0x6c754a, 0x677541, 0x706553, 0x74634f, 0x766f4e, 0x636544,
    ]

    /// The date as "Sun, 06 Nov 1994 08:49:37 GMT".
    ///
    /// Limits: years 0 to 9999; a time outside is written as the nearest one inside.
    package static func text(seconds: Int) -> InlineArray<29, UInt8> {
        let time = min(max(seconds, -62_167_219_200), 253_402_300_799)
        let day = time >= 0 ? time / 86_400 : (time - 86_399) / 86_400
        let second = time - day * 86_400
        let date = civil(day: day)
        var text = InlineArray<29, UInt8>(repeating: 32)
        put(weekdays[(day % 7 + 11) % 7], at: 0, in: &text)
        text[3] = UInt8(ascii: ",")
        putPair(date.day, at: 5, in: &text)
        put(months[date.month - 1], at: 8, in: &text)
        putPair(date.year / 100, at: 12, in: &text)
        putPair(date.year % 100, at: 14, in: &text)
        putPair(second / 3600, at: 17, in: &text)
        text[19] = UInt8(ascii: ":")
        putPair(second / 60 % 60, at: 20, in: &text)
        text[22] = UInt8(ascii: ":")
        putPair(second % 60, at: 23, in: &text)
        text[26] = UInt8(ascii: "G")
        text[27] = UInt8(ascii: "M")
        text[28] = UInt8(ascii: "T")
        return text
    }

    /// Reads a date in any of the three forms; nil when it is not exactly one of them.
    ///
    /// The name of the weekday must be one, but need not be the right one.
    package static func parse(_ text: Span<UInt8>) -> Int? {
        var reader = Reader(text: text)
        switch text.count {
        case 29: return reader.fixedDate()
        case 24: return reader.asctimeDate()
        case 30...33: return reader.obsoleteDate()
        default: return nil
        }
    }

    private static func put(_ name: UInt32, at offset: Int, in text: inout InlineArray<29, UInt8>) {
        for i in 0..<3 { text[offset + i] = UInt8(truncatingIfNeeded: name >> UInt32(8 * i)) }
    }

    private static func putPair(
        _ value: Int, at offset: Int, in text: inout InlineArray<29, UInt8>
    ) {
        text[offset] = 48 &+ UInt8(truncatingIfNeeded: value / 10)
        text[offset + 1] = 48 &+ UInt8(truncatingIfNeeded: value % 10)
    }

    /// The Gregorian date of a day counted from 1970-01-01.
    ///
    /// Years are counted from March, so that the leap day is the last one; 719 468 days lie between
    /// 0000-03-01 and 1970-01-01.
    private static func civil(day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let month = (5 * ofYear + 2) / 153
        let inMonth = ofYear - (153 * month + 2) / 5 + 1
        let civilMonth = month < 10 ? month + 3 : month - 9
        return (year + era * 400 + (civilMonth <= 2 ? 1 : 0), civilMonth, inMonth)
    }

    /// The day counted from 1970-01-01 of a Gregorian date; nil when there is no such day.
    fileprivate static func day(year: Int, month: Int, day: Int) -> Int? {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let last =
            switch month {
            case 2: isLeap ? 29 : 28
            case 4, 6, 9, 11: 30
            default: 31
            }
        guard day >= 1, day <= last else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let ofEra = shiftedYear - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }

    /// The month of a three-letter name, 1 to 12; weekdays likewise, 1 to 7.
    fileprivate static func month(_ name: UInt32) -> Int? {
        for i in 0..<12 where months[i] == name { return i + 1 }
        return nil
    }
    fileprivate static func weekday(_ name: UInt32) -> Int? {
        for i in 0..<7 where weekdays[i] == name { return i + 1 }
        return nil
    }
}

/// Reads the parts of a date one after the other; every step answers nil at the first wrong byte.
private struct Reader: ~Escapable {
    private let text: Span<UInt8>
    private var offset = 0

    @_lifetime(copy text)
    init(text: Span<UInt8>) { self.text = text }

    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT`.
    mutating func fixedDate() -> Int? {
        guard let name = name(), HTTPDate.weekday(name) != nil, skip(", "), let day = number(2),
            skip(" "), let month = month(), skip(" "), let year = number(4), skip(" "),
            let time = time(), skip(" GMT")
        else { return nil }
        return seconds(year, month, day, time)
    }

    /// Reads `Sunday, 06-Nov-94 08:49:37 GMT`.
    mutating func obsoleteDate() -> Int? {
        guard let name = name(), let weekday = HTTPDate.weekday(name), rest(of: weekday),
            skip(", "),
            let day = number(2), skip("-"), let month = month(), skip("-"), let year = number(2),
            skip(" "), let time = time(), skip(" GMT")
        else { return nil }
        // Two digits are read like nginx does: 70 to 99 belong to the last century.
        return seconds(year < 70 ? 2000 + year : 1900 + year, month, day, time)
    }

    /// Reads `Sun Nov  6 08:49:37 1994`.
    mutating func asctimeDate() -> Int? {
        guard let name = name(), HTTPDate.weekday(name) != nil, skip(" "), let month = month(),
            skip(" "), let day = paddedDay(), skip(" "), let time = time(), skip(" "),
            let year = number(4)
        else { return nil }
        return seconds(year, month, day, time)
    }

    private func seconds(_ year: Int, _ month: Int, _ day: Int, _ time: Int) -> Int? {
        guard offset == text.count else { return nil }
        return HTTPDate.day(year: year, month: month, day: day).map { $0 * 86_400 + time }
    }

    private mutating func name() -> UInt32? {
        guard offset + 3 <= text.count else { return nil }
        var name: UInt32 = 0
        for i in 0..<3 { name |= UInt32(text[offset + i]) << UInt32(8 * i) }
        offset += 3
        return name
    }

    private mutating func month() -> Int? {
        guard let name = name() else { return nil }
        return HTTPDate.month(name)
    }

    private mutating func number(_ digits: Int) -> Int? {
        guard offset + digits <= text.count else { return nil }
        var value = 0
        for _ in 0..<digits {
            let digit = text[offset] &- 48
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
            offset += 1
        }
        return value
    }

    private mutating func paddedDay() -> Int? {
        guard skip(" ") else { return number(2) }
        return number(1)
    }

    /// `hh:mm:ss`; the 60th second is a leap second and is accepted.
    private mutating func time() -> Int? {
        guard let hour = number(2), skip(":"), let minute = number(2), skip(":"),
            let second = number(2), hour < 24, minute < 60, second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    private mutating func rest(of weekday: Int) -> Bool {
        switch weekday {
        case 3: skip("sday")
        case 4: skip("nesday")
        case 5: skip("rsday")
        case 7: skip("urday")
        default: skip("day")
        }
    }

    private mutating func skip(_ expected: StaticString) -> Bool {
        let count = expected.utf8CodeUnitCount
        guard offset + count <= text.count else { return false }
        let end = offset + count
        guard text.extracting(offset..<end).equals(expected) else { return false }
        offset = end
        return true
    }
}
