// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about lists of directories.

internal import Configuration

/// The rows of `autoindex`.
enum ListingDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "autoindex", in: .httpServerLocation, .flag, default: "off",
            summary: "Answers with a list of the files where a folder has no index file."
        ) { $0.settings.listing.isOn = try $1.flag() },
        .simple(
            "autoindex_format", in: .httpServerLocation, .exactly(1),
            syntax: "html | xml | json | jsonp", default: "html",
            summary: """
                What the list is written in. `jsonp` calls the function that the argument \
                `callback` names, and is `json` without one.
                """
        ) {
            $0.settings.listing.format = try $1.keyword(
                0, ["html": .html, "xml": .xml, "json": .json, "jsonp": .jsonp])
        },
        .simple(
            "autoindex_exact_size", in: .httpServerLocation, .flag, default: "on",
            summary: "Whether an HTML list gives sizes in bytes, or rounded to K, M and G."
        ) { $0.settings.listing.tellsExactSizes = try $1.flag() },
        .simple(
            "autoindex_localtime", in: .httpServerLocation, .flag, default: "off",
            summary: "Whether an HTML list gives times of the local zone, or UTC."
        ) { $0.settings.listing.usesLocalTime = try $1.flag() },
        .simple(
            "autoindex_limit", in: .httpServerLocation, .exactly(1), syntax: "number",
            default: "100000", origin: .beranda,
            summary: """
                How many entries a list may have. A folder with more of them is answered with \
                500, and the error log says why.
                """
        ) { $0.settings.listing.entryLimit = try $1.integer(0, in: 1...10_000_000) },
    ]
}
