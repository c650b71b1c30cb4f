// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Diagnostics as programs read them.

import Testing

@testable import Configuration

@Suite struct DiagnosticsJSONTests {
    private func found(in text: String, _ diagnostics: Diagnostic...) -> Diagnostics {
        var found = Diagnostics()
        found.sources = [SourceFile(path: "/a/b.conf", bytes: Array(text.utf8))]
        for diagnostic in diagnostics { found.add(diagnostic) }
        return found
    }

    @Test func `nothing is an empty array`() {
        #expect(Diagnostics().json() == "[]\n")
    }

    @Test func `a finding has its place, its words and its help`() {
        let place = SourceLocation(file: 0, line: 2, column: 5, length: 4)
        let diagnostics = found(
            in: "a;\nlöl bcde;\n",
            Diagnostic("un\"known", at: place, label: "did\tyou", help: "mean?"))
        #expect(
            diagnostics.json() == """
                [
                  {"file": "/a/b.conf", "line": 2, "column": 4, "length": 4, "severity": "error", \
                "message": "un\\"known", "label": "did\\tyou", "help": "mean?"}
                ]

                """)
    }

    @Test func `what has no place has null in its stead`() {
        let diagnostics = found(in: "", Diagnostic("no", at: nil, severity: .warning))
        #expect(
            diagnostics.json() == """
                [
                  {"file": null, "line": null, "column": null, "length": null, \
                "severity": "warning", "message": "no", "label": null, "help": null}
                ]

                """)
    }

    @Test func `a place outside of the text breaks nothing`() {
        let diagnostics = found(
            in: "a", Diagnostic("x", at: SourceLocation(file: 0, line: 9, column: 9, length: 9)))
        #expect(diagnostics.json().contains("\"line\": 9, \"column\": 2, \"length\": 1"))
    }

    @Test func `warnings can be left out, and what has no effect is a note`() {
        var diagnostics = found(in: "", Diagnostic("no", at: nil, severity: .warning))
        diagnostics.addIgnored("aio", why: "so")
        #expect(diagnostics.json(errorsOnly: true) == "[]\n")
        #expect(
            diagnostics.json().contains(
                "\"severity\": \"note\", \"message\": \"\\\"aio\\\" is accepted without effect\""))
    }

    @Test(arguments: [
        ("a", "\"a\""), ("\"\\\n\r\t", "\"\\\"\\\\\\n\\r\\t\""),
        ("\u{0}\u{1B}\u{7F}", "\"\\u0000\\u001b\\u007f\""),
        ("ä€😀", "\"ä€😀\""),
    ])
    func `text is quoted`(_ text: String, _ expected: String) {
        #expect(jsonString(text) == expected)
    }
}
