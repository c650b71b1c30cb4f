// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// An epoll instance and the room for one batch of its events.

internal import CShims
internal import Glibc

/// Tells which descriptors are ready.
///
/// Sockets are registered once, for both directions and edge-triggered: there is no later
/// `epoll_ctl`. The owner remembers readiness until a call says `wouldBlock`.
@safe
package struct Poller: ~Copyable {
    /// What is so about one registered descriptor.
    package struct Event: BitwiseCopyable, Sendable {
        /// What it was registered with.
        package let token: UInt64
        let mask: UInt32

        /// There may be something to receive, be it only the end or an error.
        package var isReadable: Bool { mask & ~Mask.writable != 0 }
        /// There may be room to send, or an error to learn of.
        package var isWritable: Bool { mask & (Mask.writable | Mask.error | Mask.closed) != 0 }
        /// The other side will send nothing more.
        package var isHangUp: Bool { mask & (Mask.hangUp | Mask.closed) != 0 }
        package var isError: Bool { mask & Mask.error != 0 }
        /// Both directions are closed.
        package var isClosed: Bool { mask & Mask.closed != 0 }
    }

    /// The kernel's bits.
    private enum Mask {
        static var readable: UInt32 { 0x1 }
        static var writable: UInt32 { 0x4 }
        static var error: UInt32 { 0x8 }
        static var closed: UInt32 { 0x10 }
        static var hangUp: UInt32 { 0x2000 }
        static var exclusive: UInt32 { 0x1000_0000 }
        static var edge: UInt32 { 0x8000_0000 }
    }

    /// How many events one `wait` returns at most.
    package static var batchLimit: Int { 512 }

    private let descriptor: FileDescriptor
    private let events: UnsafeMutablePointer<epoll_event>
    private var count = 0

    package init() throws(Errno) {
        descriptor = FileDescriptor(owning: try check { epoll_create1(Int32(EPOLL_CLOEXEC)) })
        unsafe events = .allocate(capacity: Self.batchLimit)
    }

    deinit { unsafe events.deallocate() }

    /// Its own number, which is readable while events wait.
    package var number: Int32 { descriptor.number }

    /// Registers a socket for both directions, edge-triggered.
    package func add(_ number: Int32, token: UInt64) throws(Errno) {
        let mask = Mask.readable | Mask.writable | Mask.hangUp | Mask.edge
        _ = try check { cshims_epoll_add(descriptor.number, number, mask, token) }
    }

    /// Registers for reading, level-triggered: listeners, counters, signals.
    ///
    /// `exclusive` wakes only one of the pollers that share a listener.
    package func addLevel(
        _ number: Int32, token: UInt64, exclusive: Bool = false
    ) throws(Errno) {
        let mask = Mask.readable | (exclusive ? Mask.exclusive : 0)
        _ = try check { cshims_epoll_add(descriptor.number, number, mask, token) }
    }

    /// Forgets a descriptor.
    ///
    /// Closing its last duplicate does the same.
    package func remove(_ number: Int32) {
        _ = cshims_epoll_remove(descriptor.number, number)
    }

    /// Sleeps until something is ready or the time is over, and says how many events there are.
    ///
    /// Units: milliseconds; -1 waits without end. An interruption by a signal is a wake-up without
    ///        events.
    package mutating func wait(timeoutMilliseconds: Int) -> Int {
        let timeout = Int32(clamping: timeoutMilliseconds)
        let result = unsafe epoll_wait(
            descriptor.number, events, Int32(Self.batchLimit), timeout)
        count = max(0, Int(result))
        return count
    }

    /// One event of the last batch.
    package func event(_ index: Int) -> Event {
        precondition(index >= 0 && index < count)
        return unsafe Event(
            token: cshims_event_token(events, index), mask: cshims_event_mask(events, index))
    }
}
