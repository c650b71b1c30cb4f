// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The last part of a request line.

internal import HTTP
internal import Memory

/// Reads `HTTP/1.1` and the line end after it.
///
/// Spec: RFC 9112 §2.3, exactly one digit on each side of the dot. A later minor version is read as
///       1.1, the highest that we speak (RFC 9110 §2.5); a later major version is 505.
enum RequestVersion {
    static var byteCount: Int { 8 }

    @inline(__always)
    static func parse(
        _ bytes: Span<UInt8>, _ start: Int, _ limit: LineLimit, _ version: inout Version
    ) -> LineStep {
        let end = start &+ byteCount
        guard end < bytes.count else { return parseSlowly(bytes, start, limit, &version) }
        switch bytes.word(at: start) {
        case 0x312e_312f_5054_5448: version = .http11
        case 0x302e_312f_5054_5448: version = .http10
        default: return parseSlowly(bytes, start, limit, &version)
        }
        return FieldLine.lineEnd(bytes, end, limit, otherwise: .version)
    }

    /// The same byte by byte, for the bytes that are not yet there and for all other versions.
    private static func parseSlowly(
        _ bytes: Span<UInt8>, _ start: Int, _ limit: LineLimit, _ version: inout Version
    ) -> LineStep {
        let prefix: InlineArray<5, UInt8> = [0x48, 0x54, 0x54, 0x50, 0x2f]
        for i in 0..<5 {
            guard start &+ i < bytes.count else { return limit.wait(at: bytes.count) }
            guard bytes[start &+ i] == prefix[i] else {
                return limit.refuse(.version, at: start &+ i)
            }
        }
        for i in 5..<byteCount {
            guard start &+ i < bytes.count else { return limit.wait(at: bytes.count) }
            let byte = bytes[start &+ i]
            let isValid = i == 6 ? byte == UInt8(ascii: ".") : ByteClass.isDigit(byte)
            guard isValid else { return limit.refuse(.version, at: start &+ i) }
        }
        let end = start &+ byteCount
        guard end < bytes.count else { return limit.wait(at: bytes.count) }
        switch bytes[start &+ 5] {
        case UInt8(ascii: "0"): return limit.refuse(.version, at: end)
        case UInt8(ascii: "1"): break
        default: return limit.refuse(.unsupportedVersion, at: end)
        }
        version = bytes[start &+ 7] == UInt8(ascii: "0") ? .http10 : .http11
        return FieldLine.lineEnd(bytes, end, limit, otherwise: .version)
    }
}
