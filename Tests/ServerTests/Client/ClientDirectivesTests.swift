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
