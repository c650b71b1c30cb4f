// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads contents that no loop should wait for, each once, and tells all who wait for them.

internal import EventLoop
internal import OS
internal import Synchronization

extension FileCache {
    /// Reads the content of an entry on a background thread, and calls `done` there afterwards.
    ///
    /// - Returns: false if too much waits already.
    func complete(_ entry: FileEntryRef, _ done: @escaping @Sendable () -> Void) -> Bool {
        guard let loading else { return false }
        let key = entry.key
        let isFirst = awaited.withLock { awaited in
            awaited[key, default: []].append(done)
            return awaited[key]?.count == 1
        }
        guard isFirst else { return true }
        let isQueued = loading.submit { [self] in
            loadFromDisk(key, at: Instant.now(), readsAll: true).release()
            advanceEpoch()
            for done in takeAwaiting(key) { done() }
        }
        if isQueued { return true }
        // Others may have joined meanwhile; they look again and find the same entry.
        for other in takeAwaiting(key).dropFirst() { other() }
        return false
    }

    private func takeAwaiting(_ key: FileKey) -> [@Sendable () -> Void] {
        awaited.withLock { $0.removeValue(forKey: key) ?? [] }
    }
}
