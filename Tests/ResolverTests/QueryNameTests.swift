// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which names may be asked for, and which mean this machine.

import Testing

@testable import Resolver

@Suite struct QueryNameTests {
    @Test(arguments: [
        "api", "api.internal", "api.internal.", "a_b-c", "xn--bcher-kva.example", "1.2.3",
        String(repeating: "a", count: 63) + ".example",
    ])
    func `a host name is taken as it is`(_ name: String) {
        #expect(QueryName(Array(name.utf8))?.bytes == Array(name.utf8))
    }

    @Test(arguments: [
        "", ".", "..", ".a", "a..b", "a b", "a\\.b", "a/b", "a:b", "a\0", "ä", "a,b", "[::1]",
        String(repeating: "a", count: 64),
    ])
    func `anything else is refused`(_ name: String) {
        #expect(QueryName(Array(name.utf8)) == nil)
    }

    @Test func `a name has at most 253 bytes, and a final dot does not count`() {
        let label = String(repeating: "a", count: 49) + "."
        let longest = String(repeating: label, count: 5) + "aaa"
        #expect(QueryName(Array(longest.utf8))?.bytes.count == 253)
        #expect(QueryName(Array((longest + ".").utf8))?.bytes.count == 254)
        #expect(QueryName(Array((longest + "a").utf8)) == nil)
    }

    @Test func `case does not matter`() {
        #expect(QueryName(Array("API.Example".utf8)) == QueryName(Array("api.example".utf8)))
    }

    @Test(arguments: [
        ("localhost", true), ("LocalHost", true), ("localhost.", true), ("a.localhost", true),
        ("a.b.localhost.", true), ("alocalhost", false), ("localhost.example", false),
        ("host", false),
    ])
    func `localhost and what is below it mean this machine`(_ name: String, _ isLocal: Bool) {
        #expect(QueryName(Array(name.utf8))?.isLocalhost == isLocal)
    }
}
