// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct HTTPDateTests {
    private func text(_ seconds: Int) -> String {
        let date = HTTPDate.text(seconds: seconds)
        return String(decoding: date.indices.map { date[$0] }, as: UTF8.self)
    }

    private static let dates: [(Int, String)] = [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (2_130_706_432, "Wed, 08 Jul 2037 22:53:52 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"),
    ]

    @Test("Dates are written as IMF-fixdate and read again", arguments: dates)
    func writes(seconds: Int, expected: String) {
        #expect(text(seconds) == expected)
        #expect(HTTPDate.parse(bytes(expected).span) == seconds)
    }

    @Test("A time beyond the calendar is written as its end")
    func clamps() {
        #expect(text(.max) == "Fri, 31 Dec 9999 23:59:59 GMT")
        #expect(text(.min) == "Sat, 01 Jan 0000 00:00:00 GMT")
    }

    @Test("Every day of four centuries is read as it is written")
    func roundTrip() {
        for day in stride(from: -135_000, to: 135_000, by: 7) {
            let seconds = day * 86_400 + 45_296
            let date = HTTPDate.text(seconds: seconds)
            #expect(HTTPDate.parse(date.span) == seconds)
        }
    }

    @Test(
        "The obsolete forms are read",
        arguments: [
            "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49:37 GMT",
        ])
    func readsObsoleteForms(date: String) {
        #expect(HTTPDate.parse(bytes(date).span) == 784_111_777)
    }

    @Test(
        "What is no date is nil",
        arguments: [
            "", "0", "wrong", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 gmt",
            "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 29 Feb 1900 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
            "Xyz, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
            "Sun,  6 Nov 1994 08:49:37 GMT", "Sunday, 06 Nov 1994 08:49:37 GMT",
            "Funday, 06-Nov-94 08:49:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT",
        ])
    func refuses(date: String) {
        #expect(HTTPDate.parse(bytes(date).span) == nil)
    }
}
