// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a configuration as a whole becomes.

import Configuration
import Memory
import OS
import Testing

@testable import Server

@Suite struct SiteLoaderTests {
    @Test(arguments: [
        "server { listen 8080; }",
        "upstream u { server a; } map $uri $x { default 1; } server { listen 8080; }",
        "events { } http { server { listen 8080; } }",
        "http { upstream u { server a; } server { listen 8080; } }",
        "events { worker_connections 10; } server { listen 8080; }",
        "gzip on; server { listen 8080; }",
    ])
    func `a main file has an http block or is a bare list`(_ text: String) throws {
        let site = try load(text).sound()
        #expect(site.hosts.count == 1)
        #expect(site.listeners.count == 1)
    }

    /// The draft of a configuration once there is a site, for as long as anybody holds it.
    private static func draft(of text: String) -> (site: Site?, () -> SiteDraft?) {
        let options = LoadOptions(
            .text(text, name: "test"), prefix: "/site/", reader: FileReader(files: []))
        let parser = ConfigurationParser(reader: options.reader, environment: options.environment)
        let parsed = parser.parse(
            text: text, name: "test", directory: options.prefix, globals: options.globals)
        var diagnostics = parsed.diagnostics
        let draft = SiteDraft(options)
        let site = SiteLoader.apply(parsed.statements, options, to: draft, &diagnostics)
        return (site, { [weak draft] in draft })
    }

    @Test func `nothing of a configuration is kept beside the site`() {
        let (site, draft) = Self.draft(of: "server { listen 80; location /a { gzip on; } }")
        #expect(site != nil)
        #expect(draft() == nil)
    }

    @Test func `an empty configuration is sound and serves nothing`() throws {
        let site = try load("").sound()
        #expect(site.hosts.count == 0)
        #expect(site.sockets.isEmpty)
    }

    @Test func `settings go down from http to server to nested locations`() throws {
        let text = """
            http {
                send_timeout 1s; keepalive_timeout 2s; client_max_body_size 3k;
                server {
                    listen 80; keepalive_timeout 20s; client_max_body_size 30k;
                    location /a/ { client_max_body_size 300k; location /a/b { } }
                }
            }
            """
        for (name, size) in [("", 30 << 10), ("/a/", 300 << 10), ("/a/b", 300 << 10)] {
            let client = try settings(of: text, location: name).client
            #expect(client.sendTimeout == 1000)
            #expect(client.keepAliveTimeout == 20_000)
            #expect(client.contentByteLimit == size)
        }
    }

    @Test func `what stands behind a block holds within it too`() throws {
        let text = "server { listen 80; location / { } send_timeout 7s; }"
        #expect(try settings(of: text, location: "/").client.sendTimeout == 7000)
    }

    @Test func `the main level says how processes run`() throws {
        let text = """
            user www-data web; daemon on; worker_processes 3; pid run/x.pid;
            worker_shutdown_timeout 30s; worker_rlimit_nofile 4096; error_log logs/e.log warn;
            events { worker_connections 77; }
            """
        let site = try load(text).sound()
        #expect(site.user == "www-data")
        #expect(site.group == "web")
        #expect(site.runsAsDaemon)
        #expect(site.threadCount == 3)
        #expect(site.processFile == bytes("/site/run/x.pid"))
        #expect(site.shutdownTimeout == 30_000)
        #expect(site.openFilesLimit == 4096)
        #expect(site.errorLogs.map(\.path) == [bytes("/site/logs/e.log")])
        #expect(site.errorLogs.map(\.level) == [4])
        #expect(site.processes.connectionLimit == 77)
    }

    @Test func `directives of the command line come first`() throws {
        let loaded = load("server { listen 80; }") { $0.globals = "pid /run/x.pid; daemon on" }
        let site = try loaded.sound()
        #expect(site.processFile == bytes("/run/x.pid"))
        #expect(site.runsAsDaemon)
    }

    @Test func `the environment fills in names in braces`() throws {
        let loaded = load("server { listen ${PORT:-81}; server_name ${NAME}; }") {
            $0.environment = ["NAME": "shop.example"]
        }
        let site = try loaded.sound()
        #expect(site.listeners[0].address.port == 81)
        #expect(site.hosts[0].name == bytes("shop.example"))
    }

    @Test func `a missing table of media types is only a warning`() throws {
        let loaded = load("http { include mime.types; server { listen 80; } }")
        #expect(try loaded.sound().fileProfiles.count == 1)
        #expect(loaded.findings.count == 1)
        #expect(loaded.findings.first?.hasPrefix("[warn] cannot read /site/mime.types") == true)
    }

    @Test func `any other missing file is an error`() {
        let loaded = load("include conf.d/extra.conf; server { listen 80; }")
        #expect(loaded.site == nil)
        #expect(loaded.diagnostics.errorCount == 1)
    }

    @Test func `included files are among the sources`() throws {
        let loaded = load(
            "include conf.d/*.conf;",
            files: ["/site/conf.d/a.conf": "server { listen 80; server_name a; }"])
        #expect(try loaded.sound().hosts[0].name == bytes("a"))
        #expect(loaded.sources.filter(\.isFile).map(\.path) == ["/site/conf.d/a.conf"])
    }

    @Test func `all errors are told at once`() {
        let text = """
            worker_processes many;
            server {
                listen 80; listen nowhere; sendtimeout 1s;
                location / { proxy_pass ftp://x; }
                location /a { return 1000; set $host x; }
                location /a { }
            }
            """
        #expect(load(text).diagnostics.errorCount == 7)
    }
}
