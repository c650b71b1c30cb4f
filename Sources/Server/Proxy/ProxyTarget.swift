// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The address of a `proxy_pass`, taken apart.

internal import Memory
internal import OS

/// `http://host[:port][/path]` or `http://unix:/path[:/path]`.
///
/// Spec: nginx `proxy_pass`.
struct ProxyTarget: Sendable, Equatable {
    /// What `$proxy_host` says: as written, without a port of 80.
    var host: [UInt8]
    var port: Int
    /// The path and all that follows it; nil when there is none.
    var path: [UInt8]?
    /// The path of the socket, when it is one.
    var socket: [UInt8]?

    /// Takes an address apart; nil when it is none.
    init?(parsing address: [UInt8]) {
        let scheme = Array("http://".utf8)
        guard address.count > scheme.count,
            address.prefix(scheme.count).map(\.asciiLowercased) == scheme
        else { return nil }
        let rest = Array(address[scheme.count...])
        if rest.starts(with: Array("unix:".utf8)) {
            self.init(socket: Array(rest[5...]))
        } else {
            self.init(authority: rest)
        }
    }

    private init?(socket rest: [UInt8]) {
        let end = rest.firstIndex(of: UInt8(ascii: ":"))
        let socket = Array(rest[..<(end ?? rest.count)])
        guard !socket.isEmpty else { return nil }
        self.socket = socket
        host = Array("localhost".utf8)
        port = 0
        path = end.flatMap { $0 + 1 < rest.count ? Array(rest[($0 + 1)...]) : nil }
    }

    private init?(authority rest: [UInt8]) {
        let slash = UInt8(ascii: "/")
        let question = UInt8(ascii: "?")
        let end = rest.firstIndex { $0 == slash || $0 == question } ?? rest.count
        host = Array(rest[..<end])
        guard !host.isEmpty else { return nil }
        path = end < rest.count ? Array(rest[end...]) : nil
        if rest.count > end, rest[end] == question { path = [slash] + (path ?? []) }
        socket = nil
        port = 80
        let nameEnd = host.last == UInt8(ascii: "]") ? nil : host.lastIndex(of: UInt8(ascii: ":"))
        if let colon = nameEnd {
            guard let number = Self.port(host[(colon + 1)...]) else { return nil }
            port = number
            if number == 80 { host = Array(host[..<colon]) }
        }
    }

    private static func port(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= 5 else { return nil }
        var number = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39 else { return nil }
            number = number * 10 + Int(digit - 0x30)
        }
        return number > 0 && number <= 65_535 ? number : nil
    }

    /// The host without its port.
    private var name: [UInt8] {
        guard host.last != UInt8(ascii: "]"), let colon = host.lastIndex(of: UInt8(ascii: ":"))
        else { return host }
        return Array(host[..<colon])
    }

    /// Where the peer is.
    var peer: PeerTarget {
        if let socket { return .address(.unix(path: socket)) }
        var text = name + [UInt8(ascii: ":")]
        text += Array("\(port)".utf8)
        if let address = SocketAddress(parsing: text.span) { return .address(address) }
        return .name(host: name, port: UInt16(clamping: port))
    }

    /// What `$upstream_addr` says.
    var peerName: [UInt8] {
        if let socket { return Array("unix:".utf8) + socket }
        return name + Array(":\(port)".utf8)
    }
}
