// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Names of the files that hold the content of requests.

internal import OS
internal import Synchronization

/// The name of a file for the content of a request.
///
/// Spec: nginx `client_body_temp_path`: a number of ten digits, in folders that are named by its
///       last digits where levels are given.
struct ContentFileName {
    private let folder: [UInt8]
    private let levels: [Int]
    private var number: UInt32

    init(_ folder: [UInt8], _ levels: [Int]) {
        self.folder = folder
        self.levels = levels
        number = Self.take(1)
    }

    init(_ folder: [UInt8], _ levels: [Int], number: UInt32) {
        self.folder = folder
        self.levels = levels
        self.number = number
    }

    /// The whole path.
    var path: [UInt8] {
        var path = folder
        for name in folders { path += [UInt8(ascii: "/")] + name }
        return path + [UInt8(ascii: "/")] + digits
    }

    /// The folders between, the outermost first.
    private var folders: [[UInt8]] {
        var end = digits.count
        return levels.map { count in
            let start = max(0, end - count)
            defer { end = start }
            return Array(digits[start..<end])
        }
    }

    private var digits: [UInt8] {
        let text = Array("\(number)".utf8)
        return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, 10 - text.count)) + text
    }

    /// Makes the file, with another number if there is one of this name.
    mutating func makeFile() throws(Errno) -> FileDescriptor {
        for _ in 0..<Self.attemptLimit {
            do throws(Errno) {
                return try open()
            } catch {
                guard error == .exists else { throw error }
                // Files of earlier times lie close together.
                number = Self.take(UInt32(truncatingIfNeeded: Random.number()) & 0xFFFF | 1)
            }
        }
        throw .exists
    }

    private func open() throws(Errno) -> FileDescriptor {
        do throws(Errno) {
            return try Self.open(path)
        } catch {
            guard error == .noSuchFile, !levels.isEmpty else { throw error }
        }
        var parent = folder
        for name in folders {
            parent += [UInt8(ascii: "/")] + name
            do throws(Errno) {
                try FileSystem.makeDirectory(parent, mode: 0o700)
            } catch {
                guard error == .exists else { throw error }
            }
        }
        return try Self.open(path)
    }

    private static func open(_ path: [UInt8]) throws(Errno) -> FileDescriptor {
        try FileSystem.open(path, [.readWrite, .create, .exclusive, .noFollow], mode: 0o600)
    }

    private static var attemptLimit: Int { 100 }

    // MARK: Numbers

    private static func take(_ step: UInt32) -> UInt32 {
        last.wrappingAdd(step, ordering: .relaxed).newValue
    }

    private static let last = Atomic<UInt32>(0)
}
