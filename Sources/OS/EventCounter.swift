// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A wake-up that works across threads.

internal import CShims
internal import Glibc

/// Makes a descriptor readable from any thread, so that a sleeping poller wakes.
package struct EventCounter: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    package init() throws(Errno) {
        descriptor = FileDescriptor(owning: try check { cshims_eventfd() })
    }

    /// What a poller registers, level-triggered.
    package var number: Int32 { descriptor.number }

    /// Makes it readable.
    ///
    /// Many calls before one `drain` are one wake-up.
    package func signal() {
        var one: UInt64 = 1
        // The only failure is a full counter, and that is readable already.
        _ = Transfer.of { unsafe write(number, &one, 8) }
    }

    /// Makes it unreadable again; says how often it was signalled.
    package func drain() -> UInt64 {
        var value: UInt64 = 0
        let outcome = Transfer.of { unsafe read(number, &value, 8) }
        return outcome == .bytes(8) ? value : 0
    }
}
