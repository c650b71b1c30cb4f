// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct BasicCredentialsTests {
    @Test(arguments: [
        ("Basic am9lOnB3", "joe", "pw"), ("bAsIc   am9lOnB3", "joe", "pw"),
        ("Basic am9lOg==", "joe", ""), ("Basic am9lOg", "joe", ""), ("Basic OnB3", "", "pw"),
        ("Basic am9lOnB3OnB3", "joe", "pw:pw"), ("Basic am9lOg===", "joe", ""),
    ])
    func `the user stands before the first colon`(value: String, user: String, password: String) {
        let credentials = BasicCredentials(Array(value.utf8).span)
        #expect(credentials?.user == Array(user.utf8))
        #expect(credentials?.password == Array(password.utf8))
    }

    @Test(arguments: [
        "", "Basic", "Basic ", "Bearer am9lOnB3", "Basic am9l", "Basic a", "Basic am9l!nB3",
        "Basic =am9lOnB3", "Basicam9lOnB3",
    ])
    func `anything else names nobody`(value: String) {
        #expect(BasicCredentials(Array(value.utf8).span) == nil)
    }
}
