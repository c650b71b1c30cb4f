// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Searches in texts.

import Testing

@testable import Configuration

struct TextSearchTests {
    @Test(arguments: [
        ("rewrite_by_lua_block", "_by_lua", true), ("_by_lua", "_by_lua", true),
        ("a_by_lu", "_by_lua", false), ("http://", "://", true), ("::://", "://", true),
        ("", "..", false), ("", "", true), ("grün", "ü", true), ("a.b.", "..", false),
    ])
    func `a part is found wherever it stands`(text: String, part: String, isThere: Bool) {
        #expect(text.includes(part) == isThere)
    }
}
