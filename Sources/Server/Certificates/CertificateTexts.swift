// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is in the files of certificates and keys.
//
// While a configuration is loaded they are read; later the supervisor tells what is in them, since
// the worker may have no right to read them.

internal import Configuration
internal import OS
internal import TLS

/// What came of reading a file.
enum CertificateText: Equatable, Sendable {
    case bytes([UInt8])
    /// There is no such file, or not even its directory.
    case missing
    /// Why it cannot be read.
    case unreadable(String)
}

/// Says what is in a file.
typealias CertificateLookup = (_ path: [UInt8]) -> CertificateText

/// The files of certificates and keys that a configuration names, each read once.
///
/// Why: read through the reader of the configuration, so that a worker that takes the place of a
///      broken one begins with what was checked, not with what somebody is just writing.
final class CertificateShelf {
    private let reader: FileReader?
    private(set) var texts: [[UInt8]: CertificateText] = [:]
    /// Files that are taken up together.
    private(set) var groups: [[[UInt8]]] = []
    /// What servers show whose files are not there, by the names of the server.
    private var standIns: [[[UInt8]]: Credential] = [:]

    init(_ reader: FileReader?) { self.reader = reader }

    /// What is in a file.
    func text(_ path: [UInt8]) -> CertificateText {
        if let known = texts[path] { return known }
        let text = read(path)
        texts[path] = text
        return text
    }

    private func read(_ path: [UInt8]) -> CertificateText {
        guard let reader else { return .missing }
        do throws(FileReader.Failure) {
            return .bytes(try reader.read(String(decoding: path, as: UTF8.self)))
        } catch {
            let isMissing = [Errno.noSuchFile, .notDirectory].contains {
                $0.message == error.message
            }
            return isMissing ? .missing : .unreadable(error.message)
        }
    }

    /// Has files be followed that belong together.
    func follow(_ paths: [[UInt8]]) {
        guard !paths.isEmpty, !groups.contains(paths) else { return }
        groups.append(paths)
    }

    /// The same certificate for all servers of the same names.
    func standIn(for names: [[UInt8]]) -> Credential? {
        if let known = standIns[names] { return known }
        let new = StandIn.make(names: names)
        standIns[names] = new
        return new
    }

    /// The files as a worker is to find them.
    var sources: [SourceFile] {
        texts.compactMap { path, text in
            guard case .bytes(let bytes) = text else { return nil }
            return SourceFile(path: String(decoding: path, as: UTF8.self), bytes: bytes)
        }
    }
}
