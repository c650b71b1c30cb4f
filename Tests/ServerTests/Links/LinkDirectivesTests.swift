// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `disable_symlinks`, as configurations say it and as exchanges obey it.

import FileCache
import Memory
import OS
import Testing

@testable import Server

@Suite struct LinkDirectivesTests {
    @Test(arguments: [
        ("disable_symlinks off;", SymbolicLinkPolicy.follow, false),
        ("disable_symlinks on;", .refuse, false),
        ("disable_symlinks if_not_owner from=$document_root;", .refuseOthers, true),
        ("disable_symlinks from=/srv on;", .refuse, true),
        ("disable_symlinks outside;", .beneath, false), ("", .follow, false),
    ])
    func `a policy may trust a part`(
        _ text: String, _ policy: SymbolicLinkPolicy, _ trusts: Bool
    ) throws {
        let links = try settings(of: "server { listen 80; \(text) }").links
        #expect(links.policy == policy)
        #expect((links.trustedPart != nil) == trusts)
    }

    @Test(arguments: [
        ("disable_symlinks maybe;", "invalid parameter \"maybe\""),
        ("disable_symlinks from=/srv;", "must have \"off\", \"on\" or \"if_not_owner\" parameter"),
        ("disable_symlinks off from=/srv;", "\"from=\" cannot be used with \"off\" parameter"),
        ("disable_symlinks on off;", "duplicate parameters \"on off\""),
        ("disable_symlinks on; disable_symlinks off;", "duplicate"),
    ])
    func `what makes no sense is refused`(_ text: String, _ message: String) {
        let findings = load("server { listen 80; \(text) }").findings
        #expect(findings.contains { $0.contains(message) }, "\(findings)")
    }

    @Test(arguments: [
        ("/link.txt", 200), ("/on/a.txt", 200), ("/on/link.txt", 403), ("/on//link.txt", 403),
        ("/on/current/a.txt", 404), ("/own/link.txt", 200), ("/part/link.txt", 403),
        ("/outside/link.txt", 200), ("/outside/out", 403), ("/outside/a.txt", 200), ("/out", 200),
        ("/on/none", 404), ("/re/link.txt", 200), ("/index/", 403), ("/outside/", 200),
        ("/outside///etc/passwd", 404), ("/own///etc/passwd", 404), ("/on///etc/passwd", 404),
        ("/root//etc/passwd", 404), ("//etc/passwd", 404), ("/root/link.txt", 404),
    ])
    func `links are refused by the location's policy`(_ target: String, _ status: Int) throws {
        var bench = try Bench(
            """
            server {
                listen 127.0.0.1:8080;
                merge_slashes off;
                root DIR;
                location /on/ { alias DIR/; disable_symlinks on; }
                location /own/ { alias DIR/; disable_symlinks if_not_owner from=$document_root; }
                location /part/ { alias DIR/current/; disable_symlinks on from=$document_root; }
                location ~ ^/re/(.+)$ { alias DIR/$1; disable_symlinks on from=$document_root; }
                location /outside/ { alias DIR/; disable_symlinks outside; autoindex on; }
                location /index/ { alias DIR/; disable_symlinks on; index none link.txt a.txt; }
            }
            """, files: ["a.txt": "a"])
        let directory = bench.directory.path
        try FileSystem.makeSymbolicLink(directory + "/link.txt", to: "a.txt")
        try FileSystem.makeSymbolicLink(directory + "/current", to: ".")
        try FileSystem.makeSymbolicLink(directory + "/out", to: "/etc/passwd")
        let (slot, step) = try bench.beginAndWait("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(step == .respond)
        #expect(bench.exchanges[slot].response.status == status)
    }
}
