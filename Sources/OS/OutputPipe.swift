// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What other programs print: reading it, and passing it on without ever waiting.

internal import CShims
internal import Glibc

extension Pipe {
    /// Makes reads from the pipe return at once.
    package func makeReadingPatient() throws(Errno) {
        _ = try check { cshims_set_nonblocking(reading.number) }
    }

    /// Reads what there is, at most `limit` bytes.
    package static func receive(
        from descriptor: Int32, limit: Int, into bytes: inout [UInt8]
    ) -> Transfer {
        var piece = [UInt8](repeating: 0, count: limit)
        let outcome = unsafe piece.withUnsafeMutableBytes { room in
            Transfer.of { unsafe Glibc.read(descriptor, room.baseAddress, room.count) }
        }
        if case .bytes(let count) = outcome { bytes += piece[..<count] }
        return outcome
    }
}

extension Process {
    /// How much is written at once: a pipe that takes anything takes so much.
    private static var atomicWriteLimit: Int { 4096 }

    /// Writes to standard output or error as much as can be written without waiting.
    ///
    /// Why: not by making the descriptor non-blocking, for it is shared with whoever started this
    ///      process.
    /// - Returns: how many bytes are done with: written, or such that nobody will ever take.
    package static func writeWithoutWaiting(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Int
    {
        var written = 0
        while written < bytes.count {
            guard cshims_wait_writable(descriptor, 0) == 1 else { return written }
            var piece = bytes.dropFirst(written).prefix(atomicWriteLimit)
            // Whole lines, so that those of several processes do not mix.
            if let end = piece.lastIndex(of: UInt8(ascii: "\n")) { piece = piece[...end] }
            let outcome = unsafe piece.withUnsafeBytes { piece in
                Transfer.of { unsafe Glibc.write(descriptor, piece.baseAddress, piece.count) }
            }
            switch outcome {
            case .bytes(let count): written += count
            case .wouldBlock: return written
            case .endOfStream, .failed: return bytes.count
            }
        }
        return written
    }
}
