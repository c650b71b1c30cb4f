// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The credentials of the Basic scheme. Knows no passwords and checks none.

internal import Memory

/// What `Authorization: Basic …` says.
///
/// Spec: RFC 7617 §2.
package struct BasicCredentials: Sendable, Equatable {
    /// What stands before the first colon.
    package let user: [UInt8]
    /// What follows it.
    package let password: [UInt8]

    /// Reads the value of the field; nil when it is none of this scheme or is malformed.
    package init?(_ value: Span<UInt8>) {
        let scheme = Array("basic ".utf8)
        guard value.count > scheme.count,
            value.extracting(0..<scheme.count).equalsIgnoringCase(scheme.span)
        else { return nil }
        var start = scheme.count
        while start < value.count, value[start] == 32 { start += 1 }
        guard let decoded = Base64.decode(value.extracting(start..<value.count)),
            let colon = decoded.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        user = Array(decoded[..<colon])
        password = Array(decoded[(colon + 1)...])
    }
}
