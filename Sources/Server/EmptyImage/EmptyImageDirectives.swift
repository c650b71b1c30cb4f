// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directive of the smallest image.

internal import Configuration

/// The row of `empty_gif`.
enum EmptyImageDirectives {
    static let rows: [Directive<LocationDraft>] = [
        .simple(
            "empty_gif", in: [.location], .exactly(0),
            summary: "Answers with a transparent image of one pixel."
        ) { location, _ in location.ownHandler = .emptyImage }
    ]
}
