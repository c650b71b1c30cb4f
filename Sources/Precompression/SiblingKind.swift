// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The kinds of siblings that a file can have.

package import Compression
internal import HTTP

/// One kind of sibling: a coding, and what it is called.
package struct SiblingKind: Equatable, Sendable {
    package let coding: Coding

    /// What follows the name of the file, with its dot.
    package let suffix: [UInt8]

    private init(_ coding: Coding, _ contentCoding: ContentCoding) {
        self.coding = coding
        suffix = Array(contentCoding.fileExtension.description.utf8)
    }

    /// What follows the dot, for people.
    package var name: String { String(decoding: suffix.dropFirst(), as: UTF8.self) }

    /// Every kind, the one that makes files smallest first.
    package static let all = [
        SiblingKind(.brotli, .brotli),
        SiblingKind(.zstd, .zstd),
        SiblingKind(.gzip, .gzip),
    ]

    /// The kind that somebody calls by its extension, or by the name of its coding.
    package static func named(_ name: String) -> SiblingKind? {
        let name = name.lowercased()
        return all.first { $0.name == name || "\($0.coding)" == name }
    }
}
