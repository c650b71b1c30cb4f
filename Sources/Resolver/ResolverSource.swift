// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Whom to ask for names, as the directive `resolver` says. Pure.

package import OS

/// Name servers that are asked for names as they stand: no hosts file, no search domains.
///
/// Spec: nginx `resolver`.
package struct ResolverSource: Hashable, Sendable {
    /// Asked one after the other, beginning with the one that answered last.
    package var servers: [SocketAddress]
    /// What replaces the TTL of every answer (`valid=`); nil to believe it.
    ///
    /// Units: milliseconds.
    package var validity: Int64?
    /// Which addresses are asked for (`ipv4=`, `ipv6=`).
    package var families: AddressFamilies

    package init(
        servers: [SocketAddress], validity: Int64? = nil, families: AddressFamilies = .both
    ) {
        self.servers = servers
        self.validity = validity
        self.families = families
    }

    /// The port of DNS.
    package static var defaultPort: UInt16 { 53 }
}

/// Kinds of addresses.
package struct AddressFamilies: OptionSet, Hashable, BitwiseCopyable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let ipv4 = AddressFamilies(rawValue: 1)
    package static let ipv6 = AddressFamilies(rawValue: 2)
    package static let both: AddressFamilies = [.ipv4, .ipv6]
}
