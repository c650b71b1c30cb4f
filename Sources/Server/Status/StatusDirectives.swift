// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directive of the page that tells how much there is to do.

internal import Configuration

/// The row of `stub_status`.
enum StatusDirectives {
    static let rows: [Directive<LocationDraft>] = [
        .simple(
            "stub_status", in: [.server, .location], .between(0, 1),
            summary: "Answers with the numbers of connections and requests, as a text."
        ) { location, _ in location.ownHandler = .status }
    ]
}
