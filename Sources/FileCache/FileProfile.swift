// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a location decides about the files that it serves. Plain values, made once when the
// configuration is loaded; this file knows nothing of how they were written there.

package import HTTP

/// What a location decides about the representations of its files.
///
/// A cache is made with all profiles; they are named by their index from then on.
package struct FileProfile: Sendable {
    /// Which media type each file extension stands for.
    package var mediaTypes = MediaTypes.standard
    /// The media type of everything else, with its parameters; empty for no `Content-Type`.
    package var defaultType: [UInt8] = Array("text/plain".utf8)
    /// What is put behind a textual media type (`; charset=utf-8`); empty for nothing.
    package var charset: [UInt8] = []
    /// The media types that `charset` is added to; empty for all.
    package var charsetTypes: [[UInt8]] = []

    /// How entity tags are made.
    package var entityTags: EntityTagStyle = .content
    /// Whether `Last-Modified` is said.
    package var hasLastModified = true
    /// Whether a `Cache-Control` is chosen for each file: forever for names that carry a hash of
    /// their content, revalidation for the rest.
    package var hasAutomaticCacheControl = false
    /// Complete field lines, each ended by CR LF, that every answer carries, 304 too.
    package var extraFieldLines: [UInt8] = []

    /// The codings that the cache makes, and for which files.
    package var encodings = FileEncodings()
    /// Which symbolic links may be on the way to a file.
    package var symbolicLinks: SymbolicLinkPolicy = .follow
    /// Larger contents stay in the file and are sent from a descriptor.
    package var contentByteLimit = 1 << 20

    package init() {}
}

/// How the entity tag of a file is made.
package enum EntityTagStyle: Sendable, BitwiseCopyable {
    /// None at all.
    case none
    /// nginx's: `"seconds-size"` in hexadecimal, and weak for encodings made here.
    case nginx
    /// A hash of the representation's own bytes, strong; as nginx for files too large to hold.
    case content
}

/// Which encodings of a file are made or looked for.
package struct FileEncodings: Sendable {
    /// Make gzip of files whose type and size are fit.
    package var makesGzip = false
    /// Make brotli of files whose type and size are fit.
    package var makesBrotli = false
    /// Send `name.gz` for `name` when it exists and is not older.
    package var usesGzipSiblings = false
    /// Send `name.br` for `name` when it exists and is not older.
    package var usesBrotliSiblings = false
    /// The media types, in lower case and without parameters, worth encoding; `*` alone for all.
    package var types: [[UInt8]] = [Array("text/html".utf8)]
    /// Smaller contents are not encoded.
    package var contentByteMinimum = 20
    /// Say `Vary: Accept-Encoding` where encodings are possible.
    package var hasVary = false

    package init() {}
}

/// Which symbolic links may be on the way to a file.
package enum SymbolicLinkPolicy: Sendable, Equatable {
    /// Any.
    case follow
    /// None below this directory; empty for none at all.
    case refuse(below: [UInt8])
    /// Only those that end below this directory.
    case beneath([UInt8])
}
