// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about proxies in front of us.

internal import Configuration
internal import Memory
internal import OS

/// The rows of client addresses.
enum ClientAddressDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "set_real_ip_from", in: .httpServerLocation, .exactly(1),
            syntax: "address | network | name | unix:", repeats: true,
            summary: """
                A proxy in front of this server that is believed when it tells the address of the \
                client.
                """
        ) { level, invocation in
            try level.trust(&invocation)
        },
        .simple(
            "real_ip_header", in: .httpServerLocation, .exactly(1),
            syntax: "field | X-Real-IP | X-Forwarded-For | proxy_protocol", default: "X-Real-IP",
            summary: """
                Where proxies that are believed tell the address of the client: in a field, or \
                in the header of the PROXY protocol.
                """
        ) { level, invocation in
            level.settings.clientAddress.header =
                switch invocation.text(0) {
                case "X-Real-IP": .realIP
                case "X-Forwarded-For": .forwardedFor
                case "proxy_protocol": .proxyProtocol
                default: .field(invocation.bytes(0).map(\.asciiLowercased))
                }
        },
        .simple(
            "real_ip_recursive", in: .httpServerLocation, .flag, default: "off",
            summary: """
                Whether the last address that is not one of the proxies is taken, instead of the \
                last one.
                """
        ) { $0.settings.clientAddress.isRecursive = try $1.flag() },
    ]
}

extension LevelDraft {
    /// Reads the argument of `set_real_ip_from`.
    fileprivate mutating func trust(_ invocation: inout Invocation) throws(Diagnostic) {
        let word = invocation.arguments[0]
        if word.equals("unix:") {
            settings.clientAddress.trusted.append(.unix, at: level)
            return
        }
        var hasLowBits = false
        if let block = AddressBlock(parsing: word.bytes.span, hasLowBits: &hasLowBits) {
            if hasLowBits {
                invocation.warn(at: 0, "low address bits of \(word.text) are meaningless")
            }
            settings.clientAddress.trusted.append(block, at: level)
            return
        }
        let addresses = site.resolve(word.bytes)
        guard !addresses.isEmpty else {
            throw invocation.error(
                at: 0, "host not found in set_real_ip_from \"\(word.text)\"",
                expected: "expected an address, a network such as 192.0.2.0/24, a name or unix:")
        }
        for address in addresses {
            settings.clientAddress.trusted.append(AddressBlock(address), at: level)
        }
    }
}
