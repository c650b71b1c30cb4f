// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directive about symbolic links.

internal import Configuration
internal import FileCache

/// The row of `disable_symlinks`.
enum LinkDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "disable_symlinks", in: .httpServerLocation, .between(1, 2),
            syntax: "off | on | if_not_owner | outside [from=part]", default: "off",
            summary: """
                Which symbolic links are refused on the way to a file: none, all, those with \
                another owner than what they lead to, or (Beranda's own) those that lead out of \
                the root. The part of a path that `from` names is not looked at.
                """
        ) { level, invocation in
            level.settings.links = try LinkSettings(invocation, level.site)
        }
    ]
}

extension LinkSettings {
    fileprivate init(_ invocation: Invocation, _ site: SiteDraft) throws(Diagnostic) {
        var policy: SymbolicLinkPolicy?
        for index in invocation.arguments.indices {
            if let known = Self.policies.first(where: { invocation.argument(index, is: $0.0) }) {
                guard policy == nil else { throw Self.duplicate(invocation) }
                policy = known.1
            } else if let (name, value) = invocation.parameter(index), name == "from" {
                guard trustedPart == nil else { throw Self.duplicate(invocation) }
                trustedPart = try site.template(
                    Word(
                        bytes: value, location: invocation.arguments[index].location))
            } else {
                throw invocation.invalidParameter(
                    at: index, expected: "expected \"off\", \"on\", \"if_not_owner\" or \"outside\""
                )
            }
        }
        guard let policy else {
            throw invocation.error(
                "\"disable_symlinks\" must have \"off\", \"on\" or \"if_not_owner\" parameter",
                expected: "say which links are refused")
        }
        if policy == .follow, trustedPart != nil {
            throw invocation.error("\"from=\" cannot be used with \"off\" parameter")
        }
        self.policy = policy
    }

    private static func duplicate(_ invocation: Invocation) -> Diagnostic {
        invocation.error(
            "duplicate parameters \"\(invocation.text(0)) \(invocation.text(1))\"",
            expected: "expected one word and perhaps \"from=\"")
    }

    private static let policies: [(String, SymbolicLinkPolicy)] = [
        ("off", .follow), ("on", .refuse), ("if_not_owner", .refuseOthers), ("outside", .beneath),
    ]
}
