// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Work that takes too long for a loop: compressing a large file, reading a slow disk.

internal import OS
internal import Synchronization

/// Runs jobs on a few threads that live only while there are jobs.
///
/// A job tells its loop about its result through a `LoopMailbox`.
/// Why: no pool of sleeping threads, because with a single thread in the process system calls are
///      cheaper, and starting one costs little beside a job that is worth sending here.
package final class BackgroundWork: Sendable {
    package typealias Job = @Sendable () -> Void

    private struct State {
        /// Jobs that wait, from `first` on.
        var jobs: [Job] = []
        var first = 0
        var threadCount = 0

        var waitingCount: Int { jobs.count - first }

        mutating func takeFirst() -> Job? {
            guard first < jobs.count else { return nil }
            let job = jobs[first]
            first += 1
            // Amortised O(1): what a job holds on to must not outlive it under steady load.
            if first * 2 >= jobs.count {
                jobs.removeFirst(first)
                first = 0
            }
            return job
        }
    }

    private let state = Mutex(State())
    private let threadCountLimit: Int
    private let jobCountLimit: Int
    private let niceness: Int32

    /// Threads with a `niceness` above 0 let the loops go first.
    package init(threadCountLimit: Int, jobCountLimit: Int = 4096, niceness: Int32 = 0) {
        precondition(threadCountLimit > 0 && jobCountLimit > 0)
        self.threadCountLimit = threadCountLimit
        self.jobCountLimit = jobCountLimit
        self.niceness = niceness
    }

    /// How many jobs wait for a thread.
    package var waitingCount: Int { state.withLock { $0.waitingCount } }

    /// How many threads there are now.
    package var threadCount: Int { state.withLock { $0.threadCount } }

    /// Queues a job; false, and the job will not run, when too many wait or no thread can be had.
    package func submit(_ job: @escaping Job) -> Bool {
        enum Verdict { case refused, queued, needsThread }
        let verdict: Verdict = state.withLock { state in
            guard state.waitingCount < jobCountLimit else { return .refused }
            guard state.threadCount < threadCountLimit else {
                state.jobs.append(job)
                return .queued
            }
            state.threadCount += 1
            return .needsThread
        }
        guard verdict == .needsThread else { return verdict == .queued }
        do {
            let thread = try Thread.start(name: "background", niceness: niceness) { [self] in
                job()
                work()
            }
            thread.detach()
            return true
        } catch {
            return queueForOthers(job)
        }
    }

    /// Without a new thread the job must wait for the others, if there are any.
    private func queueForOthers(_ job: @escaping Job) -> Bool {
        state.withLock { state in
            state.threadCount -= 1
            guard state.threadCount > 0 else { return false }
            state.jobs.append(job)
            return true
        }
    }

    /// Runs jobs until none waits.
    private func work() {
        while let job = nextJob() { job() }
    }

    private func nextJob() -> Job? {
        state.withLock { state in
            if let job = state.takeFirst() { return job }
            state.threadCount -= 1
            return nil
        }
    }
}
