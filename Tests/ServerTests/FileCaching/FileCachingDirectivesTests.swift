// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is remembered of files, as the configuration says it.

import FileCache
import Memory
import Testing

@testable import Server

@Suite struct FileCachingDirectivesTests {
    @Test func `the cache has the sizes that it is given`() throws {
        let usual = try load("http { server { listen 80; } }").sound()
        #expect(usual.fileLimits.byteLimit == 64 << 20)
        #expect(usual.fileLimits.entryLimit == 20_000)
        #expect(usual.fileProfiles.map(\.contentByteLimit) == [2 << 20])
        let given = try load(
            "http { file_cache max=1g max_file=512k; server { listen 80; } }"
        ).sound()
        #expect(given.fileLimits.byteLimit == 1 << 30)
        #expect(given.fileProfiles.map(\.contentByteLimit) == [512 << 10])
        #expect(given.fileProfiles.map(\.remembers) == [true])
    }

    @Test func `a cache that is off remembers nothing`() throws {
        let site = try load("file_cache off; server { listen 80; location /a { } }").sound()
        #expect(site.fileProfiles.map(\.remembers) == [false])
    }

    @Test func `a location may not be remembered, or only what is there`() throws {
        let site = try load(
            """
            server { listen 80;
                location /off { open_file_cache off; }
                location /errors { open_file_cache_errors off; }
                location /valid { open_file_cache_valid 0s; }
                location /long { open_file_cache_valid 10m; open_file_cache_min_uses 2; } }
            """
        ).sound()
        let profiles = ["/off", "/errors", "/valid", "/long"].map { name in
            site.fileProfiles[site.locations[site.location(name) ?? 0].fileProfile]
        }
        #expect(profiles.map(\.remembers) == [false, true, true, true])
        #expect(profiles.map(\.remembersErrors) == [true, false, true, true])
        #expect(profiles.map(\.checkIntervalMilliseconds) == [1000, 1000, 0, 1000])
    }

    @Test func `the largest number of open files is the limit of all entries`() throws {
        let site = try load(
            """
            open_file_cache max=100 inactive=20s;
            server { listen 80; location /a { open_file_cache max=300; } }
            """
        ).sound()
        #expect(site.fileLimits.entryLimit == 300)
    }

    @Test func `assets have their grace where it is given`() throws {
        let site = try load(
            "server { listen 80; asset_grace 1h; location /a { asset_grace off; } }"
        ).sound()
        #expect(site.fileProfiles.map(\.assetGraceMilliseconds) == [3_600_000, 0])
    }

    @Test(arguments: [
        ("file_cache on;", "invalid parameter \"on\""),
        ("file_cache max=;", "invalid parameter \"max=\""),
        ("file_cache max=0;", "invalid parameter \"max=0\""),
        ("file_cache max=1m size=2m;", "invalid parameter \"size=2m\""),
        ("file_cache off max=1m;", "invalid parameter \"max=1m\""),
        ("file_cache max=1m; file_cache off;", "\"file_cache\" directive is duplicate"),
        ("open_file_cache on;", "invalid \"open_file_cache\" parameter \"on\""),
        ("open_file_cache max=0;", "invalid \"open_file_cache\" parameter \"max=0\""),
        (
            "open_file_cache max=1 inactive=x;",
            "invalid \"open_file_cache\" parameter \"inactive=x\""
        ),
        ("open_file_cache inactive=1s;", "\"open_file_cache\" must have the \"max\" parameter"),
        ("open_file_cache_errors yes;", "it must be \"on\" or \"off\""),
        ("open_file_cache_valid x;", "invalid value \"x\""),
        ("asset_grace x;", "invalid value \"x\""),
        ("server { listen 80; file_cache off; }", "\"file_cache\" directive is not allowed here"),
    ])
    func `what makes no sense is refused`(_ text: String, _ message: String) {
        let findings = load(text).findings
        #expect(findings.contains { $0.contains(message) }, "\(findings)")
    }
}
