// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The order of the parts of a content, and the directives that make it of several.

import Memory
import Testing

@testable import Server

@Suite struct AssemblyTests {
    private func child() -> Subrequest {
        Subrequest(
            .content, of: SlotID(index: 0, generation: 1), depth: 1, SubrequestBudget(), Exchange())
    }

    @Test func `bytes behind each other are one part`() {
        let assembly = Assembly()
        assembly.append(bytes("a").span)
        assembly.append(bytes("b").span)
        assembly.append(bytes("").span)
        #expect(assembly.parts.count == 1)
        _ = assembly.append(child())
        assembly.append(bytes("c").span)
        #expect(assembly.parts.map { $0.child != nil } == [false, true, false])
        assembly.takeText(of: assembly.parts[0])
        #expect(assembly.output.copied() == bytes("ab"))
    }

    @Test func `there is room for some, not for all`() {
        let assembly = Assembly()
        #expect(!assembly.isFull)
        for _ in 0..<Assembly.childLimit { _ = assembly.append(child()) }
        #expect(assembly.isFull)
        let other = Assembly()
        other.append([UInt8](repeating: 120, count: Assembly.textByteLimit).span)
        #expect(other.isFull)
    }

    @Test(arguments: [
        ("text/html", [], true), ("TEXT/HTML; charset=utf-8", [], true), ("text/plain", [], false),
        ("text/plain ;a=b", ["text/plain"], true), ("a/b", ["*"], true), ("", ["*"], false),
    ])
    func `pages are known by their types`(_ type: String, _ types: [String], _ expected: Bool) {
        #expect(MediaTypeList.includes(bytes(type), types.map(bytes)) == expected)
    }

    @Test(arguments: [
        ("ssi on;", Location.Steps.includes), ("add_before_body /a;", .surrounds),
        ("add_after_body /a;", .surrounds),
    ])
    func `a location does only what it says`(_ text: String, _ step: Location.Steps) throws {
        let site = try load(
            "server { listen 80; location /x { \(text) } location /y { } }"
        ).sound()
        let (with, without) = (try #require(site.location("/x")), try #require(site.location("/y")))
        #expect(site.locations[with].steps.contains(step))
        #expect(site.locations[without].steps.isDisjoint(with: [.includes, .surrounds]))
    }

    @Test func `an empty addition hides that of the block around`() throws {
        let text = "server { listen 80; add_before_body /a; location /x { add_before_body \"\"; } }"
        #expect(try settings(of: text, location: "/x").addition.before == nil)
    }
}
