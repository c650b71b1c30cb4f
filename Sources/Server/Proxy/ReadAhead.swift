// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What was taken from a peer before its client could take it: in memory, then in a file.
//
// It keeps bytes in order and counts them. When to read ahead, and how much, is the business of the
// exchange.

internal import Memory
internal import OS

/// A queue of content, part of which may be in a file without a name.
///
///     ├── front ──┼── file ──┼── tail ──┤
///        next                   newest
///
/// The front is what is being handed out where that must be in memory; the tail is what has not
/// reached the file.
/// Spec: nginx `proxy_buffers`, `proxy_max_temp_file_size`.
struct ReadAhead: ~Copyable {
    /// What is handed out next.
    private(set) var front = Buffer(capacity: 0)
    private var tail = Buffer(capacity: 0)
    private var file: FileDescriptor?
    /// The part of the file that is still to be handed out.
    private var stored = Extent(0, 0)
    /// Whether the file could not be made or written: there is none for this response any more.
    private(set) var hasFailed = false
    /// All that is in the queue.
    private(set) var count = 0

    /// Forgets everything.
    mutating func reset() {
        guard front.capacity > 0 || tail.capacity > 0 || hasFile || hasFailed else { return }
        front = Buffer(capacity: 0)
        tail = Buffer(capacity: 0)
        file = nil
        stored = Extent(0, 0)
        hasFailed = false
        count = 0
    }

    var isEmpty: Bool { count == 0 }

    /// How much of it is in memory.
    var memoryCount: Int { front.count + tail.count }

    /// Whether part of it is in the file, so that what comes now must follow it there.
    var isInFile: Bool { stored.count > 0 }

    /// Where the next byte goes in the file: what counts for its limit.
    var fileEnd: Int { stored.end }

    var hasFile: Bool {
        switch file {
        case .some: true
        case .none: false
        }
    }

    // MARK: Putting in

    /// Keeps bytes in memory.
    mutating func keep(_ range: Range<Int>, of input: borrowing Buffer) {
        tail.append(range, of: input)
        count += range.count
    }

    /// Makes the file.
    mutating func makeFile(in folder: [UInt8]) throws(Errno) {
        file = try FileSystem.temporaryFile(in: folder)
    }

    /// Writes what has not reached the file, as far as that may grow.
    mutating func writeTail(limit: Int) -> Transfer {
        var written = 0
        while !tail.isEmpty, stored.end < limit {
            let part = min(tail.count, limit - stored.end)
            let outcome = Self.write(tail.bytes(0..<part), to: file, at: stored.end)
            guard case .bytes(let count) = outcome, count > 0 else { return outcome }
            tail.consume(count)
            stored.end += count
            written += count
        }
        return .bytes(written)
    }

    /// Writes bytes behind what is in the file; nothing may be in the tail.
    mutating func write(_ range: Range<Int>, of input: borrowing Buffer) -> Transfer {
        let outcome = Self.write(input.bytes(range), to: file, at: stored.end)
        if case .bytes(let written) = outcome {
            stored.end += written
            count += written
        }
        return outcome
    }

    private static func write(
        _ bytes: RawSpan, to file: borrowing FileDescriptor?, at offset: Int
    ) -> Transfer {
        switch file {
        case .some(let file): file.write(bytes, at: offset)
        case .none: .endOfStream
        }
    }

    /// Takes note that there can be no file.
    mutating func noteFailure() { hasFailed = true }

    // MARK: Taking out

    /// What is next, where it is in the file and may stay there.
    var nextInFile: (descriptor: Int32, range: Extent)? {
        guard front.isEmpty, stored.count > 0 else { return nil }
        switch file {
        case .some(let file): return (file.number, stored)
        case .none: return nil
        }
    }

    /// Puts what is next into the front.
    mutating func bringForward() throws(Errno) {
        guard front.isEmpty else { return }
        guard let (descriptor, range) = nextInFile else { return swap(&front, &tail) }
        let limit = min(range.count, Self.loadByteLimit)
        front.reserve(limit)
        switch SharedFile(descriptor).read(into: front.free, limit: limit, at: range.start) {
        case .bytes(let read):
            front.didFill(read)
            leaveFile(read)
        case .failed(let error): throw error
        case .wouldBlock, .endOfStream: throw .inputOutput
        }
    }

    /// Drops bytes from the front.
    mutating func didTake(_ byteCount: Int) {
        front.consume(byteCount)
        count -= byteCount
    }

    /// Drops bytes from the start of what is in the file.
    mutating func didTakeFromFile(_ byteCount: Int) {
        leaveFile(byteCount)
        count -= byteCount
    }

    /// A file that nothing is left of begins anew, so that it stays small.
    ///
    /// Why: emptied, never overwritten. What the kernel has taken from the file it may not have
    ///      sent yet, and it has taken the pages, not copies of them.
    private mutating func leaveFile(_ byteCount: Int) {
        stored.start += byteCount
        guard stored.count == 0 else { return }
        stored = Extent(0, 0)
        if !Self.empties(file) { file = nil }
    }

    private static func empties(_ file: borrowing FileDescriptor?) -> Bool {
        switch file {
        case .some(let file): (try? file.setSize(0)) != nil
        case .none: false
        }
    }

    /// What is read from the file at once.
    private static var loadByteLimit: Int { 64 << 10 }
}
