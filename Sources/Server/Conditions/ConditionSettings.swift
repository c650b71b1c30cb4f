// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about conditional requests and ranges.

internal import HTTP

/// `if_modified_since` and `max_ranges`.
struct ConditionSettings: BitwiseCopyable, Sendable {
    var modifiedSince: Preconditions.ModificationCheck = .exact
    /// How many parts one answer may have; 0 for none at all.
    var rangeLimit = Int.max
}
