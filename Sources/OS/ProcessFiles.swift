// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the supervisor does to files and sockets that other processes use, too.

internal import CShims
internal import Glibc

extension Process {
    /// Puts bytes into a memory file that nobody can change any more.
    ///
    /// Why: it is handed to processes with fewer rights than those that they are started with. If
    ///      one could change it, it could have its successor do things before that gives them up.
    package static func sealedMemoryFile(
        _ name: StaticString, content: [UInt8]
    ) throws(Errno) -> FileDescriptor {
        let number = name.withUTF8Buffer { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) {
                unsafe cshims_sealable_file($0.baseAddress)
            }
        }
        guard number >= 0 else { throw Errno.current }
        let file = FileDescriptor(owning: number)
        try file.writeAll(content.span)
        _ = try check { cshims_seal(number) }
        return file
    }

    /// Changes how many connections may wait on a socket that listens already.
    package static func setBacklog(_ backlog: Int, of listener: Int32) throws(Errno) {
        _ = try check { listen(listener, Int32(clamping: backlog)) }
    }

    /// Gives an open file to another user; its group stays.
    package static func setOwner(of descriptor: Int32, user: UInt32) throws(Errno) {
        _ = try check { fchown(descriptor, user, .max) }
    }

    /// Whether somebody reads along: a terminal rather than a file or a pipe.
    package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Writes to a descriptor that this process was given, as far as that goes.
    package static func write(_ bytes: [UInt8], to descriptor: Int32) {
        unsafe write(bytes.span.bytes, to: descriptor)
    }

    /// The same for bytes that are borrowed.
    ///
    /// - Returns: why not everything could be written.
    @discardableResult
    package static func write(_ bytes: RawSpan, to descriptor: Int32) -> Errno? {
        var written = 0
        while written < bytes.byteCount {
            let rest = bytes.extracting(written..<bytes.byteCount)
            let outcome = unsafe rest.withUnsafeBytes { part in
                Transfer.of { unsafe Glibc.write(descriptor, part.baseAddress, part.count) }
            }
            switch outcome {
            case .bytes(let count): written += count
            case .wouldBlock: return .again
            case .endOfStream: return nil
            case .failed(let error): return error
            }
        }
        return nil
    }

    /// How many names an open file has.
    package static func linkCount(of descriptor: Int32) throws(Errno) -> Int {
        var status = stat()
        _ = try check { unsafe fstat(descriptor, &status) }
        return Int(status.st_nlink)
    }
}
