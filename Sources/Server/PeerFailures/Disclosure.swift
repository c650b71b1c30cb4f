// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Who is told what only those who build the site should know.

internal import HTTP
internal import OS

/// Who is told details of a failure, or how long each step took.
enum Disclosure: UInt8, BitwiseCopyable, Sendable {
    case nobody
    /// Clients on this machine that ask by themselves.
    case local
    case everybody
}

extension Exchange {
    /// Whether this client may be told.
    ///
    /// Spec: security: a proxy on this machine asks for others, and says so in fields that a client
    ///       of its own cannot keep from it.
    func mayTell(_ disclosure: Disclosure) -> Bool {
        switch disclosure {
        case .nobody: return false
        case .everybody: return true
        case .local:
            let forwarding: [FieldName] = [.xForwardedFor, .forwarded, .via, .xRealIP]
            return proxyHeader == nil && (connectionAddress ?? facts.address).isLoopback
                && !forwarding.contains { head.fields.contains($0) }
        }
    }
}

extension CompactAddress {
    /// Whether it is of this very machine.
    fileprivate var isLoopback: Bool {
        switch family {
        case .unix: true
        case .ipv4: low >> 24 == 127
        case .ipv6: high == 0 && (low == 1 || low >> 24 == 0xFF_FF7F)
        }
    }
}
