// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Tells the files whose name changes with their content: what bundlers write.
//
// A wrong "yes" keeps an old file in browsers for a year, a wrong "no" costs a revalidation. So in
// doubt the answer is no.

internal import Memory

/// Recognises content hashes in file names.
///
/// The forms are those of Vite and Rollup (`index-BxY3k2Pq.js`), webpack and its kin
/// (`main.8f3c2b1a.chunk.js`), Parcel, Next.js (`1a2b3c4d5e6f7a8b.css`), Angular
/// (`main-OX7IPZIC.js`, `main.<20 hex>.js`) and esbuild. Dates, versions and words are none.
/// Folders that only bundlers write say more than a name does.
///
/// Why: eight random letters can look like a name (`Dashboard-DiWallet.js`), so this weighs how
///      much a token looks like one that people write, and asks for more where the folder says
///      nothing. `BuildHashTests` holds the names of fourteen builds and what is recognised of
///      them.
package enum BuildHash {
    /// Whether a file has a content hash in its name, or lies where every file has one.
    ///
    /// - Parameter path: the name of the file, with as many of its folders as are known.
    package static func isHashed(_ path: Span<UInt8>) -> Bool {
        let folder = Folder(of: path)
        let name = path.extracting(folder.nameStart..<path.count)
        guard name.count > 0, let end = stem(of: name) else { return false }
        if folder.kind == .immutable { return true }
        let file = Name(
            folder: folder.kind, isCode: isCode(name, after: end),
            isChunk: isChunk(name, after: end))
        return endsInHash(name, end, file)
    }

    /// Whether the name ends in a hash before its extensions.
    private static func endsInHash(_ name: Span<UInt8>, _ end: Int, _ file: Name) -> Bool {
        var start = end
        while start > 0, !isSeparator(name[start &- 1]) { start &-= 1 }
        let separator = start > 0 ? name[start &- 1] : nil
        if isHash(name.extracting(start..<end), after: separator, file) { return true }
        // What Rollup writes may itself contain '-' and '_': look at the last eight bytes as well.
        let tail = end &- 8
        guard tail >= 0, tail != start, tail == 0 || isSeparator(name[tail &- 1]) else {
            return false
        }
        return isRollupHash(
            name.extracting(tail..<end), after: tail > 0 ? name[tail &- 1] : nil, file)
    }

    /// What surrounds a token.
    private struct Name {
        let folder: Folder.Kind
        /// Whether it is a script or a style.
        let isCode: Bool
        /// Whether webpack calls it a chunk.
        let isChunk: Bool
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }
}

// MARK: - Folders

extension BuildHash {
    /// What the folders of a file say about it.
    private struct Folder {
        enum Kind: BitwiseCopyable {
            /// Every name in it changes with the content, as its bundler promises.
            case immutable
            /// Only bundlers write such a folder.
            case bundled
            /// Bundlers write it, and so do people.
            case shared
            case other
        }

        let kind: Kind
        let nameStart: Int

        init(of path: Span<UInt8>) {
            var start = path.count
            while start > 0, path[start &- 1] != UInt8(ascii: "/") { start &-= 1 }
            nameStart = start
            kind = Self.kind(of: path.extracting(0..<start))
        }

        private static func kind(of folders: Span<UInt8>) -> Kind {
            if Self.contains(folders, "_next/static/") || Self.contains(folders, "_app/immutable/")
            {
                return .immutable
            }
            if ends(folders, "_astro/") || ends(folders, "_nuxt/") { return .bundled }
            let isShared =
                ends(folders, "assets/") || ends(folders, "chunks/") || ends(folders, "static/js/")
                || ends(folders, "static/css/") || ends(folders, "static/media/")
            return isShared ? .shared : .other
        }

        private static func ends(_ folders: Span<UInt8>, _ name: StaticString) -> Bool {
            let start = folders.count - name.utf8CodeUnitCount
            guard start >= 0, folders.extracting(start...).equals(name) else { return false }
            return start == 0 || folders[start - 1] == UInt8(ascii: "/")
        }

        private static func contains(_ folders: Span<UInt8>, _ names: StaticString) -> Bool {
            let count = names.utf8CodeUnitCount
            var start = 0
            while start + count <= folders.count {
                let isAtStart = start == 0 || folders[start - 1] == UInt8(ascii: "/")
                if isAtStart, folders.extracting(start..<start + count).equals(names) {
                    return true
                }
                start += 1
            }
            return false
        }
    }
}

// MARK: - Extensions

extension BuildHash {
    /// Where the name ends once extensions like `.chunk.js` and `.js.map` are taken off.
    private static func stem(of name: Span<UInt8>) -> Int? {
        guard var end = lastDot(in: name, before: name.count), end > 0 else { return nil }
        while let dot = lastDot(in: name, before: end), dot > 0,
            isExtension(name.extracting(dot &+ 1..<end))
        {
            end = dot
        }
        return end
    }

    private static func lastDot(in name: Span<UInt8>, before end: Int) -> Int? {
        var i = end
        while i > 0 {
            i &-= 1
            if name[i] == UInt8(ascii: ".") { return i }
        }
        return nil
    }

    /// What bundlers put between the hash and the last extension.
    private static func isExtension(_ part: Span<UInt8>) -> Bool {
        part.equals("chunk") || part.equals("min") || part.equals("js") || part.equals("mjs")
            || part.equals("css") || part.equals("bundle") || part.equals("module")
    }

    private static func isCode(_ name: Span<UInt8>, after stem: Int) -> Bool {
        let rest = name.extracting(stem..<name.count)
        return rest.startsWith(".js") || rest.startsWith(".mjs") || rest.startsWith(".css")
            || rest.startsWith(".chunk.") || rest.startsWith(".min.")
    }

    private static func isChunk(_ name: Span<UInt8>, after stem: Int) -> Bool {
        name.extracting(stem..<name.count).startsWith(".chunk.")
    }
}

// MARK: - Tokens

extension BuildHash {
    private static func isHash(
        _ token: Span<UInt8>, after separator: UInt8?, _ file: Name
    ) -> Bool {
        guard token.count >= 8, token.count <= 64 else { return false }
        var shape = Shape()
        for i in 0..<token.count { shape.add(token[i]) }
        guard shape.isAlphanumeric else { return false }
        if shape.isHexadecimal { return isHexadecimalHash(token, shape, after: separator, file) }
        if shape.isBase32, separator == UInt8(ascii: "-"), isUppercaseHash(token, shape, file) {
            return true
        }
        if token.count == 8 {
            return shape.upperCount > 0
                ? isRollupHash(token, after: separator, file)
                : isBunHash(token, shape, after: separator, file)
        }
        // Other lengths are an exception that must be beyond doubt.
        return token.count <= 32 && shape.changeCount >= 3
            && strangeness(of: token) * 8 >= 14 * token.count
    }

    /// Sixteen digits and more are a hash unless they are a number; fewer may be a date with a
    /// letter or a word like `facade01`, so digits and letters must alternate, or the folder must
    /// speak for them.
    private static func isHexadecimalHash(
        _ token: Span<UInt8>, _ shape: Shape, after separator: UInt8?, _ file: Name
    ) -> Bool {
        let isWebpacks = separator == UInt8(ascii: ".") && token.count == 8
        if shape.letterCount == 0 { return isWebpacks && file.isChunk && !isDate(token) }
        guard shape.digitCount > 0 else { return token.count >= 20 }
        return token.count >= 16 || shape.changeCount >= 2
            || isWebpacks && (file.isChunk || file.folder != .other)
    }

    /// Whether eight digits begin like a year of this century or the last, and a month.
    private static func isDate(_ digits: Span<UInt8>) -> Bool {
        let century = (digits[0], digits[1])
        let isYear = century == (0x31, 0x39) || century == (0x32, 0x30)
        return isYear && digits[4] <= UInt8(ascii: "1")
    }

    /// Eight capitals and digits are what esbuild and Angular write behind a '-' in code; for other
    /// files they may be a camera's numbering.
    private static func isUppercaseHash(
        _ token: Span<UInt8>, _ shape: Shape, _ file: Name
    ) -> Bool {
        guard token.count == 8 else { return false }
        return strangeness(of: token) >= (!file.isCode ? 10 : shape.digitCount > 0 ? 7 : 9)
    }

    /// Eight small letters and digits are what Bun writes behind a '-' in code.
    private static func isBunHash(
        _ token: Span<UInt8>, _ shape: Shape, after separator: UInt8?, _ file: Name
    ) -> Bool {
        file.isCode && separator == UInt8(ascii: "-") && shape.digitCount > 0
            && strangeness(of: token) >= 12
    }

    /// Whether eight bytes of base64url are what Rollup writes.
    private static func isRollupHash(
        _ token: Span<UInt8>, after separator: UInt8?, _ file: Name
    ) -> Bool {
        var shape = Shape()
        for i in 0..<token.count { shape.add(token[i]) }
        guard shape.isBase64, shape.upperCount > 0 else { return false }
        // An underscore before it belongs to a word: that is how people write, not bundlers.
        if separator == UInt8(ascii: "_") { return false }
        // A whole name says as little in a folder that people write, too, as in any other.
        let isKnown = file.folder == .bundled || file.folder == .shared && separator != nil
        // Without any small letter it may be a camera's numbering.
        if shape.lowerCount == 0, !isKnown || !file.isCode { return false }
        let limit = !isKnown ? 12 : file.folder == .bundled ? 8 : file.isCode ? 9 : 10
        // Three of four such hashes begin with one of these letters, and one of ten words does.
        let begins = token[0] &- UInt8(ascii: "B") < 3
        return strangeness(of: token) + (begins ? 1 : -1) >= limit
    }

    /// What a token is made of.
    private struct Shape {
        var lowerCount = 0
        var upperCount = 0
        var digitCount = 0
        /// How often a letter follows a digit or the reverse.
        var changeCount = 0
        var isHexadecimal = true
        var isBase32 = true
        var isBase64 = true
        var isAlphanumeric = true
        private var previousIsDigit: Bool?

        var letterCount: Int { lowerCount + upperCount }

        mutating func add(_ byte: UInt8) {
            let isDigit = ByteClass.isDigit(byte)
            if isDigit {
                digitCount += 1
                if byte < UInt8(ascii: "2") || byte > UInt8(ascii: "7") { isBase32 = false }
            } else if byte &- 97 < 26 {
                lowerCount += 1
                isBase32 = false
                if byte > UInt8(ascii: "f") { isHexadecimal = false }
            } else if byte &- 65 < 26 {
                upperCount += 1
                isHexadecimal = false
            } else {
                isBase32 = false
                isHexadecimal = false
                isAlphanumeric = false
                if byte != UInt8(ascii: "-"), byte != UInt8(ascii: "_") { isBase64 = false }
                return
            }
            if let previousIsDigit, previousIsDigit != isDigit { changeCount += 1 }
            previousIsDigit = isDigit
        }
    }

    /// How little a token looks like what people write: the sum of how rare its pairs are.
    ///
    /// Units: two bits of surprise. Of eight letters, names that people write reach 8 rarely and 12
    ///        hardly ever; random ones have 13 on average.
    private static func strangeness(of token: Span<UInt8>) -> Int {
        var sum = 0
        var previous = 0
        for i in 0..<token.count {
            let next = symbol(token[i])
            sum += cost(previous, next)
            previous = next
        }
        return sum + cost(previous, 0)
    }

    private static func cost(_ first: Int, _ second: Int) -> Int {
        let low = pairs[2 &* first] >> UInt64(second) & 1
        let high = pairs[2 &* first &+ 1] >> UInt64(second) & 1
        return Int(low &+ 2 &* high)
    }

    /// The place of a byte in the table of pairs; '-' and '_' are the edges of words.
    private static func symbol(_ byte: UInt8) -> Int {
        if byte &- 97 < 26 { return Int(byte) - 96 }
        if byte &- 65 < 26 { return Int(byte) - 38 }
        if ByteClass.isDigit(byte) { return Int(byte) + 5 }
        return byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") ? 0 : 63
    }
}
