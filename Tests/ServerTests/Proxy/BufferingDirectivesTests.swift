// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `proxy_buffering` and what belongs to it, as a location uses it.

import Configuration
import Testing

@testable import Server

@Suite struct BufferingDirectivesTests {
    @Test func `sizes and switches are taken over`() throws {
        let text = """
            server { listen 80; proxy_buffering off; proxy_buffers 4 16k; proxy_buffer_size 8k;
                proxy_busy_buffers_size 32k; proxy_max_temp_file_size 2m;
                proxy_temp_file_write_size 32k; proxy_temp_path /var/kept 1 2;
                proxy_ignore_headers X-Accel-Buffering; }
            """
        let settings = try settings(of: text).proxy
        #expect(!settings.policy.buffers)
        #expect(settings.policy.buffersByteCount == 64 << 10)
        #expect(settings.policy.headBufferSize == 8 << 10)
        #expect(settings.policy.headByteLimit == 64 << 10)
        #expect(settings.policy.busyByteLimit == 32 << 10)
        #expect(settings.policy.fileByteLimit == 2 << 20)
        #expect(settings.policy.fileWriteByteLimit == 32 << 10)
        #expect(settings.policy.ignoredFields == .buffering)
        #expect(settings.temporaryPath == bytes("/var/kept"))
    }

    @Test(arguments: [
        ("proxy_buffers 1 4k;", "there must be at least 2 \"proxy_buffers\""),
        ("proxy_buffers 2 0;", "invalid value \"0\""),
        ("proxy_busy_buffers_size 4k; proxy_buffers 8 8k;", "must be equal to or greater than"),
        ("proxy_busy_buffers_size 64k;", "must be less than the size of all \"proxy_buffers\""),
        ("proxy_temp_file_write_size 1k;", "\"proxy_temp_file_write_size\" must be equal"),
        ("proxy_max_temp_file_size 4095;", "\"proxy_max_temp_file_size\" must be equal to zero"),
        ("proxy_temp_path /a 4;", "4"),
    ])
    func `sizes that do not fit each other are refused`(_ text: String, _ part: String) throws {
        let loaded = load("server { listen 80; \(text) location / { proxy_pass http://a; } }")
        #expect(loaded.site == nil)
        #expect(loaded.diagnostics.render(color: false).contains(part))
    }

    @Test(arguments: [
        "proxy_max_temp_file_size 0;", "proxy_max_temp_file_size 4k;",
        "proxy_buffer_size 128k;", "proxy_busy_buffers_size 28k;",
    ])
    func `sizes that fit are taken`(_ text: String) throws {
        let loaded = load("server { listen 80; \(text) location / { proxy_pass http://a; } }")
        #expect(loaded.site != nil)
    }
}
