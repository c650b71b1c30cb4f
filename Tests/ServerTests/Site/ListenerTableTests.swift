// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `listen` and `server_name`: which addresses are opened, and who answers on them.

import Memory
import OS
import Testing

@testable import Server

@Suite struct ListenerTableTests {
    @Test(arguments: [
        ("81", "0.0.0.0:81"), ("*:81", "0.0.0.0:81"), ("*", "0.0.0.0:80"),
        ("127.0.0.1", "127.0.0.1:80"), ("127.0.0.1:81", "127.0.0.1:81"),
        ("localhost:81", "127.0.0.1:81"), ("[::]:81", "[::]:81"), ("[::1]", "[::1]:80"),
        ("unix:/run/x.sock", "unix:/run/x.sock"),
    ])
    func `addresses are read in all forms`(_ written: String, _ address: String) throws {
        let site = try load("server { listen \(written); }").sound()
        #expect(site.sockets.map(\.address.description) == [address])
    }

    @Test func `a range of ports gives several sockets`() throws {
        let site = try load("server { listen 127.0.0.1:81-83; }").sound()
        #expect(site.sockets.map(\.address.port) == [81, 82, 83])
    }

    @Test(arguments: [(true, 80 as UInt16), (false, 8000)])
    func `a server without an address takes the usual port`(
        _ isPrivileged: Bool, _ port: UInt16
    ) throws {
        let loaded = load("server { }") { $0.isPrivileged = isPrivileged }
        #expect(try loaded.sound().sockets.map(\.address.port) == [port])
    }

    @Test func `options of the socket are kept`() throws {
        let text = "server { listen [::]:81 backlog=7 reuseport ipv6only=off deferred rcvbuf=8k; }"
        let options = try load(text).sound().sockets[0].options
        #expect(options.backlog == 7)
        #expect(options.reusePort)
        #expect(!options.ipv6Only)
    }

    @Test func `servers share an address`() throws {
        let text = """
            server { listen 81; server_name a; } server { listen 81 default_server; server_name b; }
            server { listen 82; server_name c; }
            """
        let site = try load(text).sound()
        #expect(site.sockets.map(\.address.port) == [81, 82])
        #expect(site.listeners[0].names.defaultHost == 1)
        #expect(site.listeners[1].names.defaultHost == 2)
        #expect(site.listeners[0].names.host(named: bytes("a").span) == 0)
        #expect(site.listeners[0].names.host(named: bytes("c").span) == nil)
    }

    @Test func `the limits before a host is known are those of the default server`() throws {
        let text = """
            server { listen 81; large_client_header_buffers 2 1k; client_header_buffer_size 100; }
            server { listen 81; server_name b; large_client_header_buffers 9 9k; }
            """
        let limits = try load(text).sound().listeners[0].headLimits
        #expect(limits.line == 1024)
        #expect(limits.head == 2148)
    }

    @Test(arguments: [
        (
            "server { listen 81 default_server; } server { listen 81 default; server_name b; }",
            "[emerg] a duplicate default server for 0.0.0.0:81"
        ),
        (
            "server { listen 81 backlog=1; } server { listen 81 backlog=1; server_name b; }",
            "[emerg] duplicate listen options for 0.0.0.0:81"
        ),
        (
            "server { listen 81; server_name A; } server { listen 81; server_name a; }",
            "[warn] conflicting server name \"a\" on 0.0.0.0:81, ignored"
        ),
        (
            "server { listen 81; } server { listen 81; }",
            "[warn] conflicting server name \"\" on 0.0.0.0:81, ignored"
        ),
    ])
    func `conflicts are told`(_ text: String, _ finding: String) {
        let findings = load(text).findings
        #expect(findings.count == 1)
        #expect(findings.first?.hasPrefix(finding) == true, "\(findings)")
    }

    @Test func `a wildcard accepts for the specific addresses of its port`() throws {
        let text = """
            server { listen 127.0.0.1:81; server_name a; }
            server { listen 81; server_name b; }
            server { listen 127.0.0.1:82; server_name c; }
            server { listen [::]:82; server_name d; }
            """
        let site = try load(text).sound()
        let addresses = site.sockets.map(\.address.description)
        #expect(addresses == ["0.0.0.0:81", "127.0.0.1:82", "[::]:82"])
        #expect(site.listeners.count == 4)
        let covered = site.listeners[0].covered
        #expect(covered.map(\.listener) == [3])
        #expect(covered.first?.address == CompactAddress(ipv4: 0x7F00_0001, port: 81))
        #expect(site.listeners[3].names.defaultHost == 0)
    }

    @Test(arguments: [
        ("a.example b.example", "a.example"), ("A.Example", "a.example"),
        (".a.example", "a.example"),
        ("*.a.example", "*.a.example"), ("~^A(?<x>.)", "~^A(?<x>.)"), ("\"\"", ""),
        ("$hostname", "machine.example"),
    ])
    func `the first name is that of the server`(_ names: String, _ name: String) throws {
        let site = try load("server { listen 81; server_name \(names); }").sound()
        #expect(site.hosts[0].name == bytes(name))
    }

    @Test func `named groups of a pattern are variables`() throws {
        let text = """
            server { listen 81; server_name ~^(?<sub>.+)\\.a$; return 200 $sub; }
            server { listen 81; server_name ~^(?<sub>.+)\\.b$; return 200 $sub; }
            """
        let site = try load(text).sound()
        #expect(site.regexes.map { $0.names.map(\.variable) } == [[0], [0]])
        guard case .finish(200, let template?) = site.locations[1].script.first else {
            Issue.record("no return")
            return
        }
        #expect(template.onlyVariable == .stored(0))
    }
}
