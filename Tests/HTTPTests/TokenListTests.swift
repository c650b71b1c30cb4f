// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct TokenListTests {
    private func elements(_ text: String) -> [String] {
        let value = bytes(text)
        var list = TokenList()
        var elements: [String] = []
        while let range = list.next(in: value.span) {
            elements.append(String(decoding: value[range], as: UTF8.self))
        }
        return elements
    }

    @Test(
        "Elements are cut at commas and trimmed",
        arguments: [
            ("", []), (",", []), (" , ,", []), ("a", ["a"]), ("a,b", ["a", "b"]),
            (" a ,\tb\t", ["a", "b"]), ("a b,c", ["a b", "c"]),
            ("a;b=\"x,y\",c", ["a;b=\"x,y\"", "c"]), ("\"a\\\",b\",c", ["\"a\\\",b\"", "c"]),
            ("\"a,b", ["\"a,b"]), ("\"\\", ["\"\\"]),
        ] as [(String, [String])])
    func elements(text: String, expected: [String]) {
        #expect(elements(text) == expected)
    }

    @Test("A token is found in any case and only whole")
    func contains() {
        #expect(TokenList.contains(bytes("keep-alive, Upgrade").span, "upgrade") == true)
        #expect(TokenList.contains(bytes("keep-alive, upgraded").span, "upgrade") == false)
        #expect(TokenList.contains(bytes("").span, "upgrade") == false)
    }
}
