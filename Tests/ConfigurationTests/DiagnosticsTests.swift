// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Collecting findings.

import Testing

@testable import Configuration

@Suite struct DiagnosticsTests {
    @Test func `findings are counted by severity`() {
        var diagnostics = Diagnostics()
        #expect(!diagnostics.hasErrors)
        diagnostics.add(Diagnostic("a", at: nil, severity: .warning))
        diagnostics.add(Diagnostic("b", at: nil, severity: .note))
        #expect(!diagnostics.hasErrors)
        #expect(diagnostics.summary == "1 warning\n")
        diagnostics.add(Diagnostic("c", at: nil))
        diagnostics.add(Diagnostic("d", at: nil))
        #expect(diagnostics.hasErrors)
        #expect(diagnostics.summary == "2 errors, 1 warning\n")
    }

    @Test func `the same finding twice in a row is one`() {
        var diagnostics = Diagnostics()
        diagnostics.add(Diagnostic("a", at: nil))
        diagnostics.add(Diagnostic("a", at: nil))
        #expect(diagnostics.errorCount == 1)
    }

    @Test func `those without a place come first`() {
        var diagnostics = Diagnostics()
        let place = SourceLocation(file: 0, line: 1, column: 1, length: 1)
        diagnostics.add(Diagnostic("b", at: place))
        diagnostics.add(Diagnostic("a", at: nil))
        #expect(diagnostics.sorted.map { $0.message } == ["a", "b"])
    }

    @Test func `errors come before warnings`() {
        var diagnostics = Diagnostics()
        for line in 1...3 {
            let place = SourceLocation(file: 0, line: line, column: 1, length: 1)
            diagnostics.add(
                Diagnostic("\(line)", at: place, severity: line == 3 ? .error : .warning))
        }
        #expect(diagnostics.sorted.map { $0.message } == ["3", "1", "2"])
    }
}
