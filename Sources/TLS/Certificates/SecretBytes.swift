// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Forgetting what was secret.

internal import COpenSSL

extension [UInt8] {
    /// Puts zeros in the place of what was there, where nobody else holds the same bytes.
    package mutating func wipe() {
        unsafe withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
    }
}
