// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The names of content codings, and sets of them.

/// How content is coded.
@usableFromInline
package enum ContentCoding: UInt8, BitwiseCopyable, CaseIterable, Sendable {
    case identity
    case gzip
    case brotli
    case zstd

    /// The name in Content-Encoding.
    package var spelling: StaticString {
        switch self {
        case .identity: "identity"
        case .gzip: "gzip"
        case .brotli: "br"
        case .zstd: "zstd"
        }
    }

    /// The extension of a file that is coded so beforehand; empty for identity.
    package var fileExtension: StaticString {
        switch self {
        case .identity: ""
        case .gzip: ".gz"
        case .brotli: ".br"
        case .zstd: ".zst"
        }
    }
}

/// A set of codings.
@usableFromInline
package struct ContentCodingSet: OptionSet, BitwiseCopyable, Sendable {
    @usableFromInline package var rawValue: UInt8
    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The set of one coding.
    @inlinable package init(_ coding: ContentCoding) { rawValue = 1 << (coding.rawValue & 7) }

    @inlinable package static var gzip: ContentCodingSet { ContentCodingSet(.gzip) }
    @inlinable package static var brotli: ContentCodingSet { ContentCodingSet(.brotli) }
    @inlinable package static var zstd: ContentCodingSet { ContentCodingSet(.zstd) }
}
