// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The options of `listen`.

import Memory
import OS
import Testing

@testable import Server

@Suite struct ListenOptionsTests {
    private func options(_ text: String) throws -> ListenerOptions {
        try load("server { listen 81 \(text); }").sound().listeners[0].options
    }

    @Test func `every option of a socket is kept`() throws {
        let options = try options(
            "bind backlog=7 rcvbuf=8k sndbuf=16k fastopen=5 deferred reuseport multipath")
        #expect(options.backlog == 7)
        #expect(options.receiveBufferSize == 8192 && options.sendBufferSize == 16384)
        #expect(options.fastOpenLimit == 5)
        #expect(options.isDeferred && options.reusePort && options.isMultipath)
    }

    @Test(
        arguments: [
            ("on", true, [0, 0, 0]), ("off", false, [0, 0, 0]), ("30m::10", true, [1800, 0, 10]),
            (":5", true, [0, 5, 0]), ("7", true, [7, 0, 0]), ("1:2:3", true, [1, 2, 3]),
        ] as [(String, Bool, [Int32])])
    func `the kernel may ask silent clients`(
        _ text: String, _ isOn: Bool, _ numbers: [Int32]
    ) throws {
        let keepAlive = try options("so_keepalive=\(text)").keepAlive
        #expect(keepAlive?.isOn == isOn)
        #expect(
            [keepAlive?.idleTime, keepAlive?.interval, keepAlive?.probeCount] == numbers.map { $0 })
    }

    @Test(arguments: [
        ("backlog=x", "invalid backlog \"backlog=x\""), ("rcvbuf=x", "invalid rcvbuf \"rcvbuf=x\""),
        ("sndbuf=", "invalid sndbuf"), ("fastopen=-1", "invalid fastopen \"fastopen=-1\""),
        ("so_keepalive=::", "invalid so_keepalive value: \"::\""),
        ("so_keepalive=1:2:3:4", "invalid so_keepalive value"),
        ("so_keepalive=x", "invalid so_keepalive value: \"x\""),
        ("setfib=1", "invalid parameter \"setfib=1\""),
        ("proxy_protocl", "did you mean `proxy_protocol`?"),
        ("accept_filter=httpready", "are not supported on this platform, ignored"),
    ])
    func `a faulty option is told`(_ text: String, _ words: String) {
        let findings = load("server { listen 81 \(text); }").findings
        #expect(findings.count == 1)
        #expect(findings.first?.contains(words) == true)
    }

    @Test func `one listen with the PROXY protocol makes all of its address expect it`() throws {
        let text = """
            server { listen 81 proxy_protocol; server_name a; }
            server { listen 81; server_name b; }
            server { listen 82; server_name c; }
            """
        let site = try load(text).sound()
        #expect(load(text).findings.isEmpty)
        let expectations = (0..<2).map { site.listeners[$0].expectsProxyHeader }
        #expect(expectations == [true, false])
    }

    @Test(arguments: [
        ("81 proxy_protocol", "81 bind", true), ("81 bind", "81 proxy_protocol", true),
        ("81", "81 proxy_protocol", false), ("81 proxy_protocol", "81 proxy_protocol", false),
    ])
    func `contradictions about protocols are told`(
        _ first: String, _ second: String, _ isTold: Bool
    ) {
        let findings = load(
            "server { listen \(first); } server { listen \(second); server_name b; }"
        ).findings
        #expect(findings.contains { $0.contains("protocol options redefined") } == isTold)
    }
}
