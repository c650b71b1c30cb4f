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
package enum BuildHash {
    /// Whether a file name, without its folder, contains a content hash.
    package static func isHashed(_ fileName: Span<UInt8>) -> Bool {
        guard let stem = stem(of: fileName) else { return false }
        let isCode = isCode(fileName, after: stem)
        var start = stem
        while start > 0, !isSeparator(fileName[start &- 1]) { start &-= 1 }
        if isHash(fileName.extracting(start..<stem), isCode: isCode && start > 0) { return true }
        // A base64url hash may itself contain '-' or '_': look at the last eight bytes as well.
        let tail = stem &- 8
        guard tail > 0, tail != start, isSeparator(fileName[tail &- 1]) else { return false }
        return isHash(fileName.extracting(tail..<stem), isCode: false)
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }

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
    }
}

extension BuildHash {
    private static func isHash(_ token: Span<UInt8>, isCode: Bool) -> Bool {
        guard token.count >= 8, token.count <= 64 else { return false }
        var shape = Shape()
        for i in 0..<token.count { shape.add(token[i]) }
        guard shape.isAlphanumeric, shape.letterCount > 0 else { return false }
        if shape.isHexadecimal { return isHexadecimalHash(token.count, shape) }
        if shape.lowerCount == 0 { return isUppercaseHash(token, shape, isCode: isCode) }
        guard token.count <= 32 else { return false }
        // Random letters are full of pairs that words do not have. Small letters alone are more
        // often a word in some language than a hash, so they must show more of them.
        let limit = shape.upperCount > 0 ? 3 : 5
        return surprises(in: token) >= limit
    }

    /// Sixteen digits and more are a hash unless they are a number; fewer may be a date with a
    /// letter or a word like `facade01`, so digits and letters must alternate.
    private static func isHexadecimalHash(_ count: Int, _ shape: Shape) -> Bool {
        guard shape.digitCount > 0 else { return count >= 20 }
        return count >= 16 || shape.changeCount >= 2
    }

    /// Eight capitals and digits are what esbuild and Angular write behind a '-' in code; for other
    /// files they may be a camera's numbering.
    private static func isUppercaseHash(
        _ token: Span<UInt8>, _ shape: Shape, isCode: Bool
    ) -> Bool {
        guard token.count == 8, shape.isBase32 else { return false }
        return isCode || surprises(in: token) >= 2
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
                if byte != UInt8(ascii: "-"), byte != UInt8(ascii: "_") { isAlphanumeric = false }
                return
            }
            if let previousIsDigit, previousIsDigit != isDigit { changeCount += 1 }
            previousIsDigit = isDigit
        }
    }

    /// How many things in a token one does not see in words: rare pairs of letters, single letters
    /// on their own, digits followed by letters.
    private static func surprises(in token: Span<UInt8>) -> Int {
        var count = 0
        var i = 0
        while i < token.count {
            if ByteClass.isLetter(token[i]) {
                let end = wordEnd(in: token, from: i)
                count += surprises(in: token, word: i..<end)
                i = end
            } else if ByteClass.isDigit(token[i]) {
                while i < token.count, ByteClass.isDigit(token[i]) { i += 1 }
                if i < token.count { count += 1 }
            } else {
                i += 1
            }
        }
        return count
    }

    /// The end of one word of camel case; the last capital of several starts the next word.
    private static func wordEnd(in token: Span<UInt8>, from start: Int) -> Int {
        var i = start
        while i < token.count, token[i] &- 65 < 26 { i += 1 }
        let isFollowedBySmall = i < token.count && token[i] &- 97 < 26
        if i - start > 1 { return isFollowedBySmall ? i - 1 : i }
        while i < token.count, token[i] &- 97 < 26 { i += 1 }
        return i
    }

    private static func surprises(in token: Span<UInt8>, word: Range<Int>) -> Int {
        if word.count == 1 { return 1 }
        var count = 0
        for i in word.lowerBound..<word.upperBound - 1 {
            let first = Int((token[i] | 0x20) &- 97)
            let second = UInt32((token[i + 1] | 0x20) &- 97)
            if commonPairs[first] >> second & 1 == 0 { count += 1 }
        }
        // Several capitals are more often an acronym than chance: they count once.
        let isAcronym = token[word.lowerBound + 1] &- 65 < 26
        return isAcronym ? min(count, 1) : count
    }

    /// For each letter, which letters often follow it in English and in names of files and symbols.
    private static let commonPairs: InlineArray<26, UInt32> = [
        0x13e_bd4e, 0x016_4911, 0x01a_4d95, 0x014_4111, 0x0ae_b87d, 0x012_4931,
        0x006_6191, 0x002_4111, 0x22e_f87f, 0x000_0000, 0x004_0110, 0x11c_4919,
        0x004_d113, 0x03c_657d, 0x07e_fc4e, 0x01e_c911, 0x010_0000, 0x11e_7d5d,
        0x11c_c995, 0x11e_4991, 0x00e_b917, 0x000_0111, 0x000_0111, 0x008_8000,
        0x000_8000, 0x000_0010,
    ]
}
