// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The loop's time, and dates against known ones.

import Memory
import OS
import Testing

@testable import EventLoop

@Suite struct LoopClockTests {
    private func text(_ span: Span<UInt8>) -> String {
        String(decoding: (0..<span.count).map { span[$0] }, as: UTF8.self)
    }

    /// What a writer makes of a text of spaces.
    private func written(_ count: Int, _ write: (inout FixedArray<UInt8>) -> Void) -> String {
        var array = FixedArray<UInt8>(repeating: 0x20, count: count)
        write(&array)
        return text(array.span)
    }

    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ])
    func `dates are those of the calendar`(seconds: Int, expected: String) {
        #expect(written(29) { TimeText.writeHTTPDate(seconds: seconds, into: &$0) } == expected)
    }

    @Test func `every day follows the one before`() {
        var previous = CivilDate(daysSince1970: -800_000)
        for days in -799_999...800_000 {
            let date = CivilDate(daysSince1970: days)
            let isNextDay = date.day == previous.day + 1 && date.month == previous.month
            let isNextMonth = date.day == 1 && date.month == previous.month + 1
            let isNextYear = date.day == 1 && date.month == 1 && previous.month == 12
            guard isNextDay || isNextMonth || isNextYear else {
                Issue.record("\(date) follows \(previous)")
                return
            }
            previous = date
        }
    }

    @Test func `the clock's texts belong to its second`() {
        var clock = LoopClock()
        clock.refresh()
        let seconds = clock.seconds
        let expected = written(29) { TimeText.writeHTTPDate(seconds: seconds, into: &$0) }
        let date = text(clock.httpDate)
        #expect(date == expected)
        let local = LocalTime(seconds: seconds)
        let log = text(clock.timeLocal)
        let iso = text(clock.timeISO8601)
        let error = text(clock.timeErrorLog)
        #expect(log == written(26) { TimeText.writeLocal(local, into: &$0) })
        #expect(iso == written(25) { TimeText.writeISO8601(local, into: &$0) })
        #expect(error == written(19) { TimeText.writeErrorLog(local, into: &$0) })
        let milliseconds = clock.wallMilliseconds
        #expect(abs(milliseconds - WallTime.now().seconds * 1000) < 5_000)
    }

    @Test func `log texts have nginx's shape`() throws {
        // 2000-10-10 13:55:36 by the local clock, wherever that is.
        let utc = LocalTime(seconds: 971_186_136)
        let local = LocalTime(seconds: 971_186_136 - utc.offsetSeconds)
        try #require(local.offsetSeconds == utc.offsetSeconds)
        let sign = local.offsetSeconds < 0 ? "-" : "+"
        let minutes = abs(local.offsetSeconds) / 60
        let digits = (minutes / 60 * 100 + minutes % 60 + 10_000).description.dropFirst()
        #expect(
            written(26) { TimeText.writeLocal(local, into: &$0) }
                == "10/Oct/2000:13:55:36 \(sign)\(digits)")
        #expect(
            written(25) { TimeText.writeISO8601(local, into: &$0) }
                == "2000-10-10T13:55:36\(sign)\(digits.prefix(2)):\(digits.suffix(2))")
        #expect(
            written(19) { TimeText.writeErrorLog(local, into: &$0) } == "2000/10/10 13:55:36")
    }
}
