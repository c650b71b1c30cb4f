// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A table in shared memory that several processes change at once.
//
// It knows keys by their hashes, and buckets; what an entry means is the business of its users.

internal import Memory
internal import OS

/// Where a key belongs in a table.
struct ZoneKey: BitwiseCopyable, Equatable {
    let bucket: Int
    /// Never 0.
    let tag: UInt32
    let rest: UInt64
}

/// An entry of a bucket: so many bytes after `ZoneKey.rest`.
///
///     | the secret | bucket | bucket | …        a bucket: | lock | tags | entries |
///
/// Why: no entry points to another one. Whatever a broken process has written, every place is
///      computed from numbers of our own, and nothing is followed.
/// Limits: a bucket has 32 places. While a zone is half full, one key in ten thousand finds its
///         bucket full; what happens then, its user decides.
struct ZoneTable: BitwiseCopyable, Sendable {
    private let memory: SharedMemory
    private let board: ProcessBoard
    private let locks: SharedLock
    private let hash: SipHash
    private let bucketCount: Int
    /// This process.
    let lease: ProcessLease

    static var placeCount: Int { 32 }
    private static var headByteCount: Int { 1024 }
    private static var bucketByteCount: Int { 1024 }
    private static var tagsOffset: Int { 64 }
    private static var entriesOffset: Int { tagsOffset + 4 * placeCount }
    private static var entryByteCount: Int { 24 }

    init(_ memory: SharedMemory, board: ProcessBoard, lease: ProcessLease) {
        self.memory = memory
        self.board = board
        self.lease = lease
        locks = SharedLock(in: memory, board: board, lease: lease)
        hash = SipHash(memory.word(at: 0), memory.word(at: 8))
        bucketCount = max(1, (memory.byteCount - Self.headByteCount) / Self.bucketByteCount)
    }

    /// Where a key belongs.
    func key(of text: Span<UInt8>) -> ZoneKey {
        let (first, second) = hash.hash(text)
        let bucket = (first >> 32).multipliedFullWidth(by: UInt64(bucketCount) << 32).high
        return ZoneKey(
            bucket: Int(truncatingIfNeeded: bucket),
            tag: max(1, UInt32(truncatingIfNeeded: first)), rest: second)
    }

    // MARK: Buckets

    /// Locks the bucket of a key.
    ///
    /// - Returns: false where somebody does not let go of it.
    func lock(_ key: ZoneKey) -> Bool {
        let offset = offset(of: key)
        switch locks.acquire(at: offset) {
        case .held: return true
        case .heldAfterDeath:
            // One entry may be half written, and there is no telling which.
            memory.clear(offset + Self.tagsOffset, count: 4 * Self.placeCount)
            return true
        case .failed: return false
        }
    }

    func unlock(_ key: ZoneKey) { locks.release(at: offset(of: key)) }

    private func offset(of key: ZoneKey) -> Int {
        Self.headByteCount &+ key.bucket &* Self.bucketByteCount
    }

    /// The place of a key's entry, from a place on; the bucket is locked.
    func place(of key: ZoneKey, from start: Int = 0) -> Int? {
        let bucket = offset(of: key)
        var next = start
        while let place = memory.firstIndex(
            of: key.tag, from: next, count: Self.placeCount, at: bucket &+ Self.tagsOffset)
        {
            if memory.word(at: entry(place, key)) == key.rest { return place }
            next = place &+ 1
        }
        return nil
    }

    /// A place without an entry; the bucket is locked.
    func emptyPlace(for key: ZoneKey) -> Int? {
        memory.firstIndex(of: 0, count: Self.placeCount, at: offset(of: key) &+ Self.tagsOffset)
    }

    /// Puts the key at a place.
    func take(_ place: Int, for key: ZoneKey) {
        memory.setWord(key.rest, at: entry(place, key))
        memory.setHalf(key.tag, at: offset(of: key) &+ Self.tagsOffset &+ 4 &* place)
    }

    /// Takes an entry out, whosever it is.
    func empty(_ place: Int, in key: ZoneKey) {
        memory.setHalf(0, at: offset(of: key) &+ Self.tagsOffset &+ 4 &* place)
    }

    // MARK: The space before the buckets

    /// Lends the space in front of the buckets, under a lock of its own.
    ///
    /// - Parameter offset: where the lock is; what it guards is cleared if its holder has died.
    func withHead<Result>(
        at offset: Int, count: Int, _ body: (SharedMemory) -> Result?
    ) -> Result? {
        guard offset >= 16, offset + count <= Self.headByteCount else { return nil }
        switch locks.acquire(at: offset) {
        case .held: break
        case .heldAfterDeath: memory.clear(offset + 4, count: count - 4)
        case .failed: return nil
        }
        defer { locks.release(at: offset) }
        return body(memory)
    }

    // MARK: Entries, of any key in the same bucket

    private func entry(_ place: Int, _ key: ZoneKey) -> Int {
        offset(of: key) &+ Self.entriesOffset &+ place &* Self.entryByteCount
    }

    func word(_ place: Int, _ key: ZoneKey) -> UInt64 { memory.word(at: entry(place, key) &+ 8) }
    func setWord(_ value: UInt64, _ place: Int, _ key: ZoneKey) {
        memory.setWord(value, at: entry(place, key) &+ 8)
    }

    /// One of the last two halves.
    func half(_ number: Int, _ place: Int, _ key: ZoneKey) -> UInt32 {
        memory.half(at: entry(place, key) &+ 16 &+ 4 &* number)
    }

    func setHalf(_ value: UInt32, _ number: Int, _ place: Int, _ key: ZoneKey) {
        memory.setHalf(value, at: entry(place, key) &+ 16 &+ 4 &* number)
    }

    /// Whether a process lives.
    func isAlive(_ lease: UInt32) -> Bool { board.isAlive(lease) }
}
