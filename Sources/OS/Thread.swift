// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Operating system threads that own what they work on.

internal import CShims
internal import Glibc

/// State that a thread owns, and what it does with it.
package protocol ThreadBody: ~Copyable {
    /// Runs on the new thread; the thread ends when this returns.
    consuming func run()
}

/// A running thread.
///
/// Join or detach it: one that is dropped keeps its stack for ever.
package struct Thread: ~Copyable, Sendable {
    private let handle: UInt

    /// Moves `state` to a new thread and runs it there, with all signals blocked.
    ///
    /// The name shows in top and gdb; only its first 15 bytes count. A `niceness` above 0 lets
    /// other threads go first.
    package static func start<State: ThreadBody & ~Copyable>(
        _ state: consuming sending State, name: StaticString, niceness: Int32 = 0
    ) throws(Errno) -> Thread {
        try start(StateStart(state, name: name, niceness: niceness))
    }

    /// Runs `body` on a new thread, with all signals blocked.
    package static func start(
        name: StaticString, niceness: Int32 = 0, _ body: @escaping @Sendable () -> Void
    ) throws(Errno) -> Thread {
        try start(ClosureStart(body, name: name, niceness: niceness))
    }

    /// Lets other threads run.
    package static func yield() { _ = sched_yield() }

    /// Waits until the thread has ended.
    package consuming func join() { pthread_join(pthread_t(handle), nil) }

    /// Lets the thread clean up after itself when it ends.
    package consuming func detach() { pthread_detach(pthread_t(handle)) }

    private static func start(_ start: Start) throws(Errno) -> Thread {
        let owned = unsafe Unmanaged.passRetained(start)
        var handle = pthread_t()
        let previous = blockAllSignals()
        let error = unsafe pthread_create(
            &handle, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().begin()
                return nil
            }, owned.toOpaque())
        restoreSignals(previous)
        guard error == 0 else {
            unsafe owned.release()
            throw Errno(rawValue: error)
        }
        return Thread(handle: UInt(handle))
    }

    /// The new thread inherits the mask, so it never handles a signal meant for the main thread.
    private static func blockAllSignals() -> sigset_t {
        var all = sigset_t()
        var previous = sigset_t()
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &previous)
        return previous
    }

    private static func restoreSignals(_ previous: sigset_t) {
        var mask = previous
        unsafe pthread_sigmask(SIG_SETMASK, &mask, nil)
    }
}

/// What crosses from the starting thread to the new one.
private class Start {
    let name: StaticString
    let niceness: Int32

    init(name: StaticString, niceness: Int32) {
        self.name = name
        self.niceness = niceness
    }

    final func begin() {
        unsafe cshims_name_thread(
            UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self))
        if niceness != 0 { cshims_lower_thread_priority(niceness) }
        run()
    }

    func run() {}
}

private final class StateStart<State: ThreadBody & ~Copyable>: Start {
    private var state: State?

    init(_ state: consuming State, name: StaticString, niceness: Int32) {
        self.state = consume state
        super.init(name: name, niceness: niceness)
    }

    override func run() { state.take()?.run() }
}

private final class ClosureStart: Start {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void, name: StaticString, niceness: Int32) {
        self.body = body
        super.init(name: name, niceness: niceness)
    }

    override func run() { body() }
}
