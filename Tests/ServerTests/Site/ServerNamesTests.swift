// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which server a host name leads to.

import Testing

@testable import Server

@Suite struct ServerNamesTests {
    private let names = [
        "", "a.example", "*.a.example", "*.b.a.example", "www.*", "www.a.*", ".dot",
    ]

    @Test(arguments: [
        ("", 0), ("a.example", 1), ("x.a.example", 2), ("x.y.a.example", 2), ("b.a.example", 2),
        ("x.b.a.example", 3), ("www.b", 4), ("www.b.c", 4), ("www.a.b", 5), ("dot", 6),
        ("x.dot", 6), ("www.a.example", 2), (".a.example", 2),
    ])
    func `exact names go before wildcards, and longer wildcards before shorter`(
        _ host: String, _ expected: Int
    ) {
        #expect(table.host(named: bytes(host).span) == expected)
    }

    @Test(arguments: ["example", "www.", "aa.example", "xdot", "www"])
    func `a wildcard does not stand for part of a label`(_ host: String) {
        #expect(table.host(named: bytes(host).span) == nil)
    }

    private var table: ServerNames {
        var table = ServerNames(defaultHost: 9)
        for (host, name) in names.enumerated() { _ = table.insert(bytes(name), host: host) }
        return table
    }

    @Test func `the first server keeps a name`() {
        var table = ServerNames(defaultHost: 0)
        let answers = [0, 0, 1].map { table.insert(bytes("a"), host: $0) }
        #expect(answers == [true, true, false])
        #expect(table.host(named: bytes("a").span) == 0)
    }

    @Test func `nothing is looked up where one server has all names`() {
        var table = ServerNames(defaultHost: 0)
        _ = table.insert(bytes("a"), host: 0)
        #expect(table.isTrivial)
        _ = table.insert(bytes("b"), host: 1)
        #expect(!table.isTrivial)
    }
}
