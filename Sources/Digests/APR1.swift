// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The hash that htpasswd makes unless it is told otherwise. crypt(3) does not know it.

/// A thousand rounds of MD5 over a password and its salt: BSD's `$1$` under the name `$apr1$`.
enum APR1 {
    private static let mark = Array("$apr1$".utf8)
    private static let digits = Array(
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Hashes a password with the salt of a hash that begins with the mark.
    ///
    /// - Returns: mark, salt, `$`, and 22 digits.
    static func hash(_ password: [UInt8], _ text: [UInt8]) -> [UInt8] {
        let salt = Array(text.dropFirst(mark.count).prefix(saltLimit).prefix { $0 != dollar })
        var sum = first(password, salt)
        for round in 0..<roundCount {
            // One bit, a third and a seventh of the rounds decide what is mixed in.
            var digest = MD5()
            digest.update(round & 1 == 1 ? password : sum)
            if round % 3 != 0 { digest.update(salt) }
            if round % 7 != 0 { digest.update(password) }
            digest.update(round & 1 == 1 ? sum : password)
            sum = digest.finish()
        }
        return mark + salt + [dollar] + written(sum)
    }

    private static var dollar: UInt8 { UInt8(ascii: "$") }
    private static var saltLimit: Int { 8 }
    private static var roundCount: Int { 1000 }

    /// What the rounds begin with.
    private static func first(_ password: [UInt8], _ salt: [UInt8]) -> [UInt8] {
        var inner = MD5()
        inner.update(password)
        inner.update(salt)
        inner.update(password)
        let mixed = inner.finish()
        var digest = MD5()
        digest.update(password)
        digest.update(mark)
        digest.update(salt)
        var remaining = password.count
        while remaining > 0 {
            digest.update(mixed.span.extracting(0..<min(remaining, MD5.byteCount)))
            remaining -= MD5.byteCount
        }
        // For each bit of the length, lowest first: a zero byte, or the first of the password.
        var length = password.count
        while length > 0 {
            digest.update(length & 1 == 1 ? [0] : [password[0]])
            length >>= 1
        }
        return digest.finish()
    }

    /// The digest as digits of six bits, lowest first, in the order of the scheme.
    private static func written(_ sum: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        func append(_ value: UInt32, digitCount: Int) {
            var rest = value
            for _ in 0..<digitCount {
                text.append(digits[Int(rest & 0x3F)])
                rest >>= 6
            }
        }
        for group in [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)] {
            let value = UInt32(sum[group.0]) << 16 | UInt32(sum[group.1]) << 8
            append(value | UInt32(sum[group.2]), digitCount: 4)
        }
        append(UInt32(sum[11]), digitCount: 2)
        return text
    }
}
