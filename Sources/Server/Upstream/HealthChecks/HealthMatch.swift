// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the answer to a health check must be like: a `match` block.
//
// It looks at an answer that lies in memory, and knows nothing of how it came there.

internal import HTTP
internal import Memory
internal import Regex

/// The tests of a `match` block; an answer passes if it passes all of them.
struct HealthMatch: Sendable {
    var name: [UInt8] = []
    var statuses: [StatusTest] = []
    var fields: [FieldTest] = []
    var contents: [ContentTest] = []
    /// `require`: their values must be neither empty nor "0".
    var required: [RequiredVariable] = []

    /// What holds without a `match`: a status of 2xx or 3xx.
    static let usual = HealthMatch(statuses: [StatusTest(ranges: [200...399], isNegated: false)])

    /// Whether content is looked at, and must be kept until it is complete.
    var wantsContent: Bool { !contents.isEmpty }

    /// How much of the content is looked at.
    ///
    /// Spec: nginx Plus: the first 256k of the response body.
    static var contentByteLimit: Int { 256 << 10 }
}

/// `status [!] code | code-code …`.
struct StatusTest: Sendable, Equatable {
    var ranges: [ClosedRange<Int>]
    var isNegated: Bool

    func passes(_ status: Int) -> Bool {
        ranges.contains { $0.contains(status) } != isNegated
    }
}

/// `header name [operator value]`, `header ! name`.
struct FieldTest: Sendable {
    enum Condition: Sendable {
        case isPresent
        case isAbsent
        case equals([UInt8], isNegated: Bool)
        /// An index of `Site.regexes`.
        case matches(regex: Int, isNegated: Bool)
    }

    /// In lower case.
    var name: [UInt8]
    var condition: Condition
}

/// `body ~ pattern`, `body !~ pattern`.
struct ContentTest: Sendable {
    /// An index of `Site.regexes`.
    var regex: Int
    var isNegated: Bool
    /// The pattern, for the log.
    var text: [UInt8]
}

/// A variable of `require`.
struct RequiredVariable: Sendable {
    var value: Template
    /// As it is written, for the log.
    var text: [UInt8]
}

// MARK: Judging

extension HealthMatch {
    /// The first test of status, fields and content that an answer does not pass; nil if there is
    /// none.
    func flaw(
        of head: borrowing ResponseHead, _ bytes: Span<UInt8>, content: Span<UInt8>,
        regexes: [SiteRegex], _ matcher: inout RegexMatcher
    ) -> HealthFlaw? {
        let status = Int(head.status.rawValue)
        for test in statuses where !test.passes(status) { return .status(status) }
        for test in fields where !test.passes(head, bytes, regexes, &matcher) {
            return .field(test.name)
        }
        for test in contents where !test.passes(content, regexes, &matcher) {
            return .content(test.text)
        }
        return nil
    }
}

extension FieldTest {
    /// Whether the head has such a field.
    ///
    /// Spec: nginx Plus: every test but that for absence wants the field to be there. Of several
    ///       lines one is enough for what must be so, and none may be what must not be so.
    fileprivate func passes(
        _ head: borrowing ResponseHead, _ bytes: Span<UInt8>, _ regexes: [SiteRegex],
        _ matcher: inout RegexMatcher
    ) -> Bool {
        var count = 0
        var fitCount = 0
        for index in 0..<head.fields.count {
            let field = head.fields[index]
            guard bytes.extracting(field.nameRange).equalsIgnoringCase(name) else { continue }
            count += 1
            if fits(bytes.extracting(field.valueRange), regexes, &matcher) { fitCount += 1 }
        }
        switch condition {
        case .isPresent: return count > 0
        case .isAbsent: return count == 0
        case .equals(_, let isNegated), .matches(_, let isNegated):
            return count > 0 && (fitCount > 0) != isNegated
        }
    }

    private func fits(
        _ value: Span<UInt8>, _ regexes: [SiteRegex], _ matcher: inout RegexMatcher
    ) -> Bool {
        switch condition {
        case .isPresent, .isAbsent: true
        case .equals(let expected, _): value.equals(expected.span)
        // A pattern that meets its limits has matched nothing.
        case .matches(let regex, _): matcher.match(regexes[regex].regex, value) == .matched
        }
    }
}

extension ContentTest {
    fileprivate func passes(
        _ content: Span<UInt8>, _ regexes: [SiteRegex], _ matcher: inout RegexMatcher
    ) -> Bool {
        switch matcher.match(regexes[regex].regex, content) {
        case .matched: !isNegated
        case .noMatch: isNegated
        // Nobody knows what it would have found: that is no pass.
        case .limit: false
        }
    }
}
