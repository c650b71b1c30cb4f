// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What an exchange tells those who choose its peer.

internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Collects what the choice of a peer depends on, once for all tries.
    mutating func prepareChoice(_ services: inout Services) {
        switch services.groups[proxy.group].key {
        case .none: break
        case .address: proxy.choice.key = facts.address.hashedBytes
        case .template(let template):
            let key = evaluate(template, &services)
            proxy.choice.key = copy(key)
        }
        if let sticky = services.groups[proxy.group].sticky { prepareWish(sticky, &services) }
    }
}

extension CompactAddress {
    /// What of a client's address `ip_hash` looks at.
    ///
    /// Spec: nginx: the network of an IPv4 address, all of an IPv6 address, and something else for
    ///       all others.
    var hashedBytes: [UInt8] {
        switch family {
        case .ipv4: binary.dropLast()
        case .ipv6: binary
        case .unix: [0, 0, 0]
        }
    }
}
