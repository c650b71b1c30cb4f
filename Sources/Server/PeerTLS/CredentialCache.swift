// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Certificates and keys that variables name, found out in the middle of serving.

internal import OS
internal import Synchronization
internal import TLS

/// Reads certificates with their keys, and keeps the last ones if it is told to.
///
/// Limits: `CredentialCacheLimits.count` of them; the one that has been asked for least recently
///         goes first.
final class CredentialCache: Sendable {
    private struct Entry {
        let credential: Credential
        var stamp: Stamp
        var readAt: Int
        var usedAt: Int
    }

    /// What tells a file from the one that was there before.
    private struct Stamp: Equatable {
        let certificate: FileStatus?
        let key: FileStatus?
    }

    private struct Key: Hashable {
        let certificate: [UInt8]
        let key: [UInt8]
    }

    private let limits: CredentialCacheLimits?
    private let passwords: [[UInt8]]
    private let folder: [UInt8]
    private let entries = Mutex<[Key: Entry]>([:])

    init(_ limits: CredentialCacheLimits?, _ passwords: [[UInt8]], in folder: [UInt8]) {
        self.limits = limits
        self.passwords = passwords
        self.folder = folder
    }

    /// Why there is no credential, in the words of the log.
    struct Flaw: Error {
        let message: String
    }

    /// The certificate and key of two paths, or of what stands behind `data:`.
    ///
    /// - Parameter now: seconds.
    func credential(
        _ certificate: [UInt8], _ key: [UInt8], at now: Int
    ) throws(Flaw) -> Credential {
        guard let limits else { return try read(certificate, key) }
        let place = Key(certificate: certificate, key: key)
        let known = entries.withLock { entries -> Entry? in
            guard let entry = entries[place], now - entry.usedAt <= limits.inactive else {
                return nil
            }
            entries[place]?.usedAt = now
            return entry
        }
        var stamp: Stamp?
        if let known {
            if now - known.readAt < limits.valid { return known.credential }
            stamp = self.stamp(certificate, key)
            if stamp == known.stamp {
                entries.withLock { $0[place]?.readAt = now }
                return known.credential
            }
        }
        let current = stamp ?? self.stamp(certificate, key)
        let credential = try read(certificate, key)
        insert(
            Entry(credential: credential, stamp: current, readAt: now, usedAt: now), place, limits)
        return credential
    }

    private func insert(_ entry: Entry, _ place: Key, _ limits: CredentialCacheLimits) {
        entries.withLock { entries in
            entries[place] = entry
            while entries.count > limits.count,
                let oldest = entries.min(by: { $0.value.usedAt < $1.value.usedAt })
            {
                entries.removeValue(forKey: oldest.key)
            }
        }
    }

    private func stamp(_ certificate: [UInt8], _ key: [UInt8]) -> Stamp {
        Stamp(certificate: stamp(of: certificate), key: stamp(of: key))
    }

    private func stamp(of path: [UInt8]) -> FileStatus? {
        guard !TLSFile.isData(path) else { return nil }
        return try? FileSystem.status(TLSFile.absolute(path, in: folder))
    }

    private func read(_ certificate: [UInt8], _ key: [UInt8]) throws(Flaw) -> Credential {
        let chain: CertificateChain
        do throws(CertificateFlaw) {
            chain = try CertificateChain(parsing: try bytes(certificate, "certificate"))
        } catch {
            throw flaw("certificate", certificate, error.message)
        }
        do throws(CertificateFlaw) {
            let key = try PrivateKey(
                parsing: try bytes(key, "certificate key"), passwords: passwords)
            return try Credential(chain, key)
        } catch {
            throw flaw("certificate key", key, error.message)
        }
    }

    private func bytes(
        _ path: [UInt8], _ what: String
    ) throws(CertificateFlaw) -> [UInt8] {
        do throws(Errno) {
            return try TLSFile.bytes(path, in: folder, allowsData: true)
        } catch {
            throw CertificateFlaw(.content, "open() failed (\(error))")
        }
    }

    private func flaw(_ what: String, _ path: [UInt8], _ message: String) -> Flaw {
        let name = LogEscape.text(Array(TLSFile.shown(path, in: folder).utf8))
        return Flaw(message: "cannot load \(what) \"\(name)\": \(message)")
    }
}
