// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The command line of `beranda check`.

import Testing

@testable import Command

@Suite struct CheckOptionsTests {
    @Test(arguments: [[], ["-t"], ["dist", "check"], ["./check"]])
    func `other words ask for something else`(_ arguments: [String]) throws {
        #expect(try CheckOptions.parse(arguments) == nil)
    }

    @Test func `everything can be said`() throws {
        let options = try #require(
            try CheckOptions.parse([
                "check", "a.conf", "--json", "-q", "-p", "/srv", "-g", "pid x;",
            ]))
        #expect(options.options.configurationPath == "a.conf")
        #expect(options.isForPrograms)
        #expect(options.options.isQuiet)
        #expect(options.options.prefix == "/srv/")
        #expect(options.options.globalDirectives == "pid x;")
    }

    @Test func `the file may be named with its option, as everywhere`() throws {
        let options = try #require(try CheckOptions.parse(["check", "-c", "a.conf"]))
        #expect(options.options.configurationPath == "a.conf")
        #expect(!options.isForPrograms)
    }

    @Test func `there is one file at a time`() {
        #expect(throws: OptionError.self) { try CheckOptions.parse(["check", "a", "b"]) }
    }

    @Test func `the help names every option`() {
        for name in ["--json", "-q", "-p", "-g", "-c"] {
            #expect(CheckOptions.helpText.contains(name), "\(name)")
        }
    }
}
