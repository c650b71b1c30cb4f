// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Certificates and keys whose files depend on the connection, for a while.

internal import OS
internal import TLS

/// What `ssl_certificate_cache` says.
struct CertificateCacheRule: Equatable, Sendable {
    /// Which directive it is: each has a cache of its own.
    var number: Int
    var countLimit: Int
    /// How long what nobody asks for is kept, and how long a file is not looked at again.
    ///
    /// Units: seconds.
    var inactiveTime: Int
    var validTime: Int
}

/// The certificates and keys that a thread has loaded for connections.
///
/// Spec: nginx ngx_ssl_cache_connection_fetch: certificates and keys are counted one by one.
struct CertificateCaches {
    /// What was read of one file.
    enum Value {
        case chain(CertificateChain)
        case key(PrivateKey)
    }

    /// What a file was read as.
    enum Kind: Hashable { case chain, key }

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

    private var caches: [Int: [Name: Entry]] = [:]
    private var useCount = 0

    /// What is shown to a connection, read now unless it is known.
    mutating func credential(
        for plan: CertificatePlan, passwords: [[UInt8]], by rule: CertificateCacheRule?,
        at now: Instant
    ) throws(CertificateTrouble) -> Credential {
        let chain = try chain(of: plan, rule, now)
        let key = try key(of: plan, passwords, rule, now)
        do throws(CertificateFlaw) { return try Credential(chain, key) } catch {
            throw CertificateTrouble(.key, plan.key.name, .flaw(error))
        }
    }

    private mutating func chain(
        of plan: CertificatePlan, _ rule: CertificateCacheRule?, _ now: Instant
    ) throws(CertificateTrouble) -> CertificateChain {
        if case .chain(let known) = find(.chain, plan.certificate, rule, now) { return known }
        let status = Self.status(plan.certificate)
        let chain = try plan.loadChain(Self.read)
        insert(.chain(chain), .chain, plan.certificate, status, rule, now)
        return chain
    }

    private mutating func key(
        of plan: CertificatePlan, _ passwords: [[UInt8]], _ rule: CertificateCacheRule?,
        _ now: Instant
    ) throws(CertificateTrouble) -> PrivateKey {
        if case .key(let known) = find(.key, plan.key, rule, now) { return known }
        let status = Self.status(plan.key)
        let key = try plan.loadKey(Self.read, passwords: passwords)
        insert(.key(key), .key, plan.key, status, rule, now)
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

    private mutating func find(
        _ kind: Kind, _ place: CertificateSource.Place, _ rule: CertificateCacheRule?,
        _ now: Instant
    ) -> Value? {
        guard let rule, case .file(let path) = place else { return nil }
        let name = Name(kind: kind, path: path)
        guard var entry = caches[rule.number]?[name] else { return nil }
        if now - entry.lookedAt > Int64(rule.validTime) * 1000 {
            guard let status = Self.status(place), status == entry.status else {
                caches[rule.number]?[name] = nil
                return nil
            }
            entry.lookedAt = now
        }
        useCount += 1
        (entry.usedAt, entry.useNumber) = (now, useCount)
        caches[rule.number]?[name] = entry
        return entry.value
    }

    private mutating func insert(
        _ value: Value, _ kind: Kind, _ place: CertificateSource.Place, _ status: FileStatus?,
        _ rule: CertificateCacheRule?, _ now: Instant
    ) {
        guard let rule, let status, case .file(let path) = place else { return }
        var cache = caches[rule.number] ?? [:]
        for (name, entry) in cache where now - entry.usedAt > Int64(rule.inactiveTime) * 1000 {
            cache[name] = nil
        }
        if cache.count >= rule.countLimit,
            let oldest = cache.min(by: { $0.value.useNumber < $1.value.useNumber })
        {
            cache[oldest.key] = nil
        }
        useCount += 1
        cache[Name(kind: kind, path: path)] = Entry(
            value: value, status: status, lookedAt: now, usedAt: now, useNumber: useCount)
        caches[rule.number] = cache
    }
}
