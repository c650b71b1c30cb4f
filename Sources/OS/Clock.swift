// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Time: a monotonic one to measure with, and the wall's.

internal import Glibc

/// A point on the monotonic clock.
///
/// Units: milliseconds since some moment before the process began.
package struct Instant: BitwiseCopyable, Hashable, Comparable, Sendable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// So many milliseconds later.
    ///
    /// Saturates: a configured time can be as long as anybody likes.
    package static func + (instant: Instant, milliseconds: Int64) -> Instant {
        let (sum, overflow) = instant.milliseconds.addingReportingOverflow(milliseconds)
        return Instant(milliseconds: overflow ? (milliseconds < 0 ? .min : .max) : sum)
    }

    /// The milliseconds from `earlier` to `later`.
    package static func - (later: Instant, earlier: Instant) -> Int64 {
        let (difference, overflow) = later.milliseconds.subtractingReportingOverflow(
            earlier.milliseconds)
        return overflow ? (later > earlier ? .max : .min) : difference
    }

    package static var distantFuture: Instant { Instant(milliseconds: .max) }

    /// Reads the monotonic clock.
    package static func now() -> Instant {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// A point in time at which to give up.
package typealias Deadline = Instant

/// A point in calendar time.
package struct WallTime: BitwiseCopyable, Hashable, Sendable {
    /// Seconds since 1970-01-01 00:00 UTC.
    package var seconds: Int
    package var nanoseconds: Int

    package init(seconds: Int, nanoseconds: Int) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    package static func now() -> WallTime {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(seconds: time.tv_sec, nanoseconds: time.tv_nsec)
    }
}

/// The calendar and clock of the place where the server runs.
package struct LocalTime: BitwiseCopyable, Hashable, Sendable {
    package let year: Int
    /// 1 to 12.
    package let month: Int
    /// 1 to 31.
    package let day: Int
    package let hour: Int
    package let minute: Int
    /// 0 to 60.
    package let second: Int
    /// 0 is Sunday.
    package let weekday: Int
    /// How far the local clock is ahead of UTC.
    package let offsetSeconds: Int

    package init(seconds: Int) {
        var time = time_t(seconds)
        var parts = unsafe tm()
        unsafe localtime_r(&time, &parts)
        year = Int(unsafe parts.tm_year) + 1900
        month = Int(unsafe parts.tm_mon) + 1
        day = Int(unsafe parts.tm_mday)
        hour = Int(unsafe parts.tm_hour)
        minute = Int(unsafe parts.tm_min)
        second = Int(unsafe parts.tm_sec)
        weekday = Int(unsafe parts.tm_wday)
        offsetSeconds = unsafe parts.tm_gmtoff
    }
}
