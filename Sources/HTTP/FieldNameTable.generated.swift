// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The table behind `FieldName.recognise`: the lower-case names as words, and where to look.
//
// The multiplier was found by trying random ones until no two names shared a slot.
// `FieldNameTests` proves every row against the spelling of its name.

internal import Memory

enum FieldNameTable {
    static var wordsPerName: Int { 3 }

    /// The first one to eight of `count` bytes as a little-endian word, the missing ones zero.
    @inline(__always)
    static func word(_ bytes: Span<UInt8>, at start: Int, count: Int) -> UInt64 {
        if start &+ 8 <= bytes.count {
            return bytes.word(at: start) & mask(count)
        }
        var word: UInt64 = 0
        for i in 0..<min(count, 8) { word |= UInt64(bytes[start &+ i]) &<< UInt64(8 &* i) }
        return word
    }

    /// The bits of the first `count` bytes of a word.
    @inline(__always)
    private static func mask(_ count: Int) -> UInt64 {
        count >= 8 ? .max : UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- 8 &* count)
    }

    /// The slot of a name by its first and last eight bytes and its length.
    @inline(__always)
    static func slot(first: UInt64, last: UInt64, count: Int) -> Int {
        let fold: UInt64 = 0x2020_2020_2020_2020
        let mask = mask(count)
        let key =
            ((first | fold) & mask) &+ ((last | fold) & mask) &* 3
            &+ UInt64(truncatingIfNeeded: count)
        return Int(truncatingIfNeeded: (key &* 0xb0b2_7d49_2e38_70dd) >> 56)
    }

    /// Whether a word of a name equals a lower-case one, letters without regard to case.
    @inline(__always)
    static func matches(_ word: UInt64, _ expected: UInt64) -> Bool {
        // 0x20 in each byte of `expected` that is a letter: of '-', digits and letters only the
        // letters have bit 0x40.
        let letters = (expected & 0x4040_4040_4040_4040) >> 1
        return (word ^ expected) & ~letters == 0
    }

    /// Three words a name, in the order of `FieldName`: its first eight bytes; the next eight of a
    /// name that has more than sixteen; the last eight of a name that has more than eight.
    static let words: InlineArray<192, UInt64> = [
        // other
        0x0000_0000_0000_0000, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Host
        0x0000_0000_7473_6f68, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Connection
        0x6974_6365_6e6e_6f63, 0x0000_0000_0000_0000, 0x6e6f_6974_6365_6e6e,
        // Content-Length
        0x2d74_6e65_746e_6f63, 0x0000_0000_0000_0000, 0x6874_676e_656c_2d74,
        // Transfer-Encoding
        0x7265_6673_6e61_7274, 0x6e69_646f_636e_652d, 0x676e_6964_6f63_6e65,
        // Expect
        0x0000_7463_6570_7865, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Upgrade
        0x0065_6461_7267_7075, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // TE
        0x0000_0000_0000_6574, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Trailer
        0x0072_656c_6961_7274, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Keep-Alive
        0x696c_612d_7065_656b, 0x0000_0000_0000_0000, 0x6576_696c_612d_7065,
        // Proxy-Connection
        0x6f63_2d79_786f_7270, 0x0000_0000_0000_0000, 0x6e6f_6974_6365_6e6e,
        // If-Match
        0x6863_7461_6d2d_6669, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // If-None-Match
        0x2d65_6e6f_6e2d_6669, 0x0000_0000_0000_0000, 0x6863_7461_6d2d_656e,
        // If-Modified-Since
        0x6669_646f_6d2d_6669, 0x636e_6973_2d64_6569, 0x6563_6e69_732d_6465,
        // If-Unmodified-Since
        0x646f_6d6e_752d_6669, 0x6973_2d64_6569_6669, 0x6563_6e69_732d_6465,
        // If-Range
        0x6567_6e61_722d_6669, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Range
        0x0000_0065_676e_6172, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Accept
        0x0000_7470_6563_6361, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Accept-Encoding
        0x652d_7470_6563_6361, 0x0000_0000_0000_0000, 0x676e_6964_6f63_6e65,
        // Accept-Language
        0x6c2d_7470_6563_6361, 0x0000_0000_0000_0000, 0x6567_6175_676e_616c,
        // Authorization
        0x7a69_726f_6874_7561, 0x0000_0000_0000_0000, 0x6e6f_6974_617a_6972,
        // Cookie
        0x0000_6569_6b6f_6f63, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // User-Agent
        0x6567_612d_7265_7375, 0x0000_0000_0000_0000, 0x746e_6567_612d_7265,
        // Referer
        0x0072_6572_6566_6572, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Origin
        0x0000_6e69_6769_726f, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // X-Forwarded-For
        0x7261_7772_6f66_2d78, 0x0000_0000_0000_0000, 0x726f_662d_6465_6472,
        // X-Forwarded-Proto
        0x7261_7772_6f66_2d78, 0x746f_7270_2d64_6564, 0x6f74_6f72_702d_6465,
        // X-Forwarded-Host
        0x7261_7772_6f66_2d78, 0x0000_0000_0000_0000, 0x7473_6f68_2d64_6564,
        // X-Real-IP
        0x692d_6c61_6572_2d78, 0x0000_0000_0000_0000, 0x7069_2d6c_6165_722d,
        // Content-Type
        0x2d74_6e65_746e_6f63, 0x0000_0000_0000_0000, 0x6570_7974_2d74_6e65,
        // Content-Encoding
        0x2d74_6e65_746e_6f63, 0x0000_0000_0000_0000, 0x676e_6964_6f63_6e65,
        // Content-Range
        0x2d74_6e65_746e_6f63, 0x0000_0000_0000_0000, 0x6567_6e61_722d_746e,
        // Date
        0x0000_0000_6574_6164, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Server
        0x0000_7265_7672_6573, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Location
        0x6e6f_6974_6163_6f6c, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Set-Cookie
        0x6b6f_6f63_2d74_6573, 0x0000_0000_0000_0000, 0x6569_6b6f_6f63_2d74,
        // ETag
        0x0000_0000_6761_7465, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Last-Modified
        0x646f_6d2d_7473_616c, 0x0000_0000_0000_0000, 0x6465_6966_6964_6f6d,
        // Cache-Control
        0x6f63_2d65_6863_6163, 0x0000_0000_0000_0000, 0x6c6f_7274_6e6f_632d,
        // Expires
        0x0073_6572_6970_7865, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Vary
        0x0000_0000_7972_6176, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // WWW-Authenticate
        0x6874_7561_2d77_7777, 0x0000_0000_0000_0000, 0x6574_6163_6974_6e65,
        // Via
        0x0000_0000_0061_6976, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Link
        0x0000_0000_6b6e_696c, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Refresh
        0x0068_7365_7266_6572, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Accept-Ranges
        0x722d_7470_6563_6361, 0x0000_0000_0000_0000, 0x7365_676e_6172_2d74,
        // Age
        0x0000_0000_0065_6761, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Allow
        0x0000_0077_6f6c_6c61, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Retry-After
        0x6661_2d79_7274_6572, 0x0000_0000_0000_0000, 0x7265_7466_612d_7972,
        // Proxy
        0x0000_0079_786f_7270, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Proxy-Authorization
        0x7561_2d79_786f_7270, 0x7461_7a69_726f_6874, 0x6e6f_6974_617a_6972,
        // Proxy-Authenticate
        0x7561_2d79_786f_7270, 0x6163_6974_6e65_6874, 0x6574_6163_6974_6e65,
        // Max-Forwards
        0x7772_6f66_2d78_616d, 0x0000_0000_0000_0000, 0x7364_7261_7772_6f66,
        // HTTP2-Settings
        0x6573_2d32_7074_7468, 0x0000_0000_0000_0000, 0x7367_6e69_7474_6573,
        // Forwarded
        0x6564_7261_7772_6f66, 0x0000_0000_0000_0000, 0x6465_6472_6177_726f,
        // Pragma
        0x0000_616d_6761_7270, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // X-Accel-Redirect
        0x2d6c_6563_6361_2d78, 0x0000_0000_0000_0000, 0x7463_6572_6964_6572,
        // X-Accel-Buffering
        0x2d6c_6563_6361_2d78, 0x6e69_7265_6666_7562, 0x676e_6972_6566_6675,
        // X-Accel-Expires
        0x2d6c_6563_6361_2d78, 0x0000_0000_0000_0000, 0x7365_7269_7078_652d,
        // X-Accel-Charset
        0x2d6c_6563_6361_2d78, 0x0000_0000_0000_0000, 0x7465_7372_6168_632d,
        // X-Accel-Limit-Rate
        0x2d6c_6563_6361_2d78, 0x6172_2d74_696d_696c, 0x6574_6172_2d74_696d,
        // X-Pad
        0x0000_0064_6170_2d78, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000,
        // Sec-Fetch-Dest
        0x6374_6566_2d63_6573, 0x0000_0000_0000_0000, 0x7473_6564_2d68_6374,
        // Sec-Fetch-Mode
        0x6374_6566_2d63_6573, 0x0000_0000_0000_0000, 0x6564_6f6d_2d68_6374,
    ]

    /// Byte counts, in the order of `FieldName`.
    static let counts: InlineArray<64, UInt8> = [
        0, 4, 10, 14, 17, 6, 7, 2, 7, 10, 16, 8, 13, 17, 19, 8, 5, 6, 15, 15, 13, 6, 10, 7, 6, 15,
        17, 16, 9, 12, 16, 13, 4, 6, 8, 10, 4, 13, 13, 7, 4, 16, 3, 4, 7, 13, 3, 5, 11, 5, 19, 18,
        12, 14, 9, 6, 16, 17, 15, 15, 18, 5, 14, 14,
    ]

    /// From a slot to a name; 0 where there is none.
    static let slots: InlineArray<256, UInt8> = [
        0, 0, 0, 4, 37, 0, 50, 0, 0, 0, 44, 0, 38, 0, 0, 0,
        0, 26, 0, 0, 13, 8, 0, 0, 0, 18, 0, 0, 62, 0, 0, 0,
        0, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 29, 0, 0, 0, 0,
        28, 5, 35, 0, 0, 0, 19, 0, 55, 1, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 58, 0, 0, 0, 0,
        22, 0, 7, 45, 0, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0,
        0, 0, 0, 0, 0, 54, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 43, 0, 52, 14, 0, 0, 0, 0, 0, 0, 0, 49,
        0, 31, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0,
        0, 0, 0, 42, 21, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 9, 61, 0, 0, 0, 0, 0, 0, 0, 11, 0, 0, 0,
        0, 24, 0, 0, 0, 0, 56, 10, 0, 0, 0, 51, 0, 57, 47, 20,
        0, 0, 0, 0, 16, 2, 0, 0, 36, 0, 0, 15, 0, 0, 0, 0,
        0, 53, 0, 12, 0, 3, 41, 0, 48, 46, 23, 30, 0, 39, 0, 0,
        0, 59, 0, 0, 33, 0, 27, 0, 0, 63, 0, 0, 0, 0, 0, 0,
        0, 32, 34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]
}
