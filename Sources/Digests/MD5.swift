// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// MD5, for what is defined by it: old password hashes, links that carry a digest.

internal import COpenSSL

/// An MD5 digest of bytes that come in pieces.
///
/// Spec: RFC 1321. It is broken as a signature; nothing new is to be built on it.
package struct MD5: ~Copyable {
    private var context = MD5_CTX()

    package init() { unsafe MD5_Init(&context) }

    /// How many bytes the digest has.
    package static var byteCount: Int { 16 }

    package mutating func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { part in
            _ = unsafe MD5_Update(&context, part.baseAddress, part.count)
        }
    }

    package mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

    package consuming func finish() -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Self.byteCount) { room, count in
            unsafe MD5_Final(room.baseAddress, &context)
            count = Self.byteCount
        }
    }
}
