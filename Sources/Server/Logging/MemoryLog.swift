// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Lines of the error log that are kept in memory, for a debugger to find.

internal import Memory
internal import Synchronization

/// The last lines, in a ring.
///
/// Spec: nginx `error_log memory:size`.
final class MemoryLog: Sendable {
    private let state: Mutex<State>

    private struct State: ~Copyable {
        var ring: FixedArray<UInt8>
        var position = 0
    }

    init(byteCount: Int) {
        // The mark by which a debugger finds it; the ring begins behind it.
        let mark = Array("MEMLOG \(byteCount)\n".utf8)
        var ring = FixedArray<UInt8>(repeating: 0x20, count: mark.count + byteCount)
        for (index, byte) in mark.enumerated() { ring[index] = byte }
        markCount = mark.count
        state = Mutex(State(ring: ring))
    }

    private let markCount: Int

    func write(_ lines: RawSpan) {
        state.withLock { state in
            for index in 0..<lines.byteCount {
                let byte = unsafe lines.unsafeLoad(fromByteOffset: index, as: UInt8.self)
                state.ring[markCount + state.position] = byte
                state.position = (state.position + 1) % (state.ring.count - markCount)
            }
        }
    }

    /// What is kept, in the order in which it lies in memory.
    var content: [UInt8] { state.withLock { Array(copying: $0.ring.span) } }
}
