// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about health checks.

internal import Configuration
internal import Memory

/// The rows of `health_check` and `match`.
enum HealthCheckDirectives {
    static let mainRows: [Directive<MainDraft>] = [
        .block(
            "match", in: [.http], .exactly(1), syntax: "name", origin: .nginxPlus,
            summary: """
                Says what the answer to a `health_check` must be like; it must pass all tests in \
                the block.
                """
        ) { main, invocation in
            let site = main.level.site
            let name = invocation.bytes(0)
            guard !site.healthMatches.contains(where: { $0.name == name }) else {
                throw invocation.error(at: 0, "duplicate match \"\(invocation.text(0))\"")
            }
            var draft = HealthMatchDraft(match: HealthMatch(name: name), site: site)
            invocation.applyChildren(matchTable, in: .match, to: &draft)
            site.healthMatches.append(draft.match)
        }
    ]

    static let locationRows: [Directive<LocationDraft>] = [
        .simple(
            "health_check", in: [.location], .atLeast(0),
            syntax:
                "[interval=time] [jitter=time] [fails=n] [passes=n] [uri=uri] [match=name] "
                + "[port=n] [mandatory [persistent]] [keepalive_time=time]",
            origin: .nginxPlus,
            summary: """
                Asks each peer of the group of `proxy_pass` for `uri` (/) every `interval` (5s), \
                with the settings of the location. A peer that fails so often in a row gets no \
                requests until it has passed so often; `mandatory` keeps it from them until its \
                first check.
                """
        ) { location, invocation in
            location.healthCheck = try HealthCheckDraft(invocation)
        }
    ]

    static let matchTable = DirectiveTable(matchRows)

    static let matchRows: [Directive<HealthMatchDraft>] = [
        .simple(
            "status", in: [.match], .atLeast(1), syntax: "[!] code | code-code ...",
            repeats: true, origin: .nginxPlus,
            summary: "The status is one of these or, behind `!`, none of them."
        ) { $0.match.statuses.append(try StatusTest($1)) },
        .simple(
            "header", in: [.match], .between(1, 3),
            syntax: "name | ! name | name = value | name != value | name ~ pattern | "
                + "name !~ pattern", repeats: true, origin: .nginxPlus,
            summary: "A field is there, is not, or has such a value."
        ) { $0.match.fields.append(try $0.field($1)) },
        .simple(
            "body", in: [.match], .exactly(2), syntax: "~ pattern | !~ pattern",
            repeats: true, origin: .nginxPlus,
            summary: "The pattern is found in the first 256k of the content, or is not."
        ) { $0.match.contents.append(try $0.content($1)) },
        .simple(
            "require", in: [.match], .atLeast(1), syntax: "$variable ...", repeats: true,
            origin: .nginxPlus,
            summary: "The variables are neither empty nor \"0\"."
        ) { $0.match.required += try $0.required($1) },
    ]
}

/// A `match` while it is read.
struct HealthMatchDraft {
    var match: HealthMatch
    let site: SiteDraft

    fileprivate func field(_ invocation: Invocation) throws(Diagnostic) -> FieldTest {
        if invocation.argument(0, is: "!") {
            guard invocation.arguments.count == 2 else {
                throw invocation.error(
                    "invalid number of arguments in \"header\" directive",
                    expected: "expected `header ! name;`")
            }
            return FieldTest(name: try invocation.healthFieldName(1), condition: .isAbsent)
        }
        let name = try invocation.healthFieldName(0)
        guard invocation.arguments.count > 1 else {
            return FieldTest(name: name, condition: .isPresent)
        }
        guard invocation.arguments.count == 3 else {
            throw invocation.error(
                "invalid number of arguments in \"header\" directive",
                expected: "expected a name, an operator and a value",
                help: "blanks stand around the operator: header Content-Type = text/html;")
        }
        let value = invocation.bytes(2)
        let comparison = try invocation.keyword(
            1, ["=", "!=", "~", "!~", "~*", "!~*"])
        let isNegated = comparison.hasPrefix("!")
        guard comparison.contains("~") else {
            return FieldTest(name: name, condition: .equals(value, isNegated: isNegated))
        }
        let regex = try regex(invocation, 2, comparison)
        return FieldTest(name: name, condition: .matches(regex: regex, isNegated: isNegated))
    }

    fileprivate func content(_ invocation: Invocation) throws(Diagnostic) -> ContentTest {
        let comparison = try invocation.keyword(0, ["~", "!~", "~*", "!~*"])
        return ContentTest(
            regex: try regex(invocation, 1, comparison), isNegated: comparison.hasPrefix("!"),
            text: invocation.bytes(1))
    }

    private func regex(
        _ invocation: Invocation, _ index: Int, _ comparison: String
    ) throws(Diagnostic) -> Int {
        try site.regex(
            invocation.bytes(index), caseless: comparison.hasSuffix("*"),
            at: invocation.arguments[index].location)
    }

    fileprivate func required(
        _ invocation: Invocation
    ) throws(Diagnostic) -> [RequiredVariable] {
        var required: [RequiredVariable] = []
        for index in invocation.arguments.indices {
            let value = try invocation.template(index, site)
            guard value.onlyVariable != nil else {
                throw invocation.error(
                    at: index, "invalid variable name \"\(invocation.text(index))\"",
                    expected: "expected a variable such as $upstream_http_x_ready")
            }
            required.append(RequiredVariable(value: value, text: invocation.bytes(index)))
        }
        return required
    }
}

extension StatusTest {
    fileprivate init(_ invocation: Invocation) throws(Diagnostic) {
        isNegated = invocation.argument(0, is: "!")
        ranges = []
        for index in invocation.arguments.indices.dropFirst(isNegated ? 1 : 0) {
            ranges.append(try invocation.statusRange(index))
        }
        guard !ranges.isEmpty else {
            throw invocation.error(
                "invalid number of arguments in \"status\" directive",
                expected: "expected a status behind \"!\"")
        }
    }
}

extension Invocation {
    fileprivate func healthFieldName(_ index: Int) throws(Diagnostic) -> [UInt8] {
        try fieldName(index).map(\.asciiLowercased)
    }

    /// `200` or `200-399`.
    fileprivate func statusRange(_ index: Int) throws(Diagnostic) -> ClosedRange<Int> {
        let parts = bytes(index).split(
            separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let numbers = parts.compactMap { ValueSyntax.integer($0) }
        guard let first = numbers.first, let last = numbers.last, numbers.count == parts.count,
            numbers.count <= 2, first <= last, first >= 100, last <= 999
        else {
            throw invalidValue(
                at: index, expected: "expected a status such as 200, or a range such as 200-399")
        }
        return first...last
    }
}
