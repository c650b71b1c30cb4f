// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Memory that several processes see, word by word.
//
// It knows offsets and numbers, and trusts neither: another process may have written anything.

internal import CShims
internal import Glibc
internal import Synchronization

/// Memory that is shared with other processes, and that starts as zeros.
///
/// Why: plain numbers, so that holding it costs no reference; it stays mapped as long as the
///      process lives.
/// Invariant: offsets are multiples of the size of what lies there. One that lies outside reads as
///            zero, and writing to it does nothing.
@safe package struct SharedMemory: BitwiseCopyable, @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    package let byteCount: Int

    /// Makes a file in memory that processes can share, and whose size nobody can change.
    ///
    /// Why: a process that made it shorter would end all others that use it.
    package static func makeFile(
        _ name: StaticString, byteCount: Int
    ) throws(Errno) -> FileDescriptor {
        let number = name.withUTF8Buffer { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) {
                unsafe cshims_sealable_file($0.baseAddress)
            }
        }
        guard number >= 0 else { throw Errno.current }
        let file = FileDescriptor(owning: number)
        try file.setSize(byteCount)
        _ = try check { cshims_seal_size(number) }
        return file
    }

    /// Maps such a file; its descriptor is not needed any more afterwards.
    package init(mapping descriptor: Int32, byteCount: Int) throws(Errno) {
        try self.init(descriptor, byteCount, MAP_SHARED)
    }

    /// Memory that no other process sees.
    package init(privateByteCount byteCount: Int) throws(Errno) {
        try self.init(-1, byteCount, MAP_PRIVATE | MAP_ANONYMOUS)
    }

    private init(_ descriptor: Int32, _ byteCount: Int, _ flags: Int32) throws(Errno) {
        let memory = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, descriptor, 0)
        guard let memory = unsafe memory, Int(bitPattern: memory) != -1 else {
            throw Errno.current
        }
        unsafe base = memory
        self.byteCount = byteCount
    }

    private func contains(_ offset: Int, _ count: Int) -> Bool {
        offset >= 0 && offset <= byteCount - count
    }

    // MARK: Numbers that nobody else changes meanwhile

    package func word(at offset: Int) -> UInt64 {
        contains(offset, 8) ? unsafe base.load(fromByteOffset: offset, as: UInt64.self) : 0
    }

    package func setWord(_ value: UInt64, at offset: Int) {
        if contains(offset, 8) {
            unsafe base.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
        }
    }

    package func half(at offset: Int) -> UInt32 {
        contains(offset, 4) ? unsafe base.load(fromByteOffset: offset, as: UInt32.self) : 0
    }

    package func setHalf(_ value: UInt32, at offset: Int) {
        if contains(offset, 4) {
            unsafe base.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
        }
    }

    /// The first of several halves in a row, from an index on, that has a value.
    package func firstIndex(
        of value: UInt32, from start: Int = 0, count: Int, at offset: Int
    ) -> Int? {
        guard contains(offset, 4 * count) else { return nil }
        for index in start..<max(start, count)
        where unsafe base.load(fromByteOffset: offset &+ 4 &* index, as: UInt32.self) == value {
            return index
        }
        return nil
    }

    /// Puts zeros into a range.
    package func clear(_ offset: Int, count: Int) {
        guard count > 0, contains(offset, count) else { return }
        unsafe (base + offset).initializeMemory(as: UInt8.self, repeating: 0, count: count)
    }

    // MARK: Numbers that others may change at any time

    package func loadHalf(at offset: Int) -> UInt32 {
        guard contains(offset, 4) else { return 0 }
        return unsafe half(offset).pointee.load(ordering: .acquiring)
    }

    package func storeHalf(_ value: UInt32, at offset: Int) {
        guard contains(offset, 4) else { return }
        unsafe half(offset).pointee.store(value, ordering: .releasing)
    }

    /// Puts a value where another one is expected.
    ///
    /// - Returns: whether it was there.
    package func exchangeHalf(_ expected: UInt32, with value: UInt32, at offset: Int) -> Bool {
        guard contains(offset, 4) else { return false }
        return unsafe half(offset).pointee.compareExchange(
            expected: expected, desired: value, ordering: .acquiringAndReleasing
        ).exchanged
    }

    package func loadWord(at offset: Int) -> UInt64 {
        guard contains(offset, 8) else { return 0 }
        return unsafe word(offset).pointee.load(ordering: .relaxed)
    }

    package func storeWord(_ value: UInt64, at offset: Int) {
        guard contains(offset, 8) else { return }
        unsafe word(offset).pointee.store(value, ordering: .relaxed)
    }

    /// Adds to a number that several write.
    package func addWord(_ difference: Int, at offset: Int) {
        guard contains(offset, 8) else { return }
        _ = unsafe word(offset).pointee.wrappingAdd(
            UInt64(bitPattern: Int64(difference)), ordering: .sequentiallyConsistent)
    }

    @unsafe private func half(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
        unsafe (base + offset).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    @unsafe private func word(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe (base + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
    }
}
