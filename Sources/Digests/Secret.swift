// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Comparing what must not be guessed.

internal import COpenSSL

/// Values that only the right ones may know.
package enum Secret {
    /// Whether two are equal, found out in a time that only depends on how long they are.
    package static func isEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        return unsafe one.span.withUnsafeBytes { one in
            unsafe other.span.withUnsafeBytes { other in
                unsafe CRYPTO_memcmp(one.baseAddress, other.baseAddress, one.count) == 0
            }
        }
    }
}
