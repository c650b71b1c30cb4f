// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct MediaTypesTests {
    private func type(_ path: String, in types: MediaTypes = .standard) -> String? {
        types.type(ofPath: bytes(path).span).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("nginx's types are known by extension in any case")
    func standard() {
        #expect(type("/index.html") == "text/html")
        #expect(type("/a/b.JPG") == "image/jpeg")
        #expect(type("/app.js") == "application/javascript")
        #expect(type("/a.wasm") == "application/wasm")
        #expect(type("/a.tar.gz") == nil)
        #expect(type("/a.mjs") == nil)
        #expect(type("/a") == nil)
        #expect(type("/a.b/c") == nil)
        #expect(type("/a.") == nil)
    }

    @Test("The modern list knows what frontends need beside")
    func modern() {
        #expect(type("/a.mjs", in: .modern) == "text/javascript")
        #expect(type("/a.js", in: .modern) == "text/javascript")
        #expect(type("/a.js.map", in: .modern) == "application/json")
        #expect(type("/a.webmanifest", in: .modern) == "application/manifest+json")
        #expect(type("/a.woff2", in: .modern) == "font/woff2")
        #expect(type("/index.html", in: .modern) == "text/html")
    }

    @Test("Types can be added and replaced")
    func insert() {
        var types = MediaTypes()
        func insert(_ type: [UInt8], for fileExtension: Span<UInt8>) -> Bool {
            types.insert(type, for: fileExtension)
        }
        #expect(insert(bytes("a/b"), for: bytes("X").span) == true)
        #expect(type("y.x", in: types) == "a/b")
        #expect(insert(bytes("c/d"), for: bytes("x").span) == true)
        #expect(type("y.X", in: types) == "c/d")
        #expect(insert(bytes("a/b"), for: bytes("").span) == false)
        #expect(insert(bytes("a/b"), for: bytes("seventeen-letters").span) == false)
    }
}
