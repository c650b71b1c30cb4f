// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// crypt(3). The only file that calls the library.

internal import CCrypt

/// The password hashes of the system.
enum Crypt {
    /// Hashes a password as a known hash was made; nil when that is of no kind that is known.
    ///
    /// Neither may have a zero byte in it.
    static func hash(_ password: [UInt8], _ known: [UInt8]) -> [UInt8]? {
        let size = Int(ccrypt_data_size)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        defer {
            // The memory has seen the password.
            unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
            unsafe memory.deallocate()
        }
        return unsafe terminated(password).withUnsafeBufferPointer { password in
            unsafe terminated(known).withUnsafeBufferPointer { known -> [UInt8]? in
                guard
                    let result = unsafe crypt_rn(
                        password.baseAddress, known.baseAddress, memory, Int32(clamping: size))
                else { return nil }
                return unsafe Array(String(cString: result).utf8)
            }
        }
    }

    /// The bytes as C wants them.
    private static func terminated(_ bytes: [UInt8]) -> [CChar] {
        bytes.map { CChar(bitPattern: $0) } + [0]
    }
}

/// What libxcrypt says about itself.
package enum CryptLibrary {
    package static var version: String { XCRYPT_VERSION_STR }
}
