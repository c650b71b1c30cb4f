// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// SHA-1, for what is defined by it, and SHA-256.

internal import COpenSSL

/// A SHA-1 digest of bytes that come in pieces.
///
/// Spec: FIPS 180-4. It is broken as a signature; nothing new is to be built on it.
package struct SHA1: ~Copyable {
    private var context = SHA_CTX()

    package init() { unsafe SHA1_Init(&context) }

    /// How many bytes the digest has.
    package static var byteCount: Int { 20 }

    package mutating func update(_ bytes: [UInt8]) {
        unsafe bytes.span.withUnsafeBytes { part in
            _ = unsafe SHA1_Update(&context, part.baseAddress, part.count)
        }
    }

    package consuming func finish() -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Self.byteCount) { room, count in
            unsafe SHA1_Final(room.baseAddress, &context)
            count = Self.byteCount
        }
    }
}

/// A SHA-256 digest of bytes that come in pieces.
///
/// Spec: FIPS 180-4.
package struct SHA256: ~Copyable {
    private var context = SHA256_CTX()

    package init() { unsafe SHA256_Init(&context) }

    /// How many bytes the digest has.
    package static var byteCount: Int { 32 }

    package mutating func update(_ bytes: [UInt8]) {
        unsafe bytes.span.withUnsafeBytes { part in
            _ = unsafe SHA256_Update(&context, part.baseAddress, part.count)
        }
    }

    package consuming func finish() -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Self.byteCount) { room, count in
            unsafe SHA256_Final(room.baseAddress, &context)
            count = Self.byteCount
        }
    }
}
