// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The files that a context is made of, beside certificates and keys. Where their content comes from
// is not known here.

internal import Configuration
internal import TLS

/// The files that a context is made of.
struct TLSFiles {
    /// What relative paths are relative to; ends with a slash.
    let folder: [UInt8]
    let lookup: CertificateLookup

    func absolute(_ path: [UInt8]) -> String {
        let isAbsolute = path.first == UInt8(ascii: "/")
        return String(decoding: isAbsolute ? path : folder + path, as: UTF8.self)
    }

    func name(_ file: TLSFile) -> String { absolute(file.path) }

    /// The certificates in a file.
    func certificates(_ file: TLSFile) throws(CertificateTrouble) -> [Certificate] {
        try parse(.authorities, file) { (bytes) throws(CertificateFlaw) in
            try CertificateChain.certificates(in: bytes)
        }
    }

    /// The lists of whoever is believed no more.
    func revocations(_ file: TLSFile) throws(CertificateTrouble) -> RevocationLists {
        try parse(.revocations, file) { (bytes) throws(CertificateFlaw) in
            try RevocationLists(parsing: bytes)
        }
    }

    /// The response of an authority in a file.
    func response(_ file: TLSFile) throws(CertificateTrouble) -> StaplingResponse {
        try parse(.response, file) { (bytes) throws(CertificateFlaw) in
            try StaplingResponse(parsing: bytes)
        }
    }

    /// What the content of a file means.
    func parse<Value>(
        _ part: CertificateTrouble.Part, _ file: TLSFile,
        _ body: ([UInt8]) throws(CertificateFlaw) -> Value
    ) throws(CertificateTrouble) -> Value {
        let bytes = try read(part, file)
        do throws(CertificateFlaw) { return try body(bytes) } catch {
            throw CertificateTrouble(part, name(file), .flaw(error), at: file.location)
        }
    }

    /// All that is in a file.
    func read(
        _ part: CertificateTrouble.Part, _ file: TLSFile
    ) throws(CertificateTrouble) -> [UInt8] {
        let path = absolute(file.path)
        let reason: CertificateTrouble.Reason
        switch lookup(Array(path.utf8)) {
        case .bytes(let bytes): return bytes
        case .missing: reason = .missing
        case .unreadable(let text): reason = .unreadable(text)
        }
        throw CertificateTrouble(part, path, reason, at: file.location)
    }
}
