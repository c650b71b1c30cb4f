// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The codings that a file can be sent in. Knows no field values: whoever reads `Accept-Encoding`
// says which of them a client accepts.

internal import Compression
package import HTTP

/// Some of the content codings that the file cache can answer with, besides identity.
package typealias ContentCodings = ContentCodingSet

extension ContentCoding {
    /// What makes it; nil where there is nothing to make.
    var encoder: Coding? {
        switch self {
        case .identity: nil
        case .gzip: .gzip
        case .brotli: .brotli
        case .zstd: .zstd
        }
    }
}
