// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives of the rewrite phase.

internal import Configuration
internal import Memory

/// The rows of the rewrite phase.
enum RewriteDirectives {
    private static let places: Contexts = [.server, .location, .serverIf, .locationIf]

    static let rows: [Directive<LocationDraft>] =
        simpleRows + [IfDirective.row, LimitExceptDirective.row]

    private static let simpleRows: [Directive<LocationDraft>] = [
        .simple(
            "rewrite", in: places, .between(2, 3),
            syntax: "pattern replacement [last | break | redirect | permanent]", repeats: true,
            summary: """
                Changes a path that a pattern matches. `last` looks for a location again, `break` \
                stays in this one; `redirect` (302) and `permanent` (301) send the client there. A \
                final `?` drops the query.
                """
        ) { location, invocation in
            let rule = try RewriteRule(invocation, location.level.site)
            location.script.append([.rewrite(rule)], at: invocation.position)
        },
        .simple(
            "break", in: places, .exactly(0), repeats: true,
            summary: "Ends the rewriting in this block; the location stays."
        ) { location, invocation in
            location.script.append([.stop], at: invocation.position)
        },
        .simple(
            "return", in: places, .between(1, 2),
            syntax: "code [text] | code address | address", repeats: true,
            summary: """
                Answers at once: with a status, with a text, or with a redirect, which without a \
                status is 302. 444 closes the connection without an answer.
                """
        ) { location, invocation in
            let step = try RewriteStep(return: invocation, location.level.site)
            location.script.append([step], at: invocation.position)
        },
        .simple(
            "set", in: places, .exactly(2),
            syntax: "$variable value", repeats: true, summary: "Gives a variable a value."
        ) { location, invocation in
            let step = try RewriteStep(set: invocation, location.level.site)
            location.script.append([step], at: invocation.position)
        },
    ]

    static let levelRows: [Directive<LevelDraft>] = [
        .simple(
            "rewrite_log", in: [.http, .server, .location, .serverIf, .locationIf], .flag,
            default: "off",
            summary: "Whether what `rewrite` and `if` find is logged, at the level `notice`."
        ) { $0.settings.rewrite.isLogged = try $1.flag() },
        .simple(
            "uninitialized_variable_warn",
            in: [.http, .server, .location, .serverIf, .locationIf], .flag, default: "on",
            summary: "Whether the use of a variable without a value is logged."
        ) { $0.settings.rewrite.warnsOfUninitialized = try $1.flag() },
    ]
}

extension RewriteRule {
    /// Reads the arguments of `rewrite`.
    fileprivate init(_ invocation: Invocation, _ site: SiteDraft) throws(Diagnostic) {
        let word = invocation.arguments[1]
        guard let last = word.bytes.last else {
            throw invocation.error(at: 1, "empty replacement")
        }
        keepsArguments = last != UInt8(ascii: "?")
        ending = try Self.ending(invocation)
        pattern = invocation.text(0)
        regex = try site.regex(
            invocation.bytes(0), caseless: false, at: invocation.arguments[0].location)
        let replacement = try site.template(keepsArguments ? word : word.droppingLast)
        hasQuery = replacement.literalOffset(of: UInt8(ascii: "?")) != nil
        path = replacement
        if redirectStatus == nil {
            (path, arguments) = replacement.cut(at: UInt8(ascii: "?"))
        }
    }

    private static func ending(_ invocation: Invocation) throws(Diagnostic) -> Ending {
        let text = invocation.text(1)
        let isAddress = ["http://", "https://", "$scheme"].contains { text.hasPrefix($0) }
        guard invocation.arguments.count > 2 else {
            return isAddress ? .redirect(status: 302) : .goesOn
        }
        switch invocation.text(2) {
        case "last": return isAddress ? .redirect(status: 302) : .last
        case "break": return isAddress ? .redirect(status: 302) : .stays
        case "redirect": return .redirect(status: 302)
        case "permanent": return .redirect(status: 301)
        default:
            throw invocation.invalidParameter(
                at: 2,
                expected: "expected \"last\", \"break\", \"redirect\" or \"permanent\"")
        }
    }
}

extension RewriteStep {
    /// Reads the arguments of `set`.
    fileprivate init(set invocation: Invocation, _ site: SiteDraft) throws(Diagnostic) {
        let name = String(
            decoding: invocation.bytes(0).map(\.asciiLowercased), as: UTF8.self)
        let value = try invocation.template(1, site)
        switch name {
        case "$args": self = .set(.arguments, value)
        case "$limit_rate": self = .set(.limitRate, value)
        case "$invalid_referer": self = .set(.invalidReferer, value)
        default:
            let variable = try invocation.definedVariable(0) { site.variables.define(set: $0) }
            self = .set(.variable(variable), value)
        }
    }

    /// Reads the arguments of `return`.
    fileprivate init(return invocation: Invocation, _ site: SiteDraft) throws(Diagnostic) {
        let text = invocation.text(0)
        if invocation.arguments.count == 1,
            text.hasPrefix("http://") || text.hasPrefix("https://") || text.hasPrefix("$scheme")
        {
            self = .finish(status: 302, try invocation.template(0, site))
            return
        }
        guard let status = ValueSyntax.integer(invocation.bytes(0)[...]), status <= 999 else {
            throw invocation.error(
                at: 0, "invalid return code \"\(text)\"",
                expected: "expected a status, or an address with http:// or https://")
        }
        let hasText = invocation.arguments.count > 1
        self = .finish(status: status, hasText ? try invocation.template(1, site) : nil)
    }
}

extension Invocation {
    /// A variable that the directive defines, written with its dollar sign.
    func definedVariable(
        _ index: Int, define: ([UInt8]) -> Int?
    ) throws(Diagnostic) -> Int {
        let name = bytes(index)
        guard name.first == UInt8(ascii: "$"), name.count > 1 else {
            throw error(
                at: index, "invalid variable name \"\(text(index))\"",
                expected: "expected a name that begins with \"$\"")
        }
        guard let variable = define(Array(name.dropFirst())) else {
            throw error(
                at: index, "the duplicate \"\(text(index).dropFirst())\" variable",
                expected: "this name has a meaning of its own")
        }
        return variable
    }
}
