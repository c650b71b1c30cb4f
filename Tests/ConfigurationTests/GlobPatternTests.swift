// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Patterns for file names, and listing by them.

import Testing

@testable import Configuration

@Suite struct GlobPatternTests {
    @Test(arguments: [
        ("*.conf", "a.conf", true), ("*.conf", ".conf", false), ("*.conf", "a.conf~", false),
        ("*", "", true), ("*", ".a", false), (".*", ".a", true), ("a?c", "abc", true),
        ("a?c", "ac", false), ("[ab]x", "bx", true), ("[!ab]x", "bx", false),
        ("[^ab]x", "cx", true),
        ("[a-c]x", "bx", true), ("[a-c]x", "dx", false), ("[]a]x", "]x", true),
        ("[a-]x", "-x", true),
        ("[ab", "[ab", true), ("[ab", "a", false), ("\\*", "*", true), ("\\*", "a", false),
        ("a*b*c", "aXXbYYbc", true), ("a*b*c", "aXXbYY", false), ("**", "abc", true),
        ("", "", true),
        ("", "a", false), ("a\\", "a\\", true),
    ])
    func `names fit patterns as in glob`(pattern: String, name: String, fits: Bool) {
        #expect(GlobPattern(pattern).matches(name) == fits)
    }

    @Test func `a pattern made to be slow is not`() {
        let pattern = GlobPattern(String(repeating: "a*", count: 50) + "b")
        let name = String(repeating: "a", count: 5000)
        let time = ContinuousClock().measure { #expect(!pattern.matches(name)) }
        #expect(time < .seconds(2))
    }

    @Test(arguments: [
        ("/etc/*.conf", ["/etc/a.conf", "/etc/b.conf"]),
        ("/etc/sites-?/*", ["/etc/sites-1/x", "/etc/sites-2/y"]),
        ("/etc/*/x", ["/etc/sites-1/x"]),
        ("/etc/../etc/[a]*", ["/etc/../etc/a.conf"]),
        ("/none/*", []),
    ])
    func `paths are found in the order of their bytes`(pattern: String, expected: [String]) {
        let paths = ["/etc/b.conf", "/etc/a.conf", "/etc/sites-1/x", "/etc/sites-2/y", "/srv/z"]
        let reader = FileReader(files: paths.map { SourceFile(path: $0, bytes: []) })
        #expect(reader.glob(pattern) == expected)
    }

    @Test func `relative patterns start where the process stands`() {
        let reader = FileReader(files: ["b/x", "b/y", "c"].map { SourceFile(path: $0, bytes: []) })
        #expect(reader.glob("b/*") == ["b/x", "b/y"])
        #expect(reader.glob("*") == ["b", "c"])
    }

    @Test func `the number of paths is limited`() {
        let files = (100..<200).map { SourceFile(path: "/d/\($0)", bytes: []) }
        #expect(FileReader(files: files).glob("/d/*", limit: 10).count == 10)
    }
}
