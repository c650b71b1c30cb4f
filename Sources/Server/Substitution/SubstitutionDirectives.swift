// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about texts that are replaced in responses.

internal import Configuration

/// The rows of substitutions.
enum SubstitutionDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "sub_filter", in: .httpServerLocation, .exactly(2), syntax: "string replacement",
            repeats: true,
            summary: """
                Replaces a text in responses, whatever the case of its letters; both may have \
                variables. Of several that begin at the same place the first one counts.
                """
        ) { try $0.addSubstitution(&$1) },
        .simple(
            "sub_filter_once", in: .httpServerLocation, .flag, default: "on",
            summary: "Whether each text is replaced at its first occurrence only."
        ) { $0.settings.substitution.isOnce = try $1.flag() },
        .simple(
            "sub_filter_last_modified", in: .httpServerLocation, .flag, default: "off",
            summary: """
                Whether `Last-Modified` and a weak `ETag` stay in responses in which texts are \
                replaced.
                """
        ) { $0.settings.substitution.keepsValidators = try $1.flag() },
        .simple(
            "sub_filter_types", in: .httpServerLocation, .atLeast(1), syntax: "type ...",
            default: "text/html", repeats: true,
            summary: "The media types that `sub_filter` is for beside text/html; `*` for all."
        ) { level, invocation in
            try invocation.readMediaTypes(
                into: &level.settings.substitution.types, at: level.level,
                always: "has its texts replaced")
        },
    ]
}

extension LevelDraft {
    /// Spec: nginx `sub_filter`: at most 255 in a block.
    fileprivate mutating func addSubstitution(
        _ invocation: inout Invocation
    ) throws(Diagnostic) {
        guard !invocation.bytes(0).isEmpty else {
            throw invocation.error(at: 0, "empty search pattern")
        }
        let pair = SubstitutionSettings.Pair(
            search: try invocation.template(0, site),
            replacement: try invocation.template(1, site))
        let pairs = settings.substitution.pairs
        guard !pairs.isSet(at: level) || pairs.elements.count < Self.substitutionLimit else {
            throw invocation.error("number of search patterns exceeds 255")
        }
        settings.substitution.pairs.append(pair, at: level)
    }

    private static var substitutionLimit: Int { 255 }
}
