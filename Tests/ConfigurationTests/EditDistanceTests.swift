// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How far names are apart.

import Testing

@testable import Configuration

@Suite struct EditDistanceTests {
    @Test(arguments: [
        ("listen", "listen", 0), ("lisen", "listen", 1), ("litsen", "listen", 1),
        ("server_nam", "server_name", 1), ("abc", "xyz", 3), ("", "ab", 2), ("ab", "", 2),
        ("abcdefgh", "x", nil), ("abcd", "wxyz", nil),
    ])
    func `swaps count once`(left: String, right: String, expected: Int?) {
        #expect(editDistance(Array(left.utf8), Array(right.utf8), limit: 3) == expected)
    }

    @Test(arguments: [
        ("proxy_pas", "proxy_pass"), ("proxypass", "proxy_pass"), ("proxy-pass", "proxy_pass"),
        ("rot", "root"), ("x", nil), ("something_else", nil),
    ])
    func `the nearest name is proposed`(name: String, expected: String?) {
        let names = ["root", "proxy_pass", "proxy_set_header", "return"]
        #expect(closestName(to: Array(name.utf8), among: names) == expected)
    }

    @Test func `long names are not compared`() {
        let long = [UInt8](repeating: 0x61, count: 65)
        #expect(editDistance(long, long, limit: 3) == nil)
    }
}
