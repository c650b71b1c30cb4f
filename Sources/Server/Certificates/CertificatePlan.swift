// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A certificate and its key whose places are known, and how they are loaded.

internal import Memory
internal import TLS

/// A certificate and its key.
struct CertificatePlan: Sendable {
    let certificate: CertificateSource.Place
    let key: CertificateSource.Place
    /// The file of `ssl_password_file`.
    let passwordFile: [UInt8]?

    /// The files that are taken up together.
    var paths: [[UInt8]] {
        var paths: [[UInt8]] = []
        for place in [certificate, key] {
            if case .file(let path) = place, !paths.contains(path) { paths.append(path) }
        }
        if let passwordFile, !paths.isEmpty { paths.append(passwordFile) }
        return paths
    }

    /// Whether nothing of it stands in the configuration itself.
    var isOfFiles: Bool {
        guard case .file = certificate, case .file = key else { return false }
        return true
    }

    /// Loads both, and sees whether they fit each other.
    func load(_ lookup: CertificateLookup) throws(CertificateTrouble) -> Credential {
        let chain = try loadChain(lookup)
        let key = try loadKey(lookup, passwords: try readPasswords(lookup))
        do throws(CertificateFlaw) { return try Credential(chain, key) } catch {
            throw CertificateTrouble(.key, self.key.name, .flaw(error))
        }
    }

    func loadChain(_ lookup: CertificateLookup) throws(CertificateTrouble) -> CertificateChain {
        let text = try read(.certificate, certificate, lookup)
        do throws(CertificateFlaw) { return try CertificateChain(parsing: text) } catch {
            throw CertificateTrouble(.certificate, certificate.name, .flaw(error))
        }
    }

    func loadKey(
        _ lookup: CertificateLookup, passwords: [[UInt8]]
    ) throws(CertificateTrouble) -> PrivateKey {
        var secret = try read(.key, key, lookup)
        defer { secret.wipe() }
        do throws(CertificateFlaw) {
            return try PrivateKey(parsing: secret, passwords: passwords)
        } catch {
            throw CertificateTrouble(.key, key.name, .flaw(error))
        }
    }

    private func read(
        _ part: CertificateTrouble.Part, _ place: CertificateSource.Place,
        _ lookup: CertificateLookup
    ) throws(CertificateTrouble) -> [UInt8] {
        switch place.text(lookup) {
        case .bytes(let bytes): return bytes
        case .missing: throw CertificateTrouble(part, place.name, .missing)
        case .unreadable(let reason):
            throw CertificateTrouble(part, place.name, .unreadable(reason))
        }
    }

    /// The lines of the file of passwords.
    ///
    /// Spec: nginx ngx_ssl_read_password_file: a line without its end, and no empty one.
    func readPasswords(_ lookup: CertificateLookup) throws(CertificateTrouble) -> [[UInt8]] {
        guard let passwordFile else { return [] }
        let text = try read(.passwords, .file(passwordFile), lookup)
        return text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let password = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            return password.isEmpty ? nil : Array(password)
        }
    }
}
