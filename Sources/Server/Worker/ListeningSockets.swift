// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The listening sockets of a worker process. Its threads share their numbers, so none of them may
// close one while another could still accept from it.

internal import OS
internal import Synchronization

/// Listening sockets that are closed when the last thread has let go of them.
///
/// Why: a socket that stays open while the last requests are finished takes connections that
///      nobody accepts: their clients would wait instead of being refused, and the address of a
///      server that a reload has removed could not be used by anybody else.
final class ListeningSockets: Sendable {
    /// For each listener of the site its sockets, by number.
    let groups: [[Int32]]
    private let holderCount: Atomic<Int>

    /// Takes over the sockets.
    init(_ groups: [[Int32]], threadCount: Int) {
        self.groups = groups
        holderCount = Atomic(threadCount)
    }

    /// Notes that a thread uses them no more; call it once in each.
    func letGo() {
        let (_, rest) = holderCount.subtract(1, ordering: .acquiringAndReleasing)
        guard rest == 0 else { return }
        for number in groups.joined() { _ = FileDescriptor(owning: number) }
    }
}
