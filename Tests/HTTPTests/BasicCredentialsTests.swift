// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct BasicCredentialsTests {
    @Test(arguments: [
        ("Basic am9lOnB3", "joe"), ("bAsIc   am9lOnB3", "joe"), ("Basic am9lOg==", "joe"),
        ("Basic am9lOg", "joe"), ("Basic OnB3", ""), ("Basic am9lOnB3OnB3", "joe"),
    ])
    func `the user stands before the first colon`(value: String, user: String) {
        #expect(BasicCredentials.user(in: Array(value.utf8).span) == Array(user.utf8))
    }

    @Test(arguments: [
        "", "Basic", "Basic ", "Bearer am9lOnB3", "Basic am9l", "Basic a", "Basic am9l!nB3",
        "Basic =am9lOnB3", "Basicam9lOnB3", "Basic am9lOg===",
    ])
    func `anything else names nobody`(value: String) {
        #expect(BasicCredentials.user(in: Array(value.utf8).span) == nil)
    }
}
