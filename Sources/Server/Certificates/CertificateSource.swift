// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where a configuration says that a certificate or a key is.

internal import Configuration
internal import Memory

/// A certificate or a key as it is named: a file, or behind `data:` the text itself.
struct CertificateSource: Sendable {
    /// What is known of it before a connection comes.
    enum Place: Equatable, Sendable {
        /// A file, by its absolute path.
        case file([UInt8])
        case inline([UInt8])
    }

    /// The word, without `data:`.
    private let value: Template
    private let isInline: Bool
    /// What relative paths are relative to; ends with a slash.
    private let folder: [UInt8]
    /// As it is written.
    let written: String
    let location: SourceLocation

    /// Reads the first argument.
    ///
    /// Spec: nginx ngx_ssl_cache_fetch: `data:`, and for keys `engine:` and `store:`.
    init(_ invocation: Invocation, _ site: SiteDraft) throws(Diagnostic) {
        let word = invocation.arguments[0]
        for kind in ["engine", "store"] where word.bytes.starts(with: Array("\(kind):".utf8)) {
            throw invocation.error(
                at: 0, "keys of \"\(kind):\" are not supported",
                expected: "expected a file, or \"data:\" and the text itself")
        }
        isInline = word.bytes.starts(with: Self.inlineMark)
        value = try site.template(word)
        folder = site.configurationFolder
        written = isInline ? "data:…" : word.text
        location = word.location
    }

    private static let inlineMark = Array("data:".utf8)

    /// Where it is, unless that differs from connection to connection.
    var constant: Place? { value.constant.map(place) }

    /// What depends on the connection, if anything does.
    var template: Template? { value.constant == nil ? value : nil }

    /// Where a value of the template leads.
    func place(_ value: [UInt8]) -> Place { Place(value, in: folder) }
}

extension CertificateSource.Place {
    /// What a word means: a path, seen from a folder that ends with a slash, or the text itself.
    init(_ word: [UInt8], in folder: [UInt8]) {
        let mark = Array("data:".utf8)
        if word.starts(with: mark) {
            self = .inline(Array(word.dropFirst(mark.count)))
        } else {
            self = .file(word.first == UInt8(ascii: "/") ? word : folder + word)
        }
    }

    /// What messages call it.
    ///
    /// Why: escaped where it must be. Clients may have a say in it, and no line of their own.
    var name: String {
        switch self {
        case .file(let path):
            path.contains { $0 < 0x20 || $0 == 0x7F }
                ? LogEscape.text(path) : String(decoding: path, as: UTF8.self)
        case .inline: "data:…"
        }
    }

    func text(_ lookup: CertificateLookup) -> CertificateText {
        switch self {
        case .file(let path): lookup(path)
        case .inline(let bytes): .bytes(bytes)
        }
    }
}
