// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The file that says which process to send signals to.

internal import OS

/// The pid file of this process.
struct PidFile: Equatable {
    let path: String

    /// Writes the number of this process, at once and whole: its appearance means "it serves".
    func write() throws(Errno) {
        try FileSystem.replaceFile(path, content: Array("\(Process.id)\n".utf8).span)
    }

    /// Removes the file, unless another process has put its own number there.
    func remove() {
        guard (try? Self.read(path)) == Process.id else { return }
        _ = try? FileSystem.unlink(path)
    }

    /// The process that a pid file names; `nil` when it names none.
    static func read(_ path: String) throws(Errno) -> ProcessID? {
        let content = try FileSystem.open(path, [.read, .nonBlocking]).readAll(limit: 64)
        let digits = content.prefix { $0 != UInt8(ascii: "\n") }
        let isNumber = digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isNumber, let number = Int32(String(decoding: digits, as: UTF8.self)), number > 0
        else { return nil }
        return ProcessID(rawValue: number)
    }
}

/// A server that runs already, known by its pid file.
package enum RunningServer {
    /// Why a signal could not be sent, ready to print.
    package struct Failure: Error, Equatable {
        package let message: String
    }

    /// Sends a signal to the server whose number stands in the file.
    package static func send(_ signal: Int32, pidPath: String) throws(Failure) {
        let id: ProcessID?
        do {
            id = try PidFile.read(pidPath)
        } catch {
            let advice = error == .noSuchFile ? "; is the server running?" : ""
            throw Failure(message: "open() \"\(pidPath)\" failed (\(error))\(advice)")
        }
        guard let id else { throw Failure(message: "invalid PID number in \"\(pidPath)\"") }
        do {
            try Process.send(signal, to: id)
        } catch {
            throw Failure(message: "kill(\(id), \(signal)) failed (\(error))")
        }
    }
}
