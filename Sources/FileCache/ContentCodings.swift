// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The codings that a file can be sent in. Knows no field values: whoever reads `Accept-Encoding`
// says which of them a client accepts.

internal import Compression
package import HTTP

/// Some of the content codings that the file cache can answer with, besides identity.
package typealias ContentCodings = ContentCodingSet

extension ContentCodings {
    /// The coding that makes it, of a set of one.
    var coding: Coding? {
        if self == .brotli { return .brotli }
        return self == .gzip ? .gzip : nil
    }
}
