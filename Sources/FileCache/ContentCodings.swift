// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The codings a file can be sent in, as a set of bits. Knows no field values: whoever reads
// `Accept-Encoding` makes such a set of it.

/// Some of the content codings that the file cache can answer with, besides identity.
package struct ContentCodings: OptionSet, BitwiseCopyable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let gzip = ContentCodings(rawValue: 1)
    package static let brotli = ContentCodings(rawValue: 2)

    /// The one we would rather send: brotli is smaller.
    var preferred: ContentCodings {
        if contains(.brotli) { return .brotli }
        return intersection(.gzip)
    }
}
