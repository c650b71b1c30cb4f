// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import Memory
import Testing

@testable import Server

@Suite struct AliasPathTests {
    @Test(
        "A path climbs where a name of two dots is not the configuration's",
        arguments: [
            ("/a/", "../b", true), ("/a/", "..", true), ("/a/", "b/../c", true),
            ("/a/", "b/..", true), ("/a/.", "./b", true), ("/a/..", "/b", true),
            ("/a", "../b", false), ("/a/", "..b", false), ("/a/", "b../c", false),
            ("/a/", "...", false), ("/a/", ".", false), ("/a/", "b..", false), ("/a/", "", false),
            ("/a/../b/", "c", false), ("/a/../b/", "..", true), ("", "", false),
            ("", "../a", true), ("/", "../a", true),
        ])
    func climbs(root: String, tail: String, climbs: Bool) {
        let path = Array((root + tail).utf8)
        #expect(AliasPath.climbs(path.span, from: root.utf8.count) == climbs)
    }
}
