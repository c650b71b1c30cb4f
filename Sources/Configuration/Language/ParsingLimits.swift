// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The limits of reading a configuration.

/// What a configuration may not exceed, so that reading one always ends soon and never overflows.
package struct ParsingLimits: Sendable {
    /// How deep blocks may be nested, over all files.
    package var blockDepthLimit = 32
    /// How deep includes may be nested.
    package var includeDepthLimit = 16
    /// How many files may be included all in all, each counted as often as it is included.
    package var inclusionLimit = 4096
    /// How long one file may be.
    package var fileByteLimit = 16 << 20
    /// How long one word may be.
    package var wordByteLimit = 64 << 10

    /// The usual limits, to be changed one by one.
    package init() {}

    /// The limits that hold outside tests.
    package static let standard = ParsingLimits()
}
