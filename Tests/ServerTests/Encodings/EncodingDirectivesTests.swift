// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about content codings, as locations use them.

import Configuration
import FileCache
import HTTP
import Testing

@testable import Server

@Suite struct EncodingDirectivesTests {
    private static let codings: [(String, ContentCoding)] = [
        ("gzip", .gzip), ("brotli", .brotli), ("zstd", .zstd),
    ]

    @Test(arguments: codings)
    func `each coding has settings of its own`(_ name: String, _ coding: ContentCoding) throws {
        let text = """
            server { listen 80; \(name) on; \(name)_types text/CSS text/css; \(name)_comp_level 3;
                \(name)_min_length 1k; \(name)_static always;
                location /b { \(name)_types *; \(name)_static on; } }
            """
        let encodings = try settings(of: text).encodings
        let other = try settings(of: text, location: "/b").encodings
        #expect(encodings[coding].isOn)
        #expect(encodings[coding].level == 3)
        #expect(encodings[coding].contentByteMinimum == 1024)
        #expect(encodings[coding].siblings == .always)
        #expect(encodings[coding].types.elements == [bytes("text/css")])
        #expect(encodings.ofFiles[coding].types == [bytes("text/html"), bytes("text/css")])
        #expect(other.ofFiles[coding].types == [bytes("*")])
        #expect(other[coding].siblings == .on)
        for (_, unsaid) in Self.codings where unsaid != coding {
            #expect(!encodings[unsaid].isOn)
            #expect(!encodings.ofFiles[unsaid].isOffered)
        }
        let plan = EncodingPlan(encodings)
        #expect(plan.passing == ContentCodings(coding))
        #expect(plan.ofFiles == ContentCodings(coding))
        #expect(plan[coding].level == 3)
        #expect(plan[coding].contentByteMinimum == 1024)
    }

    @Test func `without directives the defaults of the modules hold`() throws {
        let encodings = try settings(of: "server { listen 80; }").encodings
        #expect(Self.codings.map { encodings[$0.1].level } == [1, 6, 1])
        #expect(Self.codings.map { encodings[$0.1].contentByteMinimum } == [20, 20, 20])
        #expect(EncodingPlan(encodings).passing.isEmpty)
        #expect(EncodingPlan(encodings).ofFiles.isEmpty)
        #expect(encodings.rules.versionMinimum == .http11)
    }

    @Test func `conditions of other proxies add up in one block and hide those around it`() throws {
        let text = """
            server { listen 80; gzip_proxied expired no-cache; gzip_proxied auth;
                location /b { gzip_proxied any; } location /c { } }
            """
        let outer: ProxiedAnswers = [.expired, .noCache, .authorized]
        #expect(try settings(of: text).encodings.rules.proxied == outer)
        #expect(try settings(of: text, location: "/b").encodings.rules.proxied == .any)
        #expect(try settings(of: text, location: "/c").encodings.rules.proxied == outer)
    }

    @Test func `clients can be left out by their names`() throws {
        let text = """
            server { listen 80; gzip_disable msie6 "Old.*Browser" x;
                location /b { gzip_disable y; } }
            """
        let outer = try settings(of: text).encodings
        #expect(outer.rules.disablesOldExplorer)
        #expect(outer.rules.disablesAgents)
        #expect(outer.disabledAgents.elements.count == 2)
        let inner = try settings(of: text, location: "/b").encodings
        #expect(!inner.rules.disablesOldExplorer)
        #expect(inner.disabledAgents.elements.count == 1)
    }

    @Test(arguments: [
        "gzip_comp_level 0;", "gzip_comp_level 10;", "brotli_comp_level 12;", "zstd_comp_level 23;",
        "gzip yes;", "gzip_static maybe;", "gzip_http_version 2.0;", "gzip_proxied sometimes;",
        "gzip_disable (;", "zstd_min_length x;",
    ])
    func `mistakes are told`(_ text: String) {
        #expect(load("server { listen 80; \(text) }").diagnostics.hasErrors)
    }

    @Test(arguments: [
        "gzip_buffers 16 8k;", "gzip_window 32k;", "gzip_hash 64k;", "gzip_no_buffer on;",
        "postpone_gzipping 0;", "brotli_buffers 16 8k;", "brotli_window 512k;",
        "zstd_buffers 32 4k;", "gzip_types text/html;", "gzip_proxied any any;",
    ])
    func `what means nothing here is accepted`(_ text: String) {
        #expect(!load("server { listen 80; \(text) }").diagnostics.hasErrors)
    }
}
