// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What authorities have said of clients' certificates, in memory that outlives the process.

internal import Memory
internal import TLS

/// `ssl_ocsp_cache`: statements, and until when they hold.
///
/// Limits: the size of the zone. Where a bucket is full, what holds the shortest is forgotten.
struct StatusCache: BitwiseCopyable, Sendable {
    private let table: ZoneTable

    init(_ table: ZoneTable) { self.table = table }

    /// How long a statement counts that does not say so itself.
    ///
    /// Spec: nginx ngx_ssl_ocsp_cache_store: an hour.
    /// Units: seconds.
    private static var usualTime: Int64 { 3_600 }

    /// What is known of a certificate.
    ///
    /// - Parameter now: seconds since 1970.
    func status(of name: [UInt8], at now: Int64) -> CertificateStatus? {
        let key = table.key(of: name.span)
        guard table.lock(key) else { return nil }
        defer { table.unlock(key) }
        guard let place = table.place(of: key) else { return nil }
        guard end(place, key) > now else {
            table.empty(place, in: key)
            return nil
        }
        return CertificateStatus(rawValue: Int32(truncatingIfNeeded: table.half(0, place, key)))
    }

    /// Remembers a statement.
    ///
    /// - Parameter now: seconds since 1970.
    func remember(_ verdict: StatusVerdict, of name: [UInt8], at now: Int64) {
        let end = verdict.validUntil ?? now + Self.usualTime
        guard end >= now else { return }
        let key = table.key(of: name.span)
        guard table.lock(key) else { return }
        defer { table.unlock(key) }
        let place =
            table.place(of: key) ?? table.emptyPlace(for: key)
            ?? (0..<ZoneTable.placeCount).min { self.end($0, key) < self.end($1, key) }
        guard let place else { return }
        table.take(place, for: key)
        table.setWord(UInt64(bitPattern: end), place, key)
        table.setHalf(UInt32(verdict.status.rawValue), 0, place, key)
    }

    private func end(_ place: Int, _ key: ZoneKey) -> Int64 {
        Int64(bitPattern: table.word(place, key))
    }
}
