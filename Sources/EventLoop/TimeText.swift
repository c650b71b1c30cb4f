// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Dates and times as text, in English whatever the locale is. Pure.

internal import Memory
internal import OS

/// A day of the Gregorian calendar.
struct CivilDate: Equatable {
    let year: Int
    /// 1 to 12.
    let month: Int
    /// 1 to 31.
    let day: Int

    /// The day that is so many days after 1970-01-01.
    ///
    /// Counts from 1 March of the year 0, in eras of 400 years: leap days are then the last days of
    /// their years, and the months' lengths follow one line, (153 m + 2) / 5.
    init(daysSince1970 days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}

/// Writes times into texts whose length is fixed.
enum TimeText {
    /// "Sun, 06 Nov 1994 08:49:37 GMT".
    ///
    /// Spec: RFC 9110 §5.6.7, IMF-fixdate.
    static func writeHTTPDate(seconds: Int, into text: inout FixedArray<UInt8>) {
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        let second = seconds - days * 86_400
        let date = CivilDate(daysSince1970: days)
        // 1970-01-01 was a Thursday.
        let weekday = ((days % 7) + 11) % 7
        write("SunMonTueWedThuFriSat", from: weekday * 3, count: 3, into: &text, at: 0)
        write(", ", from: 0, count: 2, into: &text, at: 3)
        write(date.day, digits: 2, into: &text, at: 5)
        writeMonth(date.month, into: &text, at: 8)
        write(date.year, digits: 4, into: &text, at: 12)
        writeTime(second / 3_600, second / 60 % 60, second % 60, into: &text, at: 17)
        write(" GMT", from: 0, count: 4, into: &text, at: 25)
    }

    /// "10/Oct/2000:13:55:36 +0700".
    static func writeLocal(_ time: LocalTime, into text: inout FixedArray<UInt8>) {
        write(time.day, digits: 2, into: &text, at: 0)
        text[2] = UInt8(ascii: "/")
        writeMonth(time.month, into: &text, at: 3)
        text[6] = UInt8(ascii: "/")
        write(time.year, digits: 4, into: &text, at: 7)
        text[11] = UInt8(ascii: ":")
        writeTime(time.hour, time.minute, time.second, into: &text, at: 12)
        let minutes = abs(time.offsetSeconds) / 60
        text[21] = UInt8(ascii: time.offsetSeconds < 0 ? "-" : "+")
        write(minutes / 60 * 100 + minutes % 60, digits: 4, into: &text, at: 22)
    }

    /// "2000-10-10T13:55:36+07:00".
    static func writeISO8601(_ time: LocalTime, into text: inout FixedArray<UInt8>) {
        writeDate(time, separator: UInt8(ascii: "-"), into: &text)
        text[10] = UInt8(ascii: "T")
        writeTime(time.hour, time.minute, time.second, into: &text, at: 11)
        let minutes = abs(time.offsetSeconds) / 60
        text[19] = UInt8(ascii: time.offsetSeconds < 0 ? "-" : "+")
        write(minutes / 60, digits: 2, into: &text, at: 20)
        text[22] = UInt8(ascii: ":")
        write(minutes % 60, digits: 2, into: &text, at: 23)
    }

    /// "2000/10/10 13:55:36".
    static func writeErrorLog(_ time: LocalTime, into text: inout FixedArray<UInt8>) {
        writeDate(time, separator: UInt8(ascii: "/"), into: &text)
        writeTime(time.hour, time.minute, time.second, into: &text, at: 11)
    }

    private static func writeDate(
        _ time: LocalTime, separator: UInt8, into text: inout FixedArray<UInt8>
    ) {
        write(time.year, digits: 4, into: &text, at: 0)
        text[4] = separator
        write(time.month, digits: 2, into: &text, at: 5)
        text[7] = separator
        write(time.day, digits: 2, into: &text, at: 8)
    }

    private static func writeTime(
        _ hour: Int, _ minute: Int, _ second: Int, into text: inout FixedArray<UInt8>,
        at offset: Int
    ) {
        write(hour, digits: 2, into: &text, at: offset)
        text[offset + 2] = UInt8(ascii: ":")
        write(minute, digits: 2, into: &text, at: offset + 3)
        text[offset + 5] = UInt8(ascii: ":")
        write(second, digits: 2, into: &text, at: offset + 6)
    }

    private static func writeMonth(
        _ month: Int, into text: inout FixedArray<UInt8>, at offset: Int
    ) {
        write(
            "JanFebMarAprMayJunJulAugSepOctNovDec", from: (month - 1) * 3, count: 3, into: &text,
            at: offset)
    }

    /// Writes the last `digits` digits of a number that is not negative.
    private static func write(
        _ value: Int, digits: Int, into text: inout FixedArray<UInt8>, at offset: Int
    ) {
        var rest = value
        for i in stride(from: offset + digits - 1, through: offset, by: -1) {
            text[i] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    private static func write(
        _ literal: StaticString, from start: Int, count: Int, into text: inout FixedArray<UInt8>,
        at offset: Int
    ) {
        precondition(start >= 0 && start + count <= literal.utf8CodeUnitCount)
        for i in 0..<count { unsafe text[offset + i] = literal.utf8Start[start + i] }
    }
}
