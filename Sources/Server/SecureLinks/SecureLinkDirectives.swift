// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about links that carry a digest.

internal import Configuration

/// The rows of secure links.
enum SecureLinkDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "secure_link", in: .httpServerLocation, .exactly(1), syntax: "expression",
            summary: """
                Where a request carries its digest, in Base64 for addresses, and after a comma \
                perhaps until when it is good, in seconds since 1970. `$secure_link` is \"1\" for \
                a good link, \"0\" for one that is over, and empty for any other.
                """
        ) { level, invocation in
            try level.beginLink(invocation)
            level.settings.secureLink.link = try invocation.template(0, level.site)
        },
        .simple(
            "secure_link_md5", in: .httpServerLocation, .exactly(1), syntax: "expression",
            summary: "What the digest of `secure_link` is made of, with a secret among it."
        ) { level, invocation in
            try level.beginLink(invocation)
            level.settings.secureLink.digested = try invocation.template(0, level.site)
        },
        .simple(
            "secure_link_secret", in: .httpServerLocation, .exactly(1), syntax: "word",
            summary: """
                An older form, `/prefix/digest/link`, in which the digest is made of the link and \
                this word, in hexadecimal; `$secure_link` is the link, or empty.
                """
        ) { level, invocation in
            guard level.settings.secureLink.linkLevel != level.level else {
                throw LevelDraft.mixedLinks(invocation)
            }
            level.settings.secureLink.secretLevel = level.level
            level.settings.secureLink.secret = invocation.bytes(0)
            (level.settings.secureLink.link, level.settings.secureLink.digested) = (nil, nil)
        },
    ]
}

extension LevelDraft {
    /// Spec: nginx: one form of a level hides the other one of the levels around it.
    fileprivate mutating func beginLink(_ invocation: Invocation) throws(Diagnostic) {
        guard settings.secureLink.secretLevel != level else { throw Self.mixedLinks(invocation) }
        settings.secureLink.linkLevel = level
        settings.secureLink.secret = nil
    }

    fileprivate static func mixedLinks(_ invocation: Invocation) -> Diagnostic {
        invocation.error(
            "\"secure_link_secret\" cannot be mixed with \"secure_link\" and \"secure_link_md5\"",
            expected: "one of the two forms is enough")
    }
}
