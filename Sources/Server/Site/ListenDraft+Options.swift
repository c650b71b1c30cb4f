// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads the options of `listen`.

internal import Configuration
internal import OS

extension ListenDraft {
    /// Reads one argument behind the address.
    mutating func take(_ invocation: inout Invocation, _ index: Int) throws(Diagnostic) {
        if let (name, value) = invocation.parameter(index) {
            return try take(name, value, &invocation, index)
        }
        switch invocation.text(index) {
        case "default_server", "default": isDefault = true
        case "proxy_protocol": protocols.insert(.proxyHeader)
        case "bind": hasOptions = true
        case "udp" where invocation.context == .streamServer: options.isDatagram = true
        case "reuseport": set { $0.reusePort = true }
        case "deferred": set { $0.isDeferred = true }
        case "multipath": set { $0.isMultipath = true }
        case "ssl": protocols.insert(.tls)
        case "http2" where invocation.context != .streamServer:
            protocols.insert(.http2)
            invocation.warn(
                at: index,
                "the \"listen ... http2\" directive is deprecated, use the \"http2\" directive "
                    + "instead")
        case "http2", "spdy": throw Self.unsupported("HTTP/2", invocation, index)
        case "quic", "http3": throw Self.unsupported("QUIC", invocation, index)
        default: throw Self.invalid(invocation, index)
        }
    }

    private mutating func set(_ change: (inout ListenerOptions) -> Void) {
        change(&options)
        hasOptions = true
    }

    private mutating func take(
        _ name: String, _ value: [UInt8], _ invocation: inout Invocation, _ index: Int
    ) throws(Diagnostic) {
        switch name {
        case "backlog":
            let backlog = try Self.number(value, name, invocation, index)
            guard backlog > 0 else { throw Self.invalid(name, invocation, index) }
            set { $0.backlog = backlog }
        case "fastopen":
            let limit = try Self.number(value, name, invocation, index)
            set { $0.fastOpenLimit = limit }
        case "rcvbuf":
            let size = try Self.size(value, name, invocation, index)
            set { $0.receiveBufferSize = size }
        case "sndbuf":
            let size = try Self.size(value, name, invocation, index)
            set { $0.sendBufferSize = size }
        case "ipv6only":
            switch String(decoding: value, as: UTF8.self) {
            case "on": set { $0.ipv6Only = true }
            case "off": set { $0.ipv6Only = false }
            default:
                throw invocation.error(
                    at: index, "invalid ipv6only flags \"\(invocation.text(index))\"",
                    expected: "expected ipv6only=on or ipv6only=off")
            }
        case "so_keepalive":
            let keepAlive = try Self.keepAlive(value, invocation, index)
            set { $0.keepAlive = keepAlive }
        // Spec: nginx on Linux: a filter is told and ignored, a routing table is no parameter.
        case "accept_filter":
            invocation.warn(
                at: index,
                "accept filters \"\(invocation.text(index))\" are not supported on this platform, "
                    + "ignored")
        default: throw Self.invalid(invocation, index)
        }
    }

    // MARK: Values

    private static func number(
        _ value: [UInt8], _ name: String, _ invocation: Invocation, _ index: Int
    ) throws(Diagnostic) -> Int32 {
        guard let number = ValueSyntax.integer(value[...]).flatMap({ Int32(exactly: $0) }) else {
            throw invalid(name, invocation, index)
        }
        return number
    }

    private static func size(
        _ value: [UInt8], _ name: String, _ invocation: Invocation, _ index: Int
    ) throws(Diagnostic) -> Int32 {
        guard let size = ValueSyntax.size(value).flatMap({ Int32(exactly: $0) }) else {
            throw invalid(name, invocation, index)
        }
        return size
    }

    /// Reads "on", "off" or "idle:interval:count", of which any but not all may be missing.
    private static func keepAlive(
        _ value: [UInt8], _ invocation: Invocation, _ index: Int
    ) throws(Diagnostic) -> ListenerOptions.KeepAlive {
        switch String(decoding: value, as: UTF8.self) {
        case "on": return ListenerOptions.KeepAlive(isOn: true)
        case "off": return ListenerOptions.KeepAlive(isOn: false)
        default: break
        }
        let parts = value.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var numbers: [Int32] = [0, 0, 0]
        for (place, part) in parts.enumerated() where !part.isEmpty {
            let number =
                place < 2 ? ValueSyntax.seconds(Array(part)) : ValueSyntax.integer(part)
            guard place < 3, let number = number.flatMap({ Int32(exactly: $0) }) else {
                numbers = []
                break
            }
            numbers[place] = number
        }
        guard numbers.contains(where: { $0 > 0 }), parts.count <= 3 else {
            throw invocation.error(
                at: index,
                "invalid so_keepalive value: \"\(String(decoding: value, as: UTF8.self))\"",
                expected: "expected on, off or idle:interval:count such as 30m::10")
        }
        var keepAlive = ListenerOptions.KeepAlive(isOn: true)
        (keepAlive.idleTime, keepAlive.interval) = (numbers[0], numbers[1])
        keepAlive.probeCount = numbers[2]
        return keepAlive
    }

    // MARK: Messages

    private static func invalid(
        _ name: String, _ invocation: Invocation, _ index: Int
    ) -> Diagnostic {
        invocation.error(at: index, "invalid \(name) \"\(invocation.text(index))\"")
    }

    private static func unsupported(
        _ what: String, _ invocation: Invocation, _ index: Int
    ) -> Diagnostic {
        invocation.error(
            at: index, "\"\(invocation.text(index))\" of \"listen\" is not supported yet",
            expected: "\(what) is still to come")
    }

    private static func invalid(_ invocation: Invocation, _ index: Int) -> Diagnostic {
        invocation.invalidParameter(
            at: index,
            expected: closestName(to: invocation.bytes(index), among: words)
                .map { "did you mean `\($0)`?" } ?? "")
    }

    private static let words = [
        "default_server", "reuseport", "backlog=511", "ipv6only=on", "ipv6only=off", "deferred",
        "bind", "proxy_protocol", "ssl", "so_keepalive=on", "so_keepalive=off", "multipath",
        "rcvbuf=64k", "sndbuf=64k", "fastopen=5",
    ]
}
