// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Bytes that nobody can guess.

internal import CShims

package enum Random {
    /// So many bytes from the kernel's generator.
    package static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = unsafe bytes.withUnsafeMutableBytes {
            unsafe cshims_random($0.baseAddress, $0.count)
        }
        // Only a kernel older than getrandom fails, and going on with zeros would be worse.
        precondition(result == 0, "the kernel gives no random bytes")
        return bytes
    }

    package static func number() -> UInt64 {
        bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
