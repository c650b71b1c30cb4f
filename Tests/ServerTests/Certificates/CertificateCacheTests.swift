// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which certificates are remembered for connections, and how long.

import OS
import TLS
import Testing

@testable import Server

@Suite struct CertificateCacheTests {
    private let directory: Bench.Directory
    private let cache = CertificateCache(
        CertificateCacheRule(countLimit: 10, inactiveTime: 10, validTime: 60))
    private let small = CertificateCache(
        CertificateCacheRule(countLimit: 4, inactiveTime: 10, validTime: 60))

    init() throws {
        directory = try Bench.Directory()
        for name in ["a", "b", "c"] { try write(.first, name) }
    }

    private func write(_ pair: PairOfTest, _ name: String) throws {
        try FileSystem.replaceFile(path(name, ".crt"), content: Array(pair.certificate.utf8).span)
        try FileSystem.replaceFile(path(name, ".key"), content: Array(pair.key.utf8).span)
    }

    private func remove(_ name: String) throws {
        try FileSystem.unlink(path(name, ".crt"))
        try FileSystem.unlink(path(name, ".key"))
    }

    private func path(_ name: String, _ end: String) -> String { directory.path + "/" + name + end }

    /// The subject of what is shown; nil where there is nothing.
    private func shown(
        _ name: String, at seconds: Int64, by other: CertificateCache? = nil
    ) -> String? {
        let plan = CertificatePlan(
            certificate: .file(Array(path(name, ".crt").utf8)),
            key: .file(Array(path(name, ".key").utf8)), passwordFile: nil)
        let now = Instant(milliseconds: 1_000_000 + seconds * 1000)
        let credential = try? CertificateCache.credential(
            for: plan, passwords: [], by: other ?? cache, at: now)
        return credential?.chain.leaf.subject
    }

    @Test func `files are not looked at again while they count as valid`() throws {
        #expect(shown("a", at: 0) == "CN=first.example")
        try remove("a")
        #expect(shown("a", at: 60) == "CN=first.example")
        #expect(shown("a", at: 61) == nil)
    }

    @Test func `files that have changed are read anew when they are looked at`() throws {
        #expect(shown("a", at: 0) == "CN=first.example")
        try write(.second, "a")
        #expect(shown("a", at: 30) == "CN=first.example")
        #expect(shown("a", at: 61) == "CN=second.example")
    }

    @Test func `files that have not changed count as valid for the same time again`()
        throws
    {
        #expect(shown("a", at: 0) == "CN=first.example")
        #expect(shown("a", at: 61) == "CN=first.example")
        try remove("a")
        #expect(shown("a", at: 120) == "CN=first.example")
        #expect(shown("a", at: 122) == nil)
    }

    @Test func `what nobody asks for is forgotten when something new comes`() throws {
        #expect(shown("a", at: 0) == "CN=first.example")
        try remove("a")
        #expect(shown("b", at: 10) == "CN=first.example")
        #expect(shown("a", at: 10) == "CN=first.example")
        #expect(shown("c", at: 21) == "CN=first.example")
        #expect(shown("a", at: 21) == nil)
    }

    @Test func `where there is no room what was used least lately is forgotten`() throws {
        // A certificate and its key take a place each.
        #expect(shown("a", at: 0, by: small) != nil)
        #expect(shown("b", at: 0, by: small) != nil)
        #expect(shown("a", at: 1, by: small) != nil)
        try remove("a")
        try remove("b")
        #expect(shown("c", at: 1, by: small) != nil)
        #expect(shown("a", at: 1, by: small) != nil)
        #expect(shown("b", at: 1, by: small) == nil)
    }

    @Test func `nothing is remembered without a rule`() throws {
        let plan = CertificatePlan(
            certificate: .file(Array(path("a", ".crt").utf8)),
            key: .file(Array(path("a", ".key").utf8)), passwordFile: nil)
        let now = Instant(milliseconds: 1)
        _ = try CertificateCache.credential(for: plan, passwords: [], by: nil, at: now)
        try remove("a")
        #expect(throws: CertificateTrouble.self) {
            try CertificateCache.credential(for: plan, passwords: [], by: nil, at: now)
        }
    }
}
