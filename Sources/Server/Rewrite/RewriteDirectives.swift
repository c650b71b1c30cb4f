// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives of the rewrite phase.

internal import Configuration
internal import Memory

/// The rows of the rewrite phase.
enum RewriteDirectives {
    static let rows: [Directive<LocationDraft>] = [
        .simple(
            "return", in: [.server, .location, .serverIf, .locationIf], .between(1, 2),
            syntax: "code [text] | code address | address", repeats: true,
            summary: """
                Answers at once: with a status, with a text, or with a redirect, which without a \
                status is 302. 444 closes the connection without an answer.
                """
        ) { location, invocation in
            location.script.append(try RewriteStep(return: invocation, location.level.site))
        },
        .simple(
            "set", in: [.server, .location, .serverIf, .locationIf], .exactly(2),
            syntax: "$variable value", repeats: true, summary: "Gives a variable a value."
        ) { location, invocation in
            let site = location.level.site
            if invocation.bytes(0).map(\.asciiLowercased) == Array("$limit_rate".utf8) {
                location.script.append(.setRate(try invocation.template(1, site)))
                return
            }
            let variable = try invocation.definedVariable(0) { site.variables.define($0) }
            location.script.append(.set(variable, try invocation.template(1, site)))
        },
        .ignored(
            "rewrite_log", in: .httpServerLocation, .flag, why: "there is no log of rewrites"),
        .ignored(
            "uninitialized_variable_warn", in: .httpServerLocation, .flag,
            why: "a variable without a value is simply empty"),
    ]
}

extension RewriteStep {
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
