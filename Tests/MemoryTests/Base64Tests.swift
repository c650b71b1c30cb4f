// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Base64 and what is none.

import Memory
import Testing

@Suite struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg", "foob"),
        ("Zm9vYmFy", "foobar"), ("Zg=", "f"), ("Zg===", "f"), ("Zm9v=Zm9v", "foo"), ("Pj8+", ">?>"),
        ("Pz8/", "???"),
    ])
    func `a text is decoded up to its padding`(_ text: String, _ expected: String) {
        let text = Array(text.utf8)
        #expect(Base64.decode(text.span) == Array(expected.utf8))
    }

    @Test(arguments: ["Z", "Zm9vY", "Zm 9v", "Zm9v\n", "Pj8-", "Pz8_", "Zg\0="])
    func `what is none is refused`(_ text: String) {
        let text = Array(text.utf8)
        #expect(Base64.decode(text.span) == nil)
    }

    @Test(arguments: [("Pj8-", ">?>"), ("Pz8_", "???"), ("Pj8+", nil), ("Pz8/", nil)])
    func `addresses have an alphabet of their own`(_ text: String, _ expected: String?) {
        let text = Array(text.utf8)
        #expect(Base64.decode(text.span, .url) == expected.map { Array($0.utf8) })
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("foobar", "Zm9vYmFy"), (">?>", "Pj8+"), ("???", "Pz8/"),
        ("0123456789", "MDEyMzQ1Njc4OQ=="),
    ])
    func `bytes are encoded with their padding`(_ text: String, _ expected: String) {
        #expect(Base64.encode(Array(text.utf8)) == Array(expected.utf8))
    }

    @Test func `every byte comes back`() {
        let bytes = (0...255).map { UInt8($0) }
        let text = Base64.encode(bytes)
        #expect(Base64.decode(text.span) == bytes)
    }
}
