// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What each command line of `beranda precompress` means.

import Testing

@testable import Command

@Suite struct PrecompressOptionsTests {
    @Test(arguments: ["", "dist", "-t precompress", "./precompress", "-c precompress"])
    func `other command lines are none of its own`(line: String) throws {
        #expect(try PrecompressOptions.parse(words(line)) == nil)
    }

    @Test func `a folder is enough`() throws {
        var expected = PrecompressOptions()
        expected.directory = "dist"
        #expect(try PrecompressOptions.parse(words("precompress dist")) == expected)
    }

    @Test(arguments: [
        "precompress dist --only br,gz --jobs 3 --min-size 0 --force --dry-run --quiet",
        "precompress -j3 -fnq --only=br --only gz --min-size=0 dist",
    ])
    func `every option is read`(line: String) throws {
        var expected = PrecompressOptions()
        expected.directory = "dist"
        expected.kindNames = ["br", "gz"]
        expected.jobCount = 3
        expected.byteMinimum = 0
        (expected.isForced, expected.isDryRun, expected.isQuiet) = (true, true, true)
        #expect(try PrecompressOptions.parse(words(line)) == expected)
    }

    @Test(arguments: [
        ("precompress", "precompress needs the folder to work on"),
        ("precompress -n", "precompress needs the folder to work on"),
        ("precompress a b", "invalid option: \"b\""),
        ("precompress a --onyl br", "invalid option: \"--onyl\""),
        ("precompress a --jobs", "option \"--jobs\" requires N"),
        ("precompress a --jobs 0", "invalid number of threads: \"0\""),
        ("precompress a --jobs +2", "invalid number of threads: \"+2\""),
        ("precompress a --min-size -1", "invalid size: \"-1\""),
        ("precompress a --force=yes", "option \"--force\" takes no value"),
    ])
    func `what means nothing is refused`(line: String, message: String) {
        #expect { try PrecompressOptions.parse(words(line)) } throws: { error in
            (error as? OptionError)?.message == message
        }
    }

    @Test(arguments: [
        ("precompres dist", "Did you mean \"beranda precompress dist\"?"),
        ("dist precompress", "Did you mean \"beranda precompress dist\"?"),
    ])
    func `a misspelt command is recognised`(line: String, advice: String) {
        #expect { try Options.parse(words(line)) } throws: { error in
            (error as? OptionError)?.advice == advice
        }
        #expect(PrecompressOptions.suggestion(for: ["build"]) == nil)
    }

    @Test func `siblings are chosen in the order of all, each once`() throws {
        var options = PrecompressOptions()
        let all = ["br", "zst", "gz"]
        func chosen() throws -> [String] {
            try options.chosen(of: all, named: all) { all.contains($0) ? $0 : nil }
        }
        #expect(try chosen() == all)
        options.kindNames = ["gz", "br", "gz"]
        #expect(try chosen() == ["br", "gz"])
        options.kindNames = ["bz"]
        #expect(throws: OptionError.self) { try chosen() }
    }

    @Test func `the help names every option and fits a terminal`() {
        let text = PrecompressOptions.helpText
        for option in PrecompressOptions.table { #expect(text.contains(option.help)) }
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    private func words(_ line: String) -> [String] {
        line.split(separator: " ").map(String.init)
    }
}
