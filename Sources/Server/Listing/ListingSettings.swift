// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about lists of directories.

/// `autoindex` and what belongs to it.
struct ListingSettings: BitwiseCopyable, Sendable {
    /// The languages that a list can be written in.
    enum Format: BitwiseCopyable, Sendable {
        case html
        case xml
        case json
        case jsonp
    }

    /// `random_index`.
    var picksIndex = false
    /// `autoindex`.
    var isOn = false
    /// `autoindex_format`.
    var format = Format.html
    /// `autoindex_exact_size`.
    var tellsExactSizes = true
    /// `autoindex_localtime`.
    var usesLocalTime = false
    /// `autoindex_limit`.
    var entryLimit = 100_000
}
