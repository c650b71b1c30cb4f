// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about who may ask.

internal import Configuration
internal import OS

/// The rows of the access phase.
enum AccessDirectives {
    static var rows: [Directive<LevelDraft>] { checks + passwords }

    private static let passwords: [Directive<LevelDraft>] = [
        .simple(
            "auth_basic", in: [.http, .server, .location, .limitExcept], .exactly(1),
            syntax: "string | off", default: "off",
            summary: """
                Asks for a name and a password of `auth_basic_user_file`; the text tells people \
                what they are for.
                """
        ) { $0.settings.access.realm = try $1.template(0, $0.site) },
        .simple(
            "auth_basic_user_file", in: [.http, .server, .location, .limitExcept], .exactly(1),
            syntax: "file",
            summary: """
                The file with names and hashes of passwords, a line `name:hash` for each, as \
                `htpasswd` and `openssl passwd` make them. A change is noticed at once.
                """
        ) { $0.settings.access.passwordFile = try $1.template(0, $0.site) },
    ]

    private static let checks: [Directive<LevelDraft>] = [
        .simple(
            "allow", in: [.http, .server, .location, .limitExcept], .exactly(1),
            syntax: "address | address/bits | unix: | all", repeats: true,
            summary: """
                Lets clients with these addresses in. Of all `allow` and `deny` the first one that \
                fits decides; whom none of them fits is let in.
                """
        ) { level, invocation in try level.addAccessRule(&invocation, allows: true) },
        .simple(
            "deny", in: [.http, .server, .location, .limitExcept], .exactly(1),
            syntax: "address | address/bits | unix: | all", repeats: true,
            summary: "Answers clients with these addresses with 403."
        ) { level, invocation in try level.addAccessRule(&invocation, allows: false) },
        .simple(
            "satisfy", in: .httpServerLocation, .exactly(1), syntax: "all | any", default: "all",
            summary: """
                Whether everything that decides about access must allow it, or whether one of them \
                is enough: `allow` and `deny`, `auth_basic`, `auth_request`.
                """
        ) { $0.settings.access.satisfiesAny = try $1.keyword(0, ["all": false, "any": true]) },
        .simple(
            "auth_delay", in: .httpServerLocation, .exactly(1), syntax: "time", default: "0s",
            summary: """
                How long a 401 is held back, so that passwords cannot be guessed quickly, nor from \
                the time that checking them takes.
                """
        ) { $0.settings.access.refusalDelay = try $1.time(0) },
    ]
}

extension LevelDraft {
    fileprivate mutating func addAccessRule(
        _ invocation: inout Invocation, allows: Bool
    ) throws(Diagnostic) {
        var rule = AccessRule(addresses: nil, allows: allows)
        if invocation.argument(0, is: "unix:") {
            rule.addresses = .unix
        } else if !invocation.argument(0, is: "all") {
            let text = invocation.bytes(0)
            var hasLowBits = false
            guard let block = AddressBlock(parsing: text.span, hasLowBits: &hasLowBits) else {
                throw invocation.invalidParameter(
                    at: 0, expected: "expected \"all\", \"unix:\", or addresses such as 10.0.0.0/8")
            }
            if hasLowBits {
                invocation.warn(
                    at: 0, "low address bits of \(invocation.text(0)) are meaningless",
                    expected: "every address that begins with these bits is meant")
            }
            rule.addresses = block
        }
        settings.access.rules.append(rule, at: level)
    }
}
