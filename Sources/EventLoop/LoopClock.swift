// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The time of one turn of the loop, and its texts. Everybody in a turn sees the same time.

package import Memory
package import OS

/// The time as it was when this turn of the loop began.
///
/// Cost: one call of the clock for each turn; the texts are written once a second.
package struct LoopClock: ~Copyable {
    /// The monotonic time, for deadlines.
    package private(set) var now: Instant

    /// Seconds since 1970-01-01 00:00 UTC.
    package private(set) var seconds: Int

    /// How far the calendar is ahead of the monotonic clock.
    ///
    /// Read anew each second, so that a clock that is set is noticed.
    private var wallOffset: Int64

    private var httpDateText = FixedArray<UInt8>(repeating: 0x20, count: 29)
    private var localText = FixedArray<UInt8>(repeating: 0x20, count: 26)
    private var isoText = FixedArray<UInt8>(repeating: 0x20, count: 25)
    private var errorLogText = FixedArray<UInt8>(repeating: 0x20, count: 19)

    package init() {
        now = Instant.now()
        let wall = WallTime.now()
        seconds = wall.seconds
        wallOffset = Self.milliseconds(of: wall) - now.milliseconds
        writeTexts()
    }

    /// Begins a turn: reads the time.
    package mutating func refresh() {
        now = Instant.now()
        let second = Int((now.milliseconds + wallOffset) / 1000)
        guard second != seconds else { return }
        synchronize()
    }

    /// Milliseconds since 1970-01-01 00:00 UTC.
    package var wallMilliseconds: Int { Int(now.milliseconds + wallOffset) }

    /// The same in seconds.
    package var wallSeconds: Int64 { (now.milliseconds + wallOffset) / 1000 }

    /// The 29 bytes of a Date field: "Sun, 06 Nov 1994 08:49:37 GMT".
    package var httpDate: Span<UInt8> {
        @_lifetime(borrow self) get { httpDateText.span }
    }

    /// Appends the same: a span of it would keep a buffer beside it from being changed.
    package func appendHTTPDate(to buffer: inout Buffer) { buffer.append(httpDateText.span) }

    /// For `$time_local`: "10/Oct/2000:13:55:36 +0700".
    package var timeLocal: Span<UInt8> {
        @_lifetime(borrow self) get { localText.span }
    }

    /// For `$time_iso8601`: "2000-10-10T13:55:36+07:00".
    package var timeISO8601: Span<UInt8> {
        @_lifetime(borrow self) get { isoText.span }
    }

    /// For the error log: "2000/10/10 13:55:36".
    package var timeErrorLog: Span<UInt8> {
        @_lifetime(borrow self) get { errorLogText.span }
    }

    private static func milliseconds(of wall: WallTime) -> Int64 {
        Int64(wall.seconds) * 1000 + Int64(wall.nanoseconds) / 1_000_000
    }

    private mutating func synchronize() {
        let wall = WallTime.now()
        wallOffset = Self.milliseconds(of: wall) - now.milliseconds
        guard wall.seconds != seconds else { return }
        seconds = wall.seconds
        writeTexts()
    }

    private mutating func writeTexts() {
        TimeText.writeHTTPDate(seconds: seconds, into: &httpDateText)
        let local = LocalTime(seconds: seconds)
        TimeText.writeLocal(local, into: &localText)
        TimeText.writeISO8601(local, into: &isoText)
        TimeText.writeErrorLog(local, into: &errorLogText)
    }
}
