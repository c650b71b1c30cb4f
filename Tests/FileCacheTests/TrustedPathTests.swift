// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where the trusted part of a path ends.

import Testing

@testable import FileCache

@Suite struct TrustedPathTests {
    @Test(arguments: [
        ("/srv/a", 0, "/srv/a"), ("/srv//a///b", 0, "/srv/a/b"), ("/srv/a", 4, "/srv//a"),
        ("/srv//a//b", 4, "/srv//a/b"), ("//srv//a//b", 5, "/srv//a/b"), ("/srv/a", 6, "//srv/a"),
        ("/srv/a", 5, "/srv//a"), ("/srv/", 4, "//srv/"), ("/srv/a/", 4, "/srv//a/"),
        ("/", 0, "//"), ("/srv/a", 99, "//srv/a"),
    ])
    func `a mark is put behind the trusted part`(_ path: String, _ count: Int, _ marked: String) {
        let result = TrustedPath.mark(Array(path.utf8), trusting: count)
        #expect(String(decoding: result, as: UTF8.self) == marked)
    }

    @Test(arguments: [
        ("/srv//a/b", "/srv/a/b"), ("//srv/a", "/srv/a"), ("/srv/a", "/srv/a"), ("/", "/"),
        ("", ""),
    ])
    func `a mark can be taken away`(_ path: String, _ plain: String) {
        #expect(TrustedPath.unmarked(Array(path.utf8)) == Array(plain.utf8))
    }
}
