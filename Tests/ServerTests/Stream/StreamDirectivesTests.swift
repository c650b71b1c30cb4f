// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The blocks of `stream`: what its servers inherit, what they share with those of `http`, and what
// they do not.

import Configuration
import Memory
import OS
import Testing

@testable import Server

@Suite struct StreamDirectivesTests {
    private func streamPolicy(_ text: String) throws -> StreamPolicy {
        let site = try load("stream { \(text) }").sound()
        return site.locations[site.hosts[0].rootLocation].settings.stream.policy
    }

    @Test func `servers inherit what stream says`() throws {
        let text = """
            proxy_timeout 5s; proxy_half_close on; preread_timeout 2s; ssl_preread on;
            server { listen 1; proxy_pass 127.0.0.1:2; proxy_timeout 1s; proxy_buffer_size 4k; }
            """
        let policy = try streamPolicy(text)
        #expect(policy.timeout == 1000)
        #expect(policy.closesHalves)
        #expect(policy.prereadTimeout == 2000)
        #expect(policy.readsHello)
        #expect(policy.bufferSize == 4096)
        #expect(policy.prereadBufferSize == 16384)
    }

    @Test(arguments: [("on", StreamPolicy.SentHeader.line), ("v2", .binary), ("off", .none)])
    func `a header is sent as configured`(
        _ value: String, _ header: StreamPolicy.SentHeader
    ) throws {
        let text = "server { listen 1; proxy_pass 127.0.0.1:2; proxy_protocol \(value); }"
        #expect(try streamPolicy(text).sentHeader == header)
    }

    @Test func `names of http and of stream are apart`() throws {
        let text = """
            stream {
                log_format f "$bytes_received";
                map $remote_addr $x { default 1; }
                upstream u { server 127.0.0.1:1; }
                server { listen 1; proxy_pass u; access_log off; set $y "$x"; }
            }
            http {
                log_format f "$uri";
                map $uri $x { default 2; }
                upstream u { server 127.0.0.1:2; }
                server { listen 2; location / { proxy_pass http://u; set $y $x; } }
            }
            """
        let site = try load(text).sound()
        #expect(site.groups.count == 2)
        #expect(site.groups.map(\.name) == [bytes("u"), bytes("u")])
        #expect(site.streamGroups == [bytes("u"): 0])
        #expect(site.computed.count == 2)
    }

    @Test func `datagrams and connections may share an address`() throws {
        let text = """
            stream {
                server { listen 53; proxy_pass 127.0.0.1:1; }
                server { listen 53 udp; proxy_pass 127.0.0.1:1; proxy_responses 1; }
                server { listen 127.0.0.1:53 udp reuseport; proxy_pass 127.0.0.1:1; }
            }
            """
        let site = try load(text).sound()
        #expect(site.listeners.count == 3)
        let sockets = site.sockets
        #expect(sockets.map(\.options.isDatagram) == [false, true])
        #expect(site.listeners[1].covered.count == 1)
        #expect(site.listeners[0].covered.isEmpty)
    }

    @Test func `a pass finds whoever listens`() throws {
        let text = """
            stream {
                server { listen 127.0.0.1:1; pass 127.0.0.1:3; }
                server { listen *:3; return x; }
                server { listen unix:/run/s; return x; }
                server { listen 4 udp; return x; }
            }
            """
        let site = try load(text).sound()
        func listener(_ text: String) -> Int? {
            SocketAddress(text).flatMap { site.listener(at: $0) }
        }
        #expect(listener("127.0.0.1:1") == 0)
        #expect(listener("127.0.0.1:3") == 1)
        #expect(listener("unix:/run/s") == 2)
        #expect(listener("127.0.0.2:1") == nil)
        #expect(listener("127.0.0.1:4") == nil)
    }

    @Test(arguments: [
        ("server { listen 1; }", "[emerg] no handler for server"),
        ("server { return x; }", "[emerg] no \"listen\" is defined for server"),
        ("server { listen 1; return x; return y; }", "[emerg] \"return\" directive is duplicate"),
        ("server { listen 1; return x; pass 127.0.0.1:2; }", "[emerg] \"pass\" directive is dup"),
        ("server { listen 1; return $uri; }", "[emerg] unknown \"uri\" variable"),
        ("server { listen 1; return $bytes; }", "[emerg] unknown \"bytes\" variable"),
        ("server { listen 1; proxy_pass nobody; }", "[emerg] no port in upstream \"nobody\""),
        ("server { listen 1; proxy_pass 127.0.0.1; }", "[emerg] no port in upstream"),
        ("server { listen 1; proxy_pass http://a:1; }", "[emerg] invalid"),
        ("server { listen 1; pass name:1; }", "[emerg] invalid address in pass"),
        ("server { listen 1 http2; return x; }", "[emerg] \"http2\" of \"listen\""),
        ("server { listen 1 udp proxy_protocol; return x; }", "[emerg] \"proxy_protocol\" param"),
        ("server { listen unix:/a udp; return x; }", "[emerg] datagrams of unix sockets"),
        ("server { listen 1; access_log a; return x; }", "[emerg] log format is not specified"),
        ("server { listen 1; access_log a combined; return x; }", "[emerg] unknown log format"),
        ("server { listen 1; proxy_buffer_size 0; return x; }", "[emerg] invalid value \"0\""),
        ("upstream u { server 127.0.0.1:1; keepalive 2; }", "[emerg] \"keepalive\" directive is"),
        ("location / { }", "[emerg] \"location\" directive is not allowed here"),
    ])
    func `mistakes are told`(_ text: String, _ finding: String) {
        let findings = load("stream { \(text) }").findings
        #expect(findings.contains { $0.hasPrefix(finding) }, "\(findings)")
    }

    @Test func `an address is of one kind`() {
        let text = """
            stream { server { listen 1; return x; } }
            http { server { listen 1; } }
            """
        let findings = load(text).findings
        #expect(findings.contains { $0.hasPrefix("[emerg] http and stream cannot share") })
    }
}
