// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Limits and timeouts towards clients.

import Testing

@testable import Server

@Suite struct ClientDirectivesTests {
    @Test func `numbers are taken over`() throws {
        let text = """
            server { listen 80; keepalive_timeout 10s 8; keepalive_requests 5; keepalive_time 2m;
                client_header_timeout 1s; client_body_timeout 2s; send_timeout 500ms;
                client_max_body_size 2g; client_body_buffer_size 8k; client_body_temp_path tmp 1 2;
                client_header_buffer_size 2k; large_client_header_buffers 8 16k; max_headers 50;
                lingering_time 3s; lingering_timeout 4s; }
            """
        let settings = try settings(of: text)
        let client = settings.client
        #expect(client.keepAliveTimeout == 10_000)
        #expect(client.keepAliveHeaderSeconds == 8)
        #expect(client.keepAliveRequestLimit == 5)
        #expect(client.keepAliveTime == 120_000)
        #expect(client.headTimeout == 1000)
        #expect(client.contentTimeout == 2000)
        #expect(client.sendTimeout == 500)
        #expect(client.contentByteLimit == 2 << 30)
        #expect(client.contentBufferSize == 8 << 10)
        #expect(client.headBufferSize == 2 << 10)
        #expect(client.largeHeadBufferCount == 8)
        #expect(client.largeHeadBufferSize == 16 << 10)
        #expect(client.fieldLimit == 50)
        #expect(client.lingeringTime == 3000)
        #expect(client.lingeringTimeout == 4000)
        #expect(settings.contentTemporaryPath == bytes("/site/tmp"))
    }

    @Test func `a connection is kept as long as it is said`() throws {
        let text = """
            keepalive_disable safari;
            server { listen 80; keepalive_min_timeout 3s; reset_timedout_connection on;
                location /none { keepalive_disable none; }
                location /both { keepalive_disable msie6 safari; } }
            """
        let client = try settings(of: text).client
        #expect(client.keepAliveMinimum == 3000)
        #expect(client.resetsLateConnections)
        #expect(client.agentsNotKept == .safari)
        #expect(try settings(of: text, location: "/none").client.agentsNotKept == [])
        #expect(
            try settings(of: text, location: "/both").client.agentsNotKept
                == [.explorer, .safari])
        #expect(try settings(of: "server { listen 80; }").client.agentsNotKept == .explorer)
    }

    @Test(arguments: [
        ("on", ClientSettings.ContentFile.kept), ("clean", .removed), ("off", .whenLarge),
    ])
    func `content goes to a file as it is said`(
        _ word: String, _ file: ClientSettings.ContentFile
    ) throws {
        let text = """
            client_body_temp_path /t 1 2;
            server { listen 80; client_body_in_file_only \(word); }
            """
        let settings = try settings(of: text)
        #expect(settings.client.contentFile == file)
        #expect(settings.contentPathLevels == [1, 2])
    }

    @Test func `an agent that is named twice is told`() {
        let findings = load("keepalive_disable safari safari; server { listen 80; }").findings
        #expect(findings.count == 1)
        #expect(findings.first?.contains("duplicate value \"safari\"") == true)
    }

    @Test func `switches are taken over`() throws {
        let text = """
            server { listen 80; underscores_in_headers on; ignore_invalid_headers off;
                merge_slashes off; lingering_close always; }
            """
        let client = try settings(of: text).client
        #expect(client.allowsUnderscores)
        #expect(!client.ignoresInvalidFields)
        #expect(!client.mergesSlashes)
        #expect(client.lingers == .always)
    }
}
