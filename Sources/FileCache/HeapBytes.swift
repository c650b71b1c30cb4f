// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Bytes that stay at one address, for entries that are read by several threads at once.

internal import Memory
internal import OS

/// A block of bytes that never moves and, once filled, never changes.
///
/// Why: not an array. A span over it must stay good while the entry lives, and no array promises
///      where its bytes are outside of a closure.
@safe struct HeapBytes: ~Copyable {
    private let base: UnsafeMutablePointer<UInt8>
    let count: Int

    /// A copy of `bytes`.
    init(_ bytes: Span<UInt8>) {
        count = bytes.count
        unsafe base = .allocate(capacity: max(count, 1))
        unsafe bytes.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe base.update(from: start, count: bytes.count)
        }
    }

    /// A block of `count` bytes, filled piece by piece.
    ///
    /// - Parameter fill: puts bytes into the room given, which begins at the position given, and
    ///   says how many; nil ends the attempt and makes the whole nil.
    init?(count: Int, fill: (_ position: Int, _ room: consuming MutableRawSpan) -> Int?) {
        self.count = count
        unsafe base = .allocate(capacity: max(count, 1))
        var filled = 0
        while filled < count {
            let room = unsafe MutableRawSpan(_unsafeStart: base + filled, byteCount: count - filled)
            guard let step = fill(filled, room), step > 0 else { return nil }
            filled += step
        }
    }

    /// The first `count` bytes of a file; nil if there are fewer.
    init?(of file: borrowing FileDescriptor, count: Int) {
        self.init(count: count) { position, room in
            guard case .bytes(let count) = file.read(into: room, at: position) else { return nil }
            return count
        }
    }

    deinit { unsafe base.deallocate() }

    var span: Span<UInt8> {
        @_lifetime(borrow self) get {
            let span = unsafe Span<UInt8>(_unsafeStart: base, count: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}

// No thread writes after the initialiser, so any number of them may read.
extension HeapBytes: @unchecked Sendable {}
