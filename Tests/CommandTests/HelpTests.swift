// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The texts that the program prints about itself.

import Testing

@testable import Command

@Suite struct HelpTests {
    @Test func `the help names every option and fits a terminal`() {
        for option in Options.table where option.letter != "?" {
            #expect(Help.text.contains(option.help))
        }
        for line in Help.text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test func `the examples come first`() throws {
        let examples = try #require(Help.text.firstRange(of: "Try it"))
        let options = try #require(Help.text.firstRange(of: "Options"))
        #expect(examples.lowerBound < options.lowerBound)
    }

    @Test func `every letter and word is defined once`() {
        let letters = Options.table.compactMap(\.letter)
        let words = Options.table.compactMap(\.word)
        #expect(Set(letters).count == letters.count)
        #expect(Set(words).count == words.count)
    }

    @Test func `the version has the shape that tools look for`() {
        let version = Version(number: "1.2.3")
        #expect(version.line == "beranda version: beranda/1.2.3")
        #expect(version.details.hasPrefix(version.line + "\nbuilt with Swift "))
    }

    @Test func `the details name what is in, a terminal wide`() {
        var version = Version(number: "1.2.3")
        version.libraries = (1...20).map { "library\($0) 1.\($0)" }
        version.modules = ["ngx_http_map_module", "other"]
        version.modulesInParts = ["ngx_http_proxy_module"]
        version.languageVersion = "1.31.5"
        let details = version.details
        #expect(details.contains("\nlibraries: library1 1.1, library2 1.2,"))
        #expect(details.contains("library20 1.20\nreads the language of nginx 1.31.5"))
        #expect(details.contains("\n  whole: http_map other\n  in parts: http_proxy\n"))
        #expect(details.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
}
