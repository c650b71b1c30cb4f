// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about files, as locations use them.

import FileCache
import HTTP
import Memory
import Testing

@testable import Server

@Suite struct StaticFileDirectivesTests {
    @Test(arguments: [
        ("root public;", "/site/public"), ("root public/;", "/site/public"), ("root /;", ""),
        ("root /var/www/;", "/var/www"), ("", "/site/html"),
    ])
    func `a root is absolute and has no slash behind it`(_ text: String, _ root: String) throws {
        let site = try load("server { listen 80; \(text) }").sound()
        #expect(site.locations[0].constantRoot.copied() == bytes(root))
        let hasConstantRoot = site.locations[0].hasConstantRoot
        #expect(hasConstantRoot)
    }

    @Test func `an alias replaces the name of its location, also in those within`() throws {
        let text = """
            server { listen 80;
                location /a/ { alias /data/; location ~ x { } location /a/b { root /r; } }
                location ~ y { alias /z$1; } }
            """
        let outer = try settings(of: text, location: "/a/").files
        #expect(outer.isAlias)
        #expect(outer.aliasNameCount == 3)
        #expect(outer.root.constant == bytes("/data/"))
        #expect(try settings(of: text, location: "x").files.aliasNameCount == 3)
        #expect(try settings(of: text, location: "/a/b").files.aliasNameCount == 0)
        #expect(try settings(of: text, location: "y").files.aliasNameCount == .max)
    }

    @Test func `index files are inherited as a list`() throws {
        let text = """
            server { listen 80; index a.html $host.html; location /x { index /b; }
                location /y { } }
            server { listen 80; server_name other; }
            """
        let site = try load(text).sound()
        #expect(site.locations[1].indexNames.map(\.constant) == [bytes("/b")])
        #expect(site.locations[2].indexNames.map(\.constant) == [bytes("a.html"), nil])
        #expect(site.locations[3].indexNames.map(\.constant) == [bytes("index.html")])
    }

    @Test func `files are tried in order`() throws {
        let site = try load(
            """
            server { listen 80; try_files $uri $uri/ /x/ @f; }
            server { server_name b; try_files /a =404; }
            """
        ).sound()
        guard let rule = site.locations[0].tryFiles, let second = site.locations[1].tryFiles,
            case .target(let target) = rule.fallback, case .status(404) = second.fallback
        else {
            Issue.record("no try_files")
            return
        }
        #expect(rule.candidates.map(\.isDirectory) == [false, true, true])
        #expect(rule.candidates[1].path.onlyVariable == .builtIn(.uri))
        #expect(rule.candidates[2].path.constant == bytes("/x"))
        #expect(target.constant == bytes("@f"))
    }

    @Test(arguments: [
        ("spa on;", "/index.html"), ("spa off;", nil), ("spa /app/main.html;", "/app/main.html"),
        ("", nil),
    ])
    func `a single-page app has a page`(_ text: String, _ page: String?) throws {
        let files = try settings(of: "server { listen 80; \(text) }").files
        #expect(files.singlePage == page.map { bytes($0) })
    }

    @Test func `types of a level replace those around it`() throws {
        let text = """
            http { types { text/a a; } types { text/b b B2; } default_type text/d;
                server { listen 80; location /x { types { text/c c; } } location /y { types { } }
                    location /z { } } }
            """
        for (location, path, type) in [
            ("/z", "/f.a", "text/a"), ("/z", "/f.b2", "text/b"), ("/z", "/f.c", "text/d"),
            ("/x", "/f.C", "text/c"), ("/x", "/f.a", "text/d"), ("/y", "/f.html", "text/d"),
        ] {
            let files = try settings(of: text, location: location).files
            #expect(files.mediaType(of: bytes(path).span) == bytes(type))
        }
    }

    @Test(arguments: [
        ("/a.html", "text/html"), ("/a.js", "application/javascript"), ("/a.woff2", "font/woff2"),
        ("/a.unknown", "text/plain"), ("/a", "text/plain"),
    ])
    func `there are types without any in the configuration`(
        _ path: String, _ type: String
    ) throws {
        let files = try settings(of: "server { listen 80; }").files
        #expect(files.mediaType(of: bytes(path).span) == bytes(type))
    }

    @Test func `locations that treat files alike share a profile`() throws {
        let text = """
            server { listen 80; gzip on; gzip_types text/css text/css; location /a { root /r; }
                location /b { gzip_min_length 1k; }
                location /c { gzip off; brotli on; etag off; } }
            """
        let site = try load(text).sound()
        let numbers = (0..<site.locations.count).map { site.locations[$0].fileProfile }
        #expect(numbers == [0, 0, 1, 2])
        #expect(site.fileProfiles.count == 3)
        #expect(
            site.fileProfiles[0].encodings.gzip.types == [bytes("text/html"), bytes("text/css")])
        #expect(site.fileProfiles[1].encodings.gzip.contentByteMinimum == 1024)
        #expect(site.fileProfiles[2].encodings.brotli.makes)
        #expect(!site.fileProfiles[2].encodings.gzip.makes)
        #expect(site.locations[0].encodings.ofFiles == .gzip)
        #expect(site.locations[3].encodings.ofFiles == .brotli)
    }
}
