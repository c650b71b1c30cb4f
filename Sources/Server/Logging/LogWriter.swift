// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The log lines of one turn of one thread.

internal import Memory
internal import OS

/// Collects lines and writes them once a turn.
struct LogWriter: ~Copyable {
    let files: LogFiles
    private var buffers: [BufferBox]
    /// Indices of files that have lines.
    private var pending: [Int] = []

    /// A buffer in an array: arrays hold no noncopyable values.
    private final class BufferBox {
        var buffer = Buffer(capacity: 0)
    }

    init(_ files: LogFiles, count: Int) {
        self.files = files
        buffers = (0..<count).map { _ in BufferBox() }
    }

    /// Lets `write` append to the lines of a file.
    mutating func append(to file: Int, _ write: (inout Buffer) -> Void) {
        guard file < buffers.count else { return }
        let box = buffers[file]
        if box.buffer.isEmpty { pending.append(file) }
        write(&box.buffer)
        if box.buffer.count >= Self.flushByteCount { flush(file) }
    }

    /// Writes everything out.
    mutating func flush() {
        guard !pending.isEmpty else { return }
        for file in pending { flush(file) }
        pending.removeAll(keepingCapacity: true)
    }

    private func flush(_ file: Int) {
        let box = buffers[file]
        guard !box.buffer.isEmpty else { return }
        files.write(box.buffer.readableBytes, to: file)
        box.buffer.removeAll()
    }

    /// What is collected before it is written in the middle of a turn.
    private static var flushByteCount: Int { 32 << 10 }
}
