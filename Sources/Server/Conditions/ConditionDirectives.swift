// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about conditional requests and ranges.

internal import Configuration
internal import HTTP

/// The rows of validators, preconditions and ranges.
enum ConditionDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "etag", in: .httpServerLocation, .flag, default: "on",
            summary: "Whether files are answered with an `ETag`."
        ) { $0.settings.files.hasEntityTags = try $1.flag() },
        .simple(
            "if_modified_since", in: .httpServerLocation, .exactly(1),
            syntax: "off | exact | before", default: "exact",
            summary: "How the time in `If-Modified-Since` is compared with that of the file."
        ) {
            $0.settings.conditions.modifiedSince = try $1.keyword(
                0, ["off": .off, "exact": .exact, "before": .before])
        },
        .simple(
            "max_ranges", in: .httpServerLocation, .exactly(1), syntax: "number",
            default: "unlimited",
            summary: """
                How many parts of a content may be asked for at once; the whole is sent for more. \
                With 0 there are no parts.
                """
        ) { $0.settings.conditions.rangeLimit = try $1.integer(0) },
    ]
}
