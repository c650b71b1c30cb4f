// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads the arguments of `listen`.

internal import Configuration
internal import Memory
internal import OS

extension ListenDraft {
    /// Reads addresses and options; a range of ports gives several.
    ///
    /// - Parameter resolve: finds the addresses of a name, of which there may be several, too.
    static func read(
        _ invocation: inout Invocation, resolve: ([UInt8]) -> [CompactAddress]
    ) throws(Diagnostic) -> [ListenDraft] {
        var drafts = try addresses(invocation, resolve).map {
            ListenDraft(address: $0, location: invocation.arguments[0].location)
        }
        for index in invocation.arguments.indices.dropFirst() {
            for draft in drafts.indices { try drafts[draft].take(&invocation, index) }
        }
        for draft in drafts { try draft.checkDatagrams(invocation) }
        return drafts
    }

    /// Refuses what only connections can have.
    private func checkDatagrams(_ invocation: Invocation) throws(Diagnostic) {
        guard options.isDatagram else { return }
        let conflicts = [
            ("ssl", protocols.contains(.tls)),
            ("proxy_protocol", protocols.contains(.proxyHeader)),
            ("so_keepalive", options.keepAlive != nil),
            ("backlog", options.backlog != ListenerOptions().backlog),
            ("deferred", options.isDeferred), ("fastopen", options.fastOpenLimit != nil),
            ("multipath", options.isMultipath),
        ]
        for (name, isGiven) in conflicts where isGiven {
            throw invocation.error("\"\(name)\" parameter is incompatible with \"udp\"")
        }
        if case .unix = address {
            throw invocation.error(
                at: 0, "datagrams of unix sockets are not supported",
                expected: "expected a port or address:port")
        }
    }

    // MARK: Addresses

    private static func addresses(
        _ invocation: Invocation, _ resolve: ([UInt8]) -> [CompactAddress]
    ) throws(Diagnostic) -> [SocketAddress] {
        let text = try invocation.constant(0)
        if text.starts(with: Array("unix:".utf8)) {
            guard let address = SocketAddress(parsing: text.span) else {
                throw flaw(invocation, "invalid unix domain socket")
            }
            return [address]
        }
        let (host, ports) = try split(text, invocation)
        let found = try addresses(host, resolve, invocation)
        return ports.flatMap { port in found.map { .ip($0.with(port: port)) } }
    }

    /// Cuts `host:port`, `host` and `port`.
    private static func split(
        _ text: [UInt8], _ invocation: Invocation
    ) throws(Diagnostic) -> (host: [UInt8], ports: ClosedRange<UInt16>) {
        let isBracketed = text.first == UInt8(ascii: "[")
        let start = isBracketed ? text.firstIndex(of: UInt8(ascii: "]")) ?? text.endIndex : 0
        if let colon = text[start...].lastIndex(of: UInt8(ascii: ":")) {
            let ports = try portRange(text[(colon + 1)...], invocation)
            return (Array(text[..<colon]), ports)
        }
        let isNumber =
            !isBracketed
            && text.allSatisfy { isDigit($0) || $0 == UInt8(ascii: "-") }
        if isNumber { return ([UInt8(ascii: "*")], try portRange(text[...], invocation)) }
        return (text, 80...80)
    }

    private static func portRange(
        _ text: ArraySlice<UInt8>, _ invocation: Invocation
    ) throws(Diagnostic) -> ClosedRange<UInt16> {
        let parts = text.split(
            separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
        let ports = parts.map { CompactAddress.parsePort(Array($0).span) }
        guard let first = ports.first ?? nil, let last = ports.last ?? nil, first <= last else {
            throw flaw(invocation, "invalid port")
        }
        return first...last
    }

    private static func addresses(
        _ host: [UInt8], _ resolve: ([UInt8]) -> [CompactAddress], _ invocation: Invocation
    ) throws(Diagnostic) -> [CompactAddress] {
        switch String(decoding: host, as: UTF8.self) {
        case "*": return [CompactAddress(ipv4: 0, port: 0)]
        case "localhost": return [CompactAddress(ipv4: 0x7F00_0001, port: 0)]
        default: break
        }
        if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") {
            let inner = Array(host.dropFirst().dropLast())
            guard let address = CompactAddress(parsingIPv6: inner.span, port: 0) else {
                throw flaw(invocation, "invalid IPv6 address")
            }
            return [address]
        }
        if let address = CompactAddress(parsingIPv4: host.span, port: 0) { return [address] }
        guard !host.isEmpty else { throw flaw(invocation, "no host") }
        let found = resolve(host)
        guard !found.isEmpty else { throw flaw(invocation, "host not found") }
        return found
    }

    private static func flaw(_ invocation: Invocation, _ message: String) -> Diagnostic {
        invocation.error(
            at: 0, "\(message) in \"\(invocation.text(0))\" of the \"listen\" directive",
            expected: "expected a port, address:port, [::]:port or unix:/path")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
