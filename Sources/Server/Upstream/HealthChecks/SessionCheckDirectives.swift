// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about health checks of peers of sessions.

internal import Configuration
internal import Memory

/// The rows of `health_check`, `health_check_timeout` and `match` in `stream`.
enum SessionCheckDirectives {
    static let mainRows: [Directive<MainDraft>] = [
        .block(
            "match", in: [.stream], .exactly(1), syntax: "name", origin: .nginxPlus,
            summary: "Says what a `health_check` of sessions tells a peer, and what it must say."
        ) { main, invocation in
            let site = main.level.site
            let name = invocation.bytes(0)
            guard !site.sessionMatches.contains(where: { $0.name == name }) else {
                throw invocation.error(at: 0, "duplicate match \"\(invocation.text(0))\"")
            }
            var draft = SessionMatchDraft(match: SessionMatch(name: name), site: site)
            invocation.applyChildren(matchTable, in: .streamMatch, to: &draft)
            site.sessionMatches.append(draft.match)
        }
    ]

    static let placeRows: [Directive<LocationDraft>] = [
        .simple(
            "health_check", in: [.streamServer], .atLeast(0),
            syntax: "[interval=time] [jitter=time] [fails=n] [passes=n] [match=name] [port=n] "
                + "[mandatory [persistent]] [udp]",
            origin: .nginxPlus,
            summary: """
                Connects to each peer of the group of `proxy_pass` every `interval` (5s), or sends \
                it a datagram with `udp`. A peer that fails so often in a row gets no sessions \
                until it has passed so often; `mandatory` keeps it from them until its first check.
                """
        ) { place, invocation in
            place.healthCheck = try HealthCheckDraft(invocation)
        }
    ]

    static let levelRows: [Directive<LevelDraft>] = [
        .simple(
            "health_check_timeout", in: [.stream, .streamServer], .exactly(1), syntax: "time",
            default: "5s", origin: .nginxPlus, summary: "How long a `health_check` may take."
        ) { $0.settings.stream.policy.healthTimeout = try $1.time(0) }
    ]

    static let matchTable = DirectiveTable(matchRows)

    static let matchRows: [Directive<SessionMatchDraft>] = [
        .simple(
            "send", in: [.streamMatch], .exactly(1), syntax: "string", origin: .nginxPlus,
            summary: "What the peer is told; `\\x` and two digits stand for a byte."
        ) { $0.match.sent = try $1.sessionText(0) },
        .simple(
            "expect", in: [.streamMatch], .between(1, 2), syntax: "string | ~ pattern",
            origin: .nginxPlus,
            summary: """
                What must be found in what the peer says, in the first `proxy_buffer_size` bytes: \
                a text, in which `\\x` and two digits stand for a byte, or a pattern.
                """
        ) { $0.match.expectation = try $0.expectation($1) },
    ]
}

/// A `match` of `stream` while it is read.
struct SessionMatchDraft {
    var match: SessionMatch
    let site: SiteDraft

    fileprivate func expectation(
        _ invocation: Invocation
    ) throws(Diagnostic) -> SessionMatch.Expectation {
        guard invocation.arguments.count == 2 else {
            return SessionMatch.Expectation(
                form: .text(try invocation.sessionText(0)), written: invocation.bytes(0))
        }
        let comparison = try invocation.keyword(0, ["~", "~*"])
        let regex = try site.regex(
            invocation.bytes(1), caseless: comparison == "~*",
            at: invocation.arguments[1].location)
        return SessionMatch.Expectation(form: .pattern(regex), written: invocation.bytes(1))
    }
}

extension Invocation {
    /// A text with the bytes that it means.
    fileprivate func sessionText(_ index: Int) throws(Diagnostic) -> [UInt8] {
        guard let text = SessionText.bytes(of: bytes(index)) else {
            throw invalidValue(
                at: index, expected: "two hexadecimal digits stand behind each `\\x`")
        }
        guard !text.isEmpty else {
            throw invalidValue(at: index, expected: "expected at least one byte")
        }
        return text
    }
}
