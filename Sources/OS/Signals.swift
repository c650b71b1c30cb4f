// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Signals as something to read, instead of handlers that interrupt.

internal import CShims
internal import Glibc

/// A set of signal numbers.
package struct SignalSet: BitwiseCopyable, Hashable, Sendable, ExpressibleByArrayLiteral {
    /// Bit n - 1 stands for signal n.
    private(set) var bits: UInt64 = 0

    package init(arrayLiteral numbers: Int32...) {
        for number in numbers {
            precondition((1...64).contains(number))
            bits |= 1 << UInt64(number - 1)
        }
    }

    package static var all: SignalSet {
        var set: SignalSet = []
        set.bits = .max
        return set
    }

    package func contains(_ number: Int32) -> Bool {
        (1...64).contains(number) && bits >> UInt64(number - 1) & 1 == 1
    }

    /// Keeps them from the calling thread and from every thread that it starts later.
    package func block() { _ = cshims_block_signals(bits) }

    package func unblock() { _ = cshims_unblock_signals(bits) }

    fileprivate func open() throws(Errno) -> Int32 { try check { cshims_signalfd(bits) } }
}

/// Delivers blocked signals as readable data.
package struct SignalReader: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    /// Blocks `signals` for this thread and reads them from now on.
    package init(_ signals: SignalSet) throws(Errno) {
        signals.block()
        descriptor = FileDescriptor(owning: try signals.open())
    }

    /// What a poller registers, level-triggered.
    package var number: Int32 { descriptor.number }

    /// The number of the next signal that arrived, or nil.
    package func next() -> Int32? {
        var info = InlineArray<16, UInt64>(repeating: 0)
        let size = 128  // of signalfd_siginfo, whose first field is the number
        let outcome = Transfer.of { unsafe read(number, &info, size) }
        guard outcome == .bytes(size) else { return nil }
        return Int32(truncatingIfNeeded: info[0])
    }
}

/// Signal numbers under their names, and what is done about them once per process.
package enum Signal {
    package static var hangUp: Int32 { SIGHUP }
    package static var interrupt: Int32 { SIGINT }
    package static var quit: Int32 { SIGQUIT }
    package static var kill: Int32 { SIGKILL }
    package static var user1: Int32 { SIGUSR1 }
    package static var user2: Int32 { SIGUSR2 }
    package static var terminate: Int32 { SIGTERM }
    package static var child: Int32 { SIGCHLD }
    package static var windowChange: Int32 { SIGWINCH }

    /// The first signal that means nothing to the kernel and the C library: 34.
    package static var firstRealtime: Int32 { cshims_first_realtime_signal() }

    /// Makes a write to a closed pipe or socket an error instead of the end of the process.
    package static func ignoreBrokenPipe() { _ = cshims_ignore_signal(SIGPIPE) }
}
