// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which names may be asked for. Pure.

/// A host name in the form in which it is asked for and remembered.
///
/// Spec: RFC 1035 §2.3.4 for the sizes. Letters, digits, '-' and '_' alone: everything else has a
///       meaning to somebody on the way (escapes, lists, paths) and none in a host name.
struct QueryName: Hashable {
    /// In lower case, without NUL; a final dot, which forbids search domains, is kept.
    let bytes: [UInt8]

    init?(_ name: [UInt8]) {
        let isAbsolute = name.last == UInt8(ascii: ".")
        let count = isAbsolute ? name.count - 1 : name.count
        guard (1...Self.byteLimit).contains(count) else { return nil }
        var labelCount = 0
        var hasUpperCase = false
        for byte in name[..<count] {
            if byte == UInt8(ascii: ".") {
                guard labelCount > 0 else { return nil }
                labelCount = 0
                continue
            }
            guard Self.isAllowed(byte), labelCount < Self.labelByteLimit else { return nil }
            labelCount += 1
            if Self.isUpperCase(byte) { hasUpperCase = true }
        }
        guard labelCount > 0 else { return nil }
        bytes = hasUpperCase ? name.map { Self.isUpperCase($0) ? $0 | 0x20 : $0 } : name
    }

    /// Whether the name means this machine, and nobody is to be asked.
    ///
    /// Spec: RFC 6761 §6.3: "localhost" and everything below it.
    var isLocalhost: Bool {
        let name = bytes.last == UInt8(ascii: ".") ? bytes.dropLast() : bytes[...]
        let local = "localhost".utf8
        return name.elementsEqual(local)
            || name.count > local.count
                && name.suffix(local.count + 1).elementsEqual(".localhost".utf8)
    }

    private static var byteLimit: Int { 253 }
    private static var labelByteLimit: Int { 63 }

    private static func isUpperCase(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
