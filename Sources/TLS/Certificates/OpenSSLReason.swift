// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What OpenSSL has to say about a failure, in a few words.

internal import COpenSSL

/// The reason of the last failure.
enum OpenSSLReason {
    /// The oldest of what is left, which is the cause; nothing is left behind it.
    static var last: String {
        defer { ERR_clear_error() }
        return text(of: ERR_peek_error())
    }

    /// The words for a number, such as "key values mismatch".
    static func text(of code: UInt) -> String {
        guard code != 0, let reason = unsafe ERR_reason_error_string(code) else {
            return "unknown error"
        }
        return unsafe String(cString: reason)
    }
}
