// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Included files that need not be there, and others that must.

import Configuration
import Testing

@testable import Server

@Suite struct MissingIncludesTests {
    @Test(arguments: [
        ("/etc/nginx/mime.types", "the built-in table of media types is used"),
        (
            "/etc/letsencrypt/options-ssl-nginx.conf",
            "certbot has not been here; the defaults of TLS are used"
        ),
    ])
    func `a well-known file may be missing`(_ path: String, _ label: String) throws {
        let loaded = load("http { include \(path); server { listen 80; } }")
        _ = try loaded.sound()
        #expect(loaded.findings == ["[warn] cannot read \(path) in \(path):1 | \(label)"])
    }

    @Test func `any other file must be there`() {
        let loaded = load("http { include /etc/nginx/my.types; }")
        #expect(loaded.site == nil)
        #expect(loaded.findings.first?.contains("cannot read /etc/nginx/my.types") == true)
    }
}
