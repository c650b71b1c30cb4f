// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Waiting for the content of a file: the loop serves others meanwhile.

internal import EventLoop
internal import FileCache
internal import OS

extension Exchange {
    /// Waits until the content of a file has been read; `proceed` then looks for the file again.
    ///
    /// - Returns: nil when it is to be answered with as it is, from its descriptor: nobody can read
    ///   it now, or it changes faster than it is read.
    mutating func waitForContent(
        of entry: FileEntryRef, _ services: inout Services
    ) -> ExchangeStep? {
        guard fileWaitCount < Self.fileWaitLimit, services.complete(entry, for: client) else {
            return nil
        }
        fileWaitCount += 1
        stage = .loadingFile
        deadline = services.clock.now + Self.fileWaitTime
        return .wait
    }

    /// Waits until a background thread has done a job; the file's handler then begins again.
    ///
    /// - Returns: nil when too much waits already.
    mutating func wait(
        for job: @escaping @Sendable () -> Void, _ services: inout Services
    ) -> ExchangeStep? {
        guard services.run(for: client, job) else { return nil }
        stage = .loadingFile
        deadline = services.clock.now + Self.fileWaitTime
        return .wait
    }

    /// The disk does not answer.
    mutating func fileTimedOut(_ services: inout Services) -> ExchangeStep {
        listing = nil
        randomIndex = nil
        setFilePath(uri, &services)
        services.logPathError(.critical, self, "read() ", " timed out")
        return fail(500, &services)
    }

    private static var fileWaitLimit: Int { 3 }

    /// Units: milliseconds.
    private static var fileWaitTime: Int64 { 60_000 }
}
