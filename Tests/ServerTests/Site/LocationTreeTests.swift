// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which prefix or exact location a path meets.

import Testing

@testable import Server

@Suite struct LocationTreeTests {
    @Test(arguments: [
        ("/", LocationTree.Match.exact(0)), ("/a", .prefix(1)), ("/images", .prefix(1)),
        ("/images/", .prefix(2)), ("/images/x", .prefix(2)), ("/api", .slashMissing(3)),
        ("/api/", .prefix(3)), ("/api/v1", .prefix(4)), ("/api/v10", .prefix(4)),
        ("/apiary", .prefix(1)), ("/exact", .exact(5)), ("/exactly", .prefix(1)),
        ("x", .none),
    ])
    func `the longest prefix is found, an exact name at once`(
        _ path: String, _ match: LocationTree.Match
    ) {
        var tree = LocationTree()
        tree.insert(exact: bytes("/"), 0)
        tree.insert(prefix: bytes("/"), 1, redirectsWithoutSlash: true)
        tree.insert(prefix: bytes("/images/"), 2, redirectsWithoutSlash: false)
        tree.insert(prefix: bytes("/api/"), 3, redirectsWithoutSlash: true)
        tree.insert(prefix: bytes("/api/v1"), 4, redirectsWithoutSlash: true)
        tree.insert(exact: bytes("/exact"), 5)
        #expect(tree.match(bytes(path).span) == match)
    }

    @Test func `a location with the name alone answers instead of a redirect`() {
        var tree = LocationTree()
        tree.insert(prefix: bytes("/a/"), 1, redirectsWithoutSlash: true)
        tree.insert(prefix: bytes("/a"), 2, redirectsWithoutSlash: false)
        #expect(tree.match(bytes("/a").span) == .prefix(2))
        #expect(tree.match(bytes("/a-b").span) == .prefix(2))
    }

    @Test func `the order of insertion does not matter`() {
        let names = ["/", "/a/", "/a-a", "/a-b", "/ab", "/abc/d", "/abc/", "/b"]
        for shift in names.indices {
            var tree = LocationTree()
            for offset in names.indices {
                let number = (offset + shift) % names.count
                tree.insert(prefix: bytes(names[number]), number, redirectsWithoutSlash: false)
            }
            for (number, name) in names.enumerated() {
                #expect(tree.match(bytes(name).span) == .prefix(number))
                #expect(tree.match(bytes(name + "~").span) == .prefix(number))
            }
        }
    }
}
