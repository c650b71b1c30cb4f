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
    private var caches = CertificateCaches()

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
    private mutating func shown(_ name: String, at seconds: Int64, max: Int = 10) -> String? {
        let plan = CertificatePlan(
            certificate: .file(Array(path(name, ".crt").utf8)),
            key: .file(Array(path(name, ".key").utf8)), passwordFile: nil)
        let rule = CertificateCacheRule(
            number: 1, countLimit: max, inactiveTime: 10, validTime: 60)
        let now = Instant(milliseconds: 1_000_000 + seconds * 1000)
        return try? caches.credential(for: plan, passwords: [], by: rule, at: now).chain.leaf
            .subject
    }

    @Test mutating func `files are not looked at again while they count as valid`() throws {
        #expect(shown("a", at: 0) == "CN=first.example")
        try remove("a")
        #expect(shown("a", at: 60) == "CN=first.example")
        #expect(shown("a", at: 61) == nil)
    }

    @Test mutating func `files that have changed are read anew when they are looked at`() throws {
        #expect(shown("a", at: 0) == "CN=first.example")
        try write(.second, "a")
        #expect(shown("a", at: 30) == "CN=first.example")
        #expect(shown("a", at: 61) == "CN=second.example")
    }

    @Test mutating func `files that have not changed count as valid for the same time again`()
        throws
    {
        #expect(shown("a", at: 0) == "CN=first.example")
        #expect(shown("a", at: 61) == "CN=first.example")
        try remove("a")
        #expect(shown("a", at: 120) == "CN=first.example")
        #expect(shown("a", at: 122) == nil)
    }

    @Test mutating func `what nobody asks for is forgotten when something new comes`() throws {
        #expect(shown("a", at: 0) == "CN=first.example")
        try remove("a")
        #expect(shown("b", at: 10) == "CN=first.example")
        #expect(shown("a", at: 10) == "CN=first.example")
        #expect(shown("c", at: 21) == "CN=first.example")
        #expect(shown("a", at: 21) == nil)
    }

    @Test mutating func `where there is no room what was used least lately is forgotten`() throws {
        // A certificate and its key take a place each.
        #expect(shown("a", at: 0, max: 4) != nil)
        #expect(shown("b", at: 0, max: 4) != nil)
        #expect(shown("a", at: 1, max: 4) != nil)
        try remove("a")
        try remove("b")
        #expect(shown("c", at: 1, max: 4) != nil)
        #expect(shown("a", at: 1, max: 4) != nil)
        #expect(shown("b", at: 1, max: 4) == nil)
    }

    @Test mutating func `nothing is remembered without a rule`() throws {
        let plan = CertificatePlan(
            certificate: .file(Array(path("a", ".crt").utf8)),
            key: .file(Array(path("a", ".key").utf8)), passwordFile: nil)
        let now = Instant(milliseconds: 1)
        _ = try caches.credential(for: plan, passwords: [], by: nil, at: now)
        try remove("a")
        #expect(throws: CertificateTrouble.self) {
            try caches.credential(for: plan, passwords: [], by: nil, at: now)
        }
    }
}
