// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// From the extension of a file to its media type.

internal import Memory

/// A map from extensions to media types, as a `types` block of the configuration makes one.
///
/// Extensions are compared without regard to case.
/// Cost: a lookup hashes two words and allocates nothing.
package struct MediaTypes: Sendable {
    private var indexes: [Key: Int] = [:]
    private var types: [[UInt8]] = []

    /// A map without any type.
    package init() {}

    /// What nginx's `mime.types` contains.
    package static let standard = MediaTypes(rows: [standardRows])

    /// The same with what frontends of today need: modules, source maps, manifests, fonts.
    package static let modern = MediaTypes(rows: [standardRows, modernRows])

    /// nginx's types, and beside them those that only the modern table has.
    ///
    /// Why: configurations name nginx's types in `gzip_types`, so these must stay what they are.
    package static let complete = MediaTypes(rows: [modernRows, standardRows])

    /// Adds or replaces the type of an extension, which is given without its dot.
    ///
    /// Limits: answers false when the extension is empty or longer than sixteen bytes.
    package mutating func insert(_ type: [UInt8], for fileExtension: Span<UInt8>) -> Bool {
        guard let key = Key(fileExtension) else { return false }
        indexes[key] = types.count
        types.append(type)
        return true
    }

    /// The type of an extension, given without its dot.
    package func type(of fileExtension: Span<UInt8>) -> [UInt8]? {
        guard let key = Key(fileExtension), let index = indexes[key] else { return nil }
        return types[index]
    }

    /// The type of a file by its path.
    package func type(ofPath path: Span<UInt8>) -> [UInt8]? {
        guard let range = Self.fileExtension(of: path) else { return nil }
        return type(of: path.extracting(range))
    }

    /// Whether an extension, given without its dot, has a type.
    package func contains(_ fileExtension: Span<UInt8>) -> Bool {
        Key(fileExtension).map { indexes[$0] != nil } ?? false
    }

    /// Where the extension of a path lies, without its dot; nil when there is none.
    package static func fileExtension(of path: Span<UInt8>) -> Range<Int>? {
        var i = path.count
        while i > 0 {
            i &-= 1
            if path[i] == UInt8(ascii: "/") { return nil }
            if path[i] == UInt8(ascii: ".") { break }
        }
        guard i < path.count, path[i] == UInt8(ascii: "."), i &+ 1 < path.count else { return nil }
        return i &+ 1..<path.count
    }

    private init(rows: [[StaticString]]) {
        for row in rows.joined() { insert(row: Array(row.description.utf8)) }
    }

    /// Adds a row of the table: a type and its extensions, with single spaces between them.
    private mutating func insert(row: [UInt8]) {
        let words = row.split(separator: 32)
        guard let type = words.first else { return }
        for word in words.dropFirst() {
            let fileExtension = Array(word)
            guard let key = Key(fileExtension.span) else { continue }
            indexes[key] = types.count
        }
        types.append(Array(type))
    }

    /// An extension in small letters.
    private struct Key: Hashable {
        var first: UInt64 = 0
        var second: UInt64 = 0

        init?(_ fileExtension: Span<UInt8>) {
            guard fileExtension.count > 0, fileExtension.count <= 16 else { return nil }
            for i in 0..<fileExtension.count {
                let byte = UInt64(ByteClass.lowercased(fileExtension[i]))
                if i < 8 { first |= byte << UInt64(8 &* i) }
                if i >= 8 { second |= byte << UInt64(8 &* (i &- 8)) }
            }
        }
    }
}
