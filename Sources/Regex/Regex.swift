// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Regular expressions over bytes, compiled when the configuration is loaded.
//
// Knows PCRE2 and nothing else; what a pattern is matched against is the caller's business.

internal import CPCRE2

/// Why a pattern does not compile.
package struct RegexError: Error, Sendable, Equatable {
    /// Where in the pattern, in bytes from its start.
    package let offset: Int
    /// What is wrong there, in PCRE2's words.
    package let message: String
}

/// A compiled regular expression.
///
/// Bytes, not characters, as in nginx: a pattern that wants UTF-8 says so itself with `(*UTF)`.
/// Immutable, hence shared by all threads; what changes during a match is in `RegexMatcher`.
@safe package final class Regex: Sendable {
    /// How many groups the pattern captures, the whole match not counted.
    package let captureCount: Int
    /// The named groups, in the order of their names.
    package let names: [(name: String, index: Int)]

    /// PCRE2's compiled code, which no function changes once it has been compiled.
    nonisolated(unsafe) let code: OpaquePointer

    /// Compiles a pattern, to machine code where the system allows that.
    package init(pattern: [UInt8], caseless: Bool = false) throws(RegexError) {
        var errorCode: CInt = 0
        var errorOffset = 0
        let options = caseless ? PCRE2_CASELESS : 0
        let compiled = unsafe pattern.withUnsafeBufferPointer { bytes in
            unsafe pcre2_compile_8(
                bytes.baseAddress, bytes.count, options, &errorCode, &errorOffset, nil)
        }
        guard let code = unsafe compiled else {
            throw RegexError(offset: errorOffset, message: Regex.message(of: errorCode))
        }
        // Where pages may not be made executable this fails, and matches are interpreted instead.
        _ = unsafe pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
        unsafe self.code = code
        unsafe captureCount = Int(Regex.number(PCRE2_INFO_CAPTURECOUNT, of: code))
        names = unsafe Regex.names(of: code)
    }

    deinit {
        unsafe pcre2_code_free_8(code)
    }

    private static func message(of code: CInt) -> String {
        var text = [UInt8](repeating: 0, count: 256)
        let length = unsafe text.withUnsafeMutableBufferPointer { buffer in
            unsafe pcre2_get_error_message_8(code, buffer.baseAddress, buffer.count)
        }
        return String(decoding: text.prefix(max(Int(length), 0)), as: UTF8.self)
    }

    private static func number(_ what: CInt, of code: OpaquePointer) -> UInt32 {
        var value: UInt32 = 0
        _ = unsafe pcre2_pattern_info_8(code, UInt32(what), &value)
        return value
    }

    /// Reads the table of names: rows of equal size, each two bytes of index and a C string.
    private static func names(of code: OpaquePointer) -> [(name: String, index: Int)] {
        let count = unsafe Int(number(PCRE2_INFO_NAMECOUNT, of: code))
        let size = unsafe Int(number(PCRE2_INFO_NAMEENTRYSIZE, of: code))
        var start: UnsafePointer<UInt8>?
        _ = unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMETABLE), &start)
        guard let start = unsafe start, count > 0, size > 2 else { return [] }
        let table = unsafe UnsafeBufferPointer(start: start, count: count * size)
        var names: [(name: String, index: Int)] = []
        for row in 0..<count {
            let entry = unsafe Array(table[row * size..<(row + 1) * size])
            let name = entry[2...].prefix { $0 != 0 }
            names.append(
                (String(decoding: name, as: UTF8.self), Int(entry[0]) << 8 | Int(entry[1])))
        }
        return names
    }
}

extension Regex {
    /// What PCRE2 says about itself, without the day on which it was released.
    package static var libraryVersion: String {
        var text = [UInt8](repeating: 0, count: 64)
        let length = unsafe text.withUnsafeMutableBytes { bytes in
            unsafe pcre2_config_8(UInt32(PCRE2_CONFIG_VERSION), bytes.baseAddress)
        }
        let version = text.prefix(max(Int(length) - 1, 0)).prefix { $0 != UInt8(ascii: " ") }
        return String(decoding: version, as: UTF8.self)
    }
}
