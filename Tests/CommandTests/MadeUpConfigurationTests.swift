// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The configuration that stands in for a missing file.

import Testing

@testable import Command

@Suite struct MadeUpConfigurationTests {
    @Test func `a folder alone is served on the usual port`() throws {
        let made = try #require(MadeUpConfiguration(directory: "d", port: nil, apiAddresses: []))
        #expect(
            made.text == """
                server {
                    listen 3000;
                    root "d";
                    spa on;
                    asset_caching auto;
                    disable_symlinks outside;
                    absolute_redirect off;
                    charset utf-8;
                    gzip_vary on;

                    gzip on;
                    gzip_static on;
                    gzip_types text/css text/plain text/javascript application/javascript \
                application/json application/manifest+json application/wasm image/svg+xml;
                    gzip_min_length 256;

                    brotli on;
                    brotli_static on;
                    brotli_types text/css text/plain text/javascript application/javascript \
                application/json application/manifest+json application/wasm image/svg+xml;
                    brotli_min_length 256;

                    zstd on;
                    zstd_static on;
                    zstd_types text/css text/plain text/javascript application/javascript \
                application/json application/manifest+json application/wasm image/svg+xml;
                    zstd_min_length 256;
                }

                """)
    }

    @Test func `peers become a group behind the API's path`() throws {
        let made = try #require(
            MadeUpConfiguration(
                directory: "d", port: 80, apiAddresses: ["127.0.0.1:1", "127.0.0.1:2"]))
        #expect(
            made.text.hasPrefix(
                "upstream api {\n    server 127.0.0.1:1;\n    server 127.0.0.1:2;\n}\n\n"))
        #expect(made.text.contains("\n}\n\nserver {\n"))
        #expect(made.text.contains("listen 80;"))
        #expect(made.text.contains("location /api/ { proxy_pass http://api; }"))
        #expect(made.text.contains("location = /api { proxy_pass http://api; }"))
    }

    @Test func `what a client says of itself is replaced`() throws {
        let made = try #require(
            MadeUpConfiguration(directory: "d", port: 80, apiAddresses: ["127.0.0.1:1"]))
        #expect(made.text.contains("    proxy_set_header X-Forwarded-For $remote_addr;\n"))
        #expect(made.text.contains("    proxy_set_header X-Forwarded-Port $own_port;\n"))
        #expect(
            made.text.contains(
                #"proxy_set_header Forwarded "for=$forwarded_for;host=\"$http_host\";"#
                    + #"proto=$scheme";"#
            ))
        #expect(!made.text.contains("$proxy_add_x_forwarded_for"))
        #expect(made.text.contains("    proxy_error_details local;\n"))
    }

    @Test func `what a trusted proxy says is kept where it is sound`() {
        let forwarding = Forwarding(trustedProxies: ["10.0.0.0/8", "::1"])
        #expect(
            forwarding.fields.prefix(4) == [
                "set_real_ip_from 10.0.0.0/8;", "set_real_ip_from ::1;",
                "real_ip_header X-Forwarded-For;", "real_ip_recursive on;",
            ])
        #expect(forwarding.fields.contains("proxy_set_header X-Forwarded-Proto $forwarded_proto;"))
        #expect(forwarding.definitions.contains("    10.0.0.0/8 1;"))
        #expect(forwarding.definitions.contains("    \"~^1 (http|https)$\" $1;"))
    }

    @Test(arguments: [
        (#"my site"#, #""my site""#), (#"a"b"#, #""a\"b""#), (#"a\b"#, #""a\\b""#),
        (#"a;}b"#, #""a;}b""#),
    ])
    func `a folder's name stays one word`(name: String, quoted: String) throws {
        let made = try #require(MadeUpConfiguration(directory: name, port: nil, apiAddresses: []))
        #expect(made.text.contains("root \(quoted);"))
    }

    @Test func `a dollar sign cannot be said, so it is refused`() {
        #expect(MadeUpConfiguration(directory: "a$b", port: nil, apiAddresses: []) == nil)
    }
}
