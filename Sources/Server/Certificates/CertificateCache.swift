// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Certificates and keys whose files depend on the connection, for a while.

internal import OS
internal import Synchronization
internal import TLS

/// What `ssl_certificate_cache` and its like say.
struct CertificateCacheRule: Equatable, Sendable {
    var countLimit: Int
    /// How long what nobody asks for is kept, and how long a file is not looked at again.
    ///
    /// Units: seconds.
    var inactiveTime: Int
    var validTime: Int
}

/// The certificates and keys that have been loaded for connections, by one directive.
///
/// All threads share it. Reading is done outside the lock: it may happen twice at the same time.
///
/// Spec: nginx ngx_ssl_cache_connection_fetch: certificates and keys are counted one by one, and a
///       key that a password opens is not remembered: others may not know the password.
final class CertificateCache: Sendable {
    /// What was read of one file.
    private enum Value {
        case chain(CertificateChain)
        case key(PrivateKey)
    }

    /// What a file was read as.
    private enum Kind: Hashable { case chain, key }

    private struct Name: Hashable {
        let kind: Kind
        let path: [UInt8]
    }

    private struct Entry {
        let value: Value
        let status: FileStatus
        var lookedAt: Instant
        var usedAt: Instant
        /// Tells the order of uses in the same millisecond.
        var useNumber: Int
    }

    private struct Table {
        var entries: [Name: Entry] = [:]
        var useCount = 0
    }

    let rule: CertificateCacheRule
    private let table = Mutex(Table())

    init(_ rule: CertificateCacheRule) { self.rule = rule }

    /// What is shown to a connection, read now unless it is known.
    ///
    /// - Parameter cache: nil where nothing is remembered.
    /// Spec: nginx ngx_ssl_connection_certificate: where what is known does not fit, it is read
    ///       again, for one of two files may have been looked at later than the other.
    static func credential(
        for plan: CertificatePlan, passwords: [[UInt8]], by cache: CertificateCache?,
        at now: Instant
    ) throws(CertificateTrouble) -> Credential {
        if let cache {
            let chain = try cache.chain(of: plan, now)
            let key = try cache.key(of: plan, passwords, now)
            if let credential = try? Credential(chain, key) { return credential }
            cache.forget(plan)
        }
        let chain: CertificateChain
        let key: PrivateKey
        if let cache {
            chain = try cache.chain(of: plan, now)
            key = try cache.key(of: plan, passwords, now)
        } else {
            chain = try plan.loadChain(read)
            key = try plan.loadKey(read, passwords: passwords)
        }
        do throws(CertificateFlaw) { return try Credential(chain, key) } catch {
            throw CertificateTrouble(.key, plan.key.name, .flaw(error))
        }
    }

    private func forget(_ plan: CertificatePlan) {
        table.withLock { table in
            for (kind, place) in [(Kind.chain, plan.certificate), (.key, plan.key)] {
                guard case .file(let path) = place else { continue }
                table.entries[Name(kind: kind, path: path)] = nil
            }
        }
    }

    private func chain(
        of plan: CertificatePlan, _ now: Instant
    ) throws(CertificateTrouble) -> CertificateChain {
        if case .chain(let known) = find(.chain, plan.certificate, now) { return known }
        let status = Self.status(plan.certificate)
        let chain = try plan.loadChain(Self.read)
        insert(.chain(chain), .chain, plan.certificate, status, now)
        return chain
    }

    private func key(
        of plan: CertificatePlan, _ passwords: [[UInt8]], _ now: Instant
    ) throws(CertificateTrouble) -> PrivateKey {
        if case .key(let known) = find(.key, plan.key, now) { return known }
        let status = Self.status(plan.key)
        let key = try plan.loadKey(Self.read, passwords: passwords)
        if !key.wasEncrypted { insert(.key(key), .key, plan.key, status, now) }
        return key
    }

    // MARK: Files

    private static func status(_ place: CertificateSource.Place) -> FileStatus? {
        guard case .file(let path) = place else { return nil }
        return try? FileSystem.status(path)
    }

    private static func read(_ path: [UInt8]) -> CertificateText {
        do throws(Errno) {
            let file = try FileSystem.open(path, [.read, .nonBlocking])
            return .bytes(try file.readAll(limit: byteLimit))
        } catch {
            return error == .noSuchFile || error == .notDirectory
                ? .missing : .unreadable(error.message)
        }
    }

    private static var byteLimit: Int { 1 << 20 }

    // MARK: What is known

    private func find(
        _ kind: Kind, _ place: CertificateSource.Place, _ now: Instant
    ) -> Value? {
        guard case .file(let path) = place else { return nil }
        let name = Name(kind: kind, path: path)
        return table.withLock { table in
            guard var entry = table.entries[name] else { return nil }
            if now - entry.lookedAt > Int64(rule.validTime) * 1000 {
                guard let status = Self.status(place), status == entry.status else {
                    table.entries[name] = nil
                    return nil
                }
                entry.lookedAt = now
            }
            table.useCount += 1
            (entry.usedAt, entry.useNumber) = (now, table.useCount)
            table.entries[name] = entry
            return entry.value
        }
    }

    private func insert(
        _ value: Value, _ kind: Kind, _ place: CertificateSource.Place, _ status: FileStatus?,
        _ now: Instant
    ) {
        guard let status, case .file(let path) = place else { return }
        table.withLock { table in
            table.entries = table.entries.filter {
                now - $0.value.usedAt <= Int64(rule.inactiveTime) * 1000
            }
            if table.entries.count >= rule.countLimit,
                let oldest = table.entries.min(by: { $0.value.useNumber < $1.value.useNumber })
            {
                table.entries[oldest.key] = nil
            }
            table.useCount += 1
            table.entries[Name(kind: kind, path: path)] = Entry(
                value: value, status: status, lookedAt: now, usedAt: now,
                useNumber: table.useCount)
        }
    }
}
