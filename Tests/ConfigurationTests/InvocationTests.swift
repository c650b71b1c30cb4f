// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Values read from arguments.

import Testing

@testable import Configuration

private func invocation(_ text: String) -> Invocation {
    let parser = ConfigurationParser(reader: FileReader(files: []))
    let statement = parser.parse(text: "x \(text);", name: "t").statements[0]
    let row = Directive<Int>.simple("x", in: [.main], .atLeast(0), summary: "") { _, _ in }
    return Invocation(
        directive: row.description, name: statement.name, arguments: statement.arguments,
        children: [], context: .main, position: 0)
}

/// The message and label of what an action throws.
private func flaw(_ action: () throws -> Void) -> String {
    do {
        try action()
        return "nothing thrown"
    } catch {
        guard let flaw = error as? Diagnostic else { return "\(error)" }
        return flaw.message + " | " + flaw.label
    }
}

@Suite struct InvocationTests {
    @Test func `values are read`() throws {
        let found = invocation("on 1m 8k 42 two name=value 'a$b' off 5m")
        #expect(try found.flag(0))
        #expect(try found.time(1) == 60_000)
        #expect(try found.size(2) == 8192)
        #expect(try found.integer(3) == 42)
        #expect(try found.integer(3, in: 42...42) == 42)
        #expect(try found.keyword(4, ["one": 1, "two": 2]) == 2)
        #expect(try found.keyword(4, ["one", "two"]) == "two")
        #expect(found.parameter(5)?.name == "name")
        #expect(found.parameter(5)?.value == Array("value".utf8))
        #expect(found.parameter(4) == nil)
        #expect(try found.template(6).count == 2)
        #expect(try !found.flag(7))
        #expect(try found.seconds(8) == 300)
        #expect(found.argument(4, is: "two") && !found.argument(9, is: "two"))
    }

    @Test func `flaws say what was expected`() {
        let found = invocation("maybe 1x 70000 $")
        #expect(
            flaw { _ = try found.flag() }
                == "invalid value \"maybe\" in \"x\" directive, it must be \"on\" or \"off\" | "
                + "expected \"on\" or \"off\"")
        #expect(flaw { _ = try found.time(1) }.hasSuffix("500ms, 30s, 5m or 1h 30m"))
        #expect(flaw { _ = try found.seconds(1) }.hasSuffix("such as 30s, 5m or 1h 30m"))
        #expect(flaw { _ = try found.size(1) }.hasSuffix("512, 8k, 10m or 1g"))
        #expect(flaw { _ = try found.integer(0) }.hasSuffix("| expected a number"))
        #expect(
            flaw { _ = try found.integer(2, in: 1...65_535) }
                == "invalid value \"70000\" in \"x\" directive | expected a number, 1 to 65535")
        #expect(
            flaw { _ = try found.integer(2, in: 70_001...Int.max) }
                .hasSuffix("expected a number, at least 70001"))
        #expect(
            flaw { _ = try found.keyword(0, ["a", "b", "c"]) }
                .hasSuffix("| expected \"a\", \"b\" or \"c\""))
        #expect(flaw { _ = try found.keyword(0, ["maybee"]) }.hasSuffix("did you mean `maybee`?"))
        #expect(flaw { _ = try found.keyword(0, ["only": 1]) }.hasSuffix("expected \"only\""))
        #expect(flaw { _ = try found.template(3) }.hasPrefix("invalid variable name"))
    }

    @Test func `flaws point at their argument`() {
        let found = invocation("abc de")
        #expect(found.error(at: 1, "m").location?.column == 7)
        #expect(found.error(at: 5, "m").location?.column == 1)
        #expect(found.invalidParameter(at: 0).message == "invalid parameter \"abc\"")
    }

    @Test func `reports do not end an action`() {
        var found = invocation("abc")
        found.warn(at: 0, "odd", expected: "even")
        found.report(found.error("bad"))
        #expect(found.diagnostics.warningCount == 1)
        #expect(found.diagnostics.errorCount == 1)
    }
}
