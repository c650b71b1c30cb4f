// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directive of indexes that are chosen by chance.

internal import Configuration

/// The row of `random_index`.
enum RandomIndexDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "random_index", in: [.location], .flag, default: "off",
            summary: "Whether a folder is answered with any of its files, chosen by chance."
        ) { $0.settings.listing.picksIndex = try $1.flag() }
    ]
}
