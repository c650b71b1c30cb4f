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
    /// Whether parts of files may be asked for.
    package var allowsRanges = true
    /// Whether a `Cache-Control` is chosen for each file: forever for names that carry a hash of
    /// their content, revalidation for the rest.
    package var hasAutomaticCacheControl = false
    /// Whether pages are searched for the scripts and styles that they name.
    package var findsHints = false
    /// Complete field lines, each ended by CR LF, that every answer carries, 304 too.
    package var extraFieldLines: [UInt8] = []

    /// The codings that the cache makes, and for which files.
    package var encodings = FileEncodings()
    /// Which symbolic links may be on the way to a file.
    package var symbolicLinks: SymbolicLinkPolicy = .follow
    /// Larger contents stay in the file and are sent from a descriptor.
    package var contentByteLimit = 2 << 20

    /// Whether anything is remembered; if not, the file system is asked for each answer.
    package var remembers = true
    /// Whether it is remembered that there is nothing, or nothing that may be served.
    package var remembersErrors = true
    /// How long an answer of the file system holds where changes cannot be watched.
    package var checkIntervalMilliseconds = 1000
    /// How long files with a hash in their name are served after they were removed.
    package var assetGraceMilliseconds = 0

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
package struct FileEncodings: Sendable, Equatable {
    package var gzip = FileEncoding()
    package var brotli = FileEncoding()
    package var zstd = FileEncoding()
    /// The media types, in lower case and without parameters, that have no encodings whatever is
    /// said of each; `*` alone for all.
    package var excludedTypes: [[UInt8]] = []
    /// Say `Vary: Accept-Encoding` where encodings are possible.
    package var hasVary = false

    package init() {}

    /// What holds for a coding; for identity nothing is made or looked for.
    package subscript(coding: ContentCoding) -> FileEncoding {
        switch coding {
        case .identity: FileEncoding()
        case .gzip: gzip
        case .brotli: brotli
        case .zstd: zstd
        }
    }

    /// The codings that are made or looked for.
    package var codings: ContentCodings {
        var codings: ContentCodings = []
        for coding in ContentCoding.allCases where self[coding].isOffered {
            codings.insert(ContentCodingSet(coding))
        }
        return codings
    }
}

/// Whether and of which files one encoding is made or looked for.
package struct FileEncoding: Sendable, Equatable {
    /// Make it of files whose type and size are fit.
    package var makes = false
    /// Send the file beside it that has the coding's extension.
    package var siblings = SiblingUse.off
    /// The media types, in lower case and without parameters, worth encoding; `*` alone for all.
    package var types: [[UInt8]] = [Array("text/html".utf8)]
    /// Smaller contents are not encoded.
    package var contentByteMinimum = 20

    package init() {}

    /// Whether it can come to be sent at all.
    package var isOffered: Bool { makes || siblings != .off }
}

/// When an encoded file that lies beside another one is sent for it.
package enum SiblingUse: Sendable, BitwiseCopyable {
    case off
    /// When it is not older, to clients that accept its coding.
    case on
    /// When it exists, to everybody.
    case always
}

/// Which symbolic links may be on the way to a file.
package enum SymbolicLinkPolicy: Sendable, Equatable {
    /// Any.
    case follow
    /// None.
    case refuse
    /// Those whose owner also owns what they lead to.
    case refuseOthers
    /// Those that do not lead out of the trusted part, and are not absolute.
    case beneath
}
