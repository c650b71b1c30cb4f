// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The check sum by which hashed requests find their peers.

/// The CRC-32 of zlib and Ethernet.
///
/// Why: others count the same way. Where a request goes must not change when a server is replaced.
struct CRC32: BitwiseCopyable, Sendable {
    private var register: UInt32 = .max

    /// The sum of what was added.
    var value: UInt32 { ~register }

    mutating func add(_ byte: UInt8) {
        register = Self.table[Int(UInt8(truncatingIfNeeded: register) ^ byte)] ^ (register >> 8)
    }

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { add(byte) }
    }

    private static let table: [UInt32] = (0..<256).map { number in
        (0..<8).reduce(UInt32(number)) { value, _ in
            value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
        }
    }
}
