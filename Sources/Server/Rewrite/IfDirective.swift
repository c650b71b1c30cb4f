// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `if`: a condition, the steps that depend on it, and in a location the settings too.

internal import Configuration
internal import Memory

/// The row of `if`.
enum IfDirective {
    static let row = Directive<LocationDraft>.block(
        "if", in: [.server, .location], .atLeast(1),
        syntax: "(condition)",
        summary: """
            Does what its block says where the condition holds: a variable that is neither empty \
            nor 0, `=` or `!=` with a text, `~`, `~*`, `!~` or `!~*` with a pattern, `-f`, `-d`, \
            `-e` or `-x` with a path. In a location the settings of the last block whose condition \
            held are used.
            """
    ) { outer, invocation in
        let condition = try RewriteCondition(invocation, outer.level.site)
        var block = outer.inner
        let isInServer = outer.match == .server
        invocation.applyChildren(
            SiteTables.location, in: isInServer ? .serverIf : .locationIf, to: &block)
        let steps = block.script.steps
        var number: Int?
        if !isInServer {
            number = outer.innerLocations.count
            block.script = RewriteDraft()
            outer.innerLocations.append(block)
        }
        outer.script.append(
            [.test(condition, inner: number, count: steps.count)] + steps, at: invocation.position)
    }
}

extension RewriteCondition {
    /// Reads the words between the parentheses.
    ///
    /// Spec: nginx: blanks may stand inside the parentheses, and must stand around operators.
    fileprivate init(_ invocation: Invocation, _ site: SiteDraft) throws(Diagnostic) {
        let words = try Self.words(invocation)
        if words[0].bytes.first == UInt8(ascii: "$"), words[0].bytes.count > 1 {
            try self.init(comparing: words, site)
        } else {
            try self.init(asking: words, site)
        }
    }

    /// The words of the condition without the parentheses; at least one.
    private static func words(_ invocation: Invocation) throws(Diagnostic) -> [Word] {
        var words = invocation.arguments
        guard words[0].bytes.first == UInt8(ascii: "("), !words[0].isQuoted else {
            throw Self.flaw(words[0], expected: "expected \"(\"")
        }
        words[0] = words[0].droppingFirst
        if words[0].bytes.isEmpty { words.removeFirst() }
        guard let last = words.last, last.bytes.last == UInt8(ascii: ")") else {
            throw Self.flaw(words.last ?? invocation.arguments[0], expected: "expected \")\"")
        }
        words[words.count - 1] = last.droppingLast
        if words[words.count - 1].bytes.isEmpty, !last.isQuoted { words.removeLast() }
        guard !words.isEmpty else {
            throw Self.flaw(invocation.arguments[0], expected: "expected a condition")
        }
        return words
    }

    private static func flaw(_ word: Word, expected: String) -> Diagnostic {
        Diagnostic(
            "invalid condition \"\(word.text)\"", at: word.location, label: expected)
    }

    /// `$variable`, or `$variable operator value`.
    private init(comparing words: [Word], _ site: SiteDraft) throws(Diagnostic) {
        let name = words[0].droppingFirst
        let variable = site.variables.resolve(name.bytes, at: words[0].location)
        guard words.count == 3 else {
            guard words.count == 1 else {
                throw Self.flaw(words[0], expected: "expected an operator and one value behind it")
            }
            self = .holds(variable)
            return
        }
        let (sign, value) = (words[1], words[2])
        let isNegated = sign.bytes.first == UInt8(ascii: "!")
        switch sign.text {
        case "=", "!=":
            self = .equals(variable, try site.template(value), isNegated: isNegated)
        case "~", "~*", "!~", "!~*":
            let isCaseless = sign.bytes.last == UInt8(ascii: "*")
            let regex = try site.regex(value.bytes, caseless: isCaseless, at: value.location)
            self = .matches(variable, regex: regex, pattern: value.text, isNegated: isNegated)
        default:
            throw Diagnostic(
                "unexpected \"\(sign.text)\" in condition", at: sign.location,
                label: "expected \"=\", \"!=\", \"~\", \"~*\", \"!~\" or \"!~*\"")
        }
    }

    /// `-f path` and its like.
    private init(asking words: [Word], _ site: SiteDraft) throws(Diagnostic) {
        let sign = words[0].text
        let isNegated = sign.hasPrefix("!")
        let test: FileTest
        switch isNegated ? String(sign.dropFirst()) : sign {
        case "-f": test = .isRegular
        case "-d": test = .isDirectory
        case "-e": test = .exists
        case "-x": test = .isExecutable
        default:
            throw Self.flaw(
                words[0], expected: "expected a variable, \"-f\", \"-d\", \"-e\" or \"-x\"")
        }
        guard words.count == 2 else {
            throw Self.flaw(words[0], expected: "expected one path behind it")
        }
        self = .file(test, try site.template(words[1]), isNegated: isNegated)
    }
}
