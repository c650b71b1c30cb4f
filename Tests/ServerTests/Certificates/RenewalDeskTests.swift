// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What becomes of new files: they are used, or there is a complaint, but not at once.

import Configuration
import Memory
import OS
import TLS
import Testing

@testable import Server

@Suite struct RenewalDeskTests {
    private let site: Site
    private let desk: RenewalDesk
    private let now = Instant(milliseconds: 1_000)

    init() throws {
        let pair = PairOfTest.first
        site = try load(
            """
            http {
                ssl_client_certificate /ca;
                server { listen 1 ssl; server_name a; ssl_verify_client on;
                    ssl_certificate /a.crt; ssl_certificate_key /a.key; }
                server { listen 1 ssl; server_name b; ssl_verify_client on;
                    ssl_certificate /a.crt; ssl_certificate_key /a.key;
                    ssl_trusted_certificate /more; }
            }
            """,
            files: [
                "/a.crt": pair.certificate, "/a.key": pair.key, "/ca": pair.certificate,
                "/more": pair.certificate,
            ]
        ).sound()
        desk = RenewalDesk(site)
    }

    private func parcel(_ items: KeyValuePairs<String, String?>) -> FileParcel {
        FileParcel(
            items.map { path, text in
                FileParcel.Item(
                    path: bytes(path),
                    content: text.map { .bytes(bytes($0)) } ?? .failed(.noSuchFile))
            })
    }

    private func pair(_ certificate: PairOfTest, key: PairOfTest? = nil) -> FileParcel {
        parcel(["/a.crt": certificate.certificate, "/a.key": (key ?? certificate).key])
    }

    private func host(_ number: Int) throws -> HostTLS {
        let tls = site.hosts[number].tls
        return try #require(tls)
    }

    private var shown: [String] {
        (0..<2).map { (try? host($0))?.credentials.first?.chain.leaf.subject ?? "" }
    }

    @Test func `the files that belong together are followed`() {
        #expect(
            site.followedFiles == [
                [bytes("/a.crt"), bytes("/a.key")], [bytes("/ca")],
                [bytes("/ca"), bytes("/more")],
            ])
    }

    @Test func `what is new is used by all servers and told once`() {
        desk.take(pair(.second), at: now)
        #expect(shown == ["CN=second.example", "CN=second.example"])
        let lines = desk.takeLines()
        #expect(lines.count == 1 && lines[0].level == .notice)
        #expect(
            lines[0].text.hasPrefix(
                "certificate \"/a.crt\" (CN=second.example) is used from now on, valid until "))
        #expect(desk.nextComplaint == nil)
    }

    @Test func `what is known already is nothing new`() {
        desk.take(pair(.first), at: now)
        #expect(desk.takeLines().isEmpty)
        desk.take(pair(.second), at: now)
        _ = desk.takeLines()
        desk.take(pair(.second), at: now)
        #expect(desk.takeLines().isEmpty)
    }

    @Test func `a pair that does not fit is complained of after a while`() {
        desk.take(pair(.second, key: .first), at: now)
        #expect(shown == ["CN=first.example", "CN=first.example"])
        #expect(desk.takeLines().isEmpty && desk.nextComplaint == now + 2_000)
        desk.complain(at: now + 1_999)
        #expect(desk.takeLines().isEmpty)
        desk.complain(at: now + 2_000)
        let lines = desk.takeLines()
        #expect(lines.count == 1 && lines[0].level == .error)
        #expect(lines[0].text.contains("the key does not fit the certificate"))
        #expect(lines[0].text.hasSuffix("the certificate that is in use stays"))
        #expect(desk.nextComplaint == nil)
    }

    @Test func `nobody complains of what was mended in time`() {
        desk.take(pair(.second, key: .first), at: now)
        desk.take(pair(.second), at: now + 1_000)
        desk.complain(at: now + 5_000)
        #expect(shown == ["CN=second.example", "CN=second.example"])
        #expect(desk.takeLines().map(\.level) == [.notice])
    }

    @Test func `a file that is gone leaves what is in use`() {
        desk.take(parcel(["/a.crt": nil, "/a.key": PairOfTest.first.key]), at: now)
        desk.complain(at: now + 2_000)
        #expect(shown == ["CN=first.example", "CN=first.example"])
        #expect(desk.takeLines()[0].text.contains("No such file or directory"))
    }

    @Test func `a file of several groups is new for each of them`() throws {
        let before = try (0..<2).map { try host($0).current }
        desk.take(parcel(["/ca": PairOfTest.second.certificate]), at: now)
        #expect(desk.takeLines().map(\.text) == ["\"/ca\" is used from now on"])
        desk.take(
            parcel([
                "/ca": PairOfTest.second.certificate, "/more": PairOfTest.first.certificate,
            ]), at: now)
        #expect(desk.takeLines().map(\.text) == ["\"/ca\" is used from now on"])
        for number in 0..<2 { #expect(try host(number).current !== before[number]) }
    }

    @Test func `authorities that are none leave the old ones`() throws {
        let before = try host(0).current
        desk.take(parcel(["/ca": "nothing"]), at: now)
        #expect(desk.takeLines().isEmpty)
        desk.complain(at: now + 2_000)
        #expect(try host(0).current === before)
        let line = desk.takeLines()[0].text
        #expect(line.hasPrefix("cannot load certificate \"/ca\": nothing in it is PEM"))
        #expect(line.hasSuffix("; what is in use stays"))
    }

    @Test(arguments: [
        (15, ""), (14, "expires in 14 days"), (1, "expires in 1 day "), (0, "expires in 0 days"),
        (-1, "has expired"),
    ])
    func `certificates that end soon are warned of`(_ days: Int64, _ words: String) throws {
        let end = try #require(try host(0).credentials.first).chain.validUntil
        desk.warn(wallSeconds: end - days * 86_400 - (days < 0 ? 0 : 60))
        let lines = desk.takeLines()
        // Both hosts show it: it is told once.
        #expect(lines.count == (words.isEmpty ? 0 : 1))
        #expect(lines.allSatisfy { $0.level == .warning && $0.text.contains(words) })
    }
}
