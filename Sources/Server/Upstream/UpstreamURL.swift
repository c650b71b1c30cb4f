// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The addresses of peers, as directives write them.

internal import Memory
internal import OS

/// How a peer is spoken to.
enum PeerScheme: Equatable {
    case http
    case https

    /// The scheme that an address begins with, in any case.
    init?(of address: [UInt8]) {
        let text = address.span
        if text.count >= 7, text.extracting(0..<7).equalsIgnoringCase("http://") {
            self = .http
        } else if text.count >= 8, text.extracting(0..<8).equalsIgnoringCase("https://") {
            self = .https
        } else {
            return nil
        }
    }

    /// What addresses begin with.
    var text: StaticString {
        switch self {
        case .http: "http://"
        case .https: "https://"
        }
    }

    /// The port that need not be written.
    var port: UInt16 {
        switch self {
        case .http: 80
        case .https: 443
        }
    }
}

/// What follows `http://` in a `proxy_pass`, or stands in a `server` of an `upstream`.
struct UpstreamURL: Sendable, Equatable {
    /// Who is meant.
    enum Host: Sendable, Equatable {
        /// The path of a Unix socket.
        case unix([UInt8])
        /// A literal address.
        case address(SocketAddress)
        /// A name, in lower case: of an `upstream`, or to be resolved.
        case name([UInt8])
    }

    /// Why a text is no address, in nginx's words.
    struct Flaw: Error, Equatable {
        let message: String
    }

    let host: Host
    /// The host as written, with brackets around an IPv6 address.
    let hostText: [UInt8]
    /// The port, if it is written.
    let port: UInt16?
    /// What follows host and port; nil when nothing does.
    let path: [UInt8]?

    /// The port that is meant when none is written.
    let defaultPort: UInt16

    /// Reads `host[:port][/path]` or `unix:/socket[:/path]`.
    init(parsing text: [UInt8], defaultPort: UInt16 = 80) throws(Flaw) {
        let scheme = Array("unix:".utf8)
        if text.starts(with: scheme) {
            try self.init(unix: text[scheme.count...], defaultPort)
        } else {
            try self.init(inet: text, defaultPort)
        }
    }

    private init(unix text: ArraySlice<UInt8>, _ defaultPort: UInt16) throws(Flaw) {
        self.defaultPort = defaultPort
        let end = text.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
        let socket = Array(text[..<end])
        guard !socket.isEmpty else { throw Flaw(message: "no path in the unix domain socket") }
        guard socket.count <= SocketAddress.unixPathByteLimit else {
            throw Flaw(message: "too long path in the unix domain socket")
        }
        host = .unix(socket)
        hostText = Array("localhost".utf8)
        port = nil
        let rest = text[end...].dropFirst()
        path = rest.isEmpty ? nil : Array(rest)
    }

    private init(inet text: [UInt8], _ defaultPort: UInt16) throws(Flaw) {
        self.defaultPort = defaultPort
        let end = text.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
        let authority = text[..<(end ?? text.endIndex)]
        path = end.map { end in
            // A query alone belongs to the path of the root.
            let rest = Array(text[end...])
            return rest.first == UInt8(ascii: "?") ? [UInt8(ascii: "/")] + rest : rest
        }
        let bracket = authority.lastIndex(of: UInt8(ascii: "]"))
        let isLiteral = authority.first == UInt8(ascii: "[") && bracket != nil
        let rest = isLiteral ? authority[((bracket ?? 0) + 1)...] : authority
        let colon = rest.lastIndex(of: UInt8(ascii: ":"))
        let hostText = Array(authority[..<(colon ?? authority.endIndex)])
        self.hostText = hostText
        guard !hostText.isEmpty else { throw Flaw(message: "no host") }
        if let colon {
            let digits = Array(authority[(colon + 1)...])
            guard let number = CompactAddress.parsePort(digits.span) else {
                throw Flaw(message: "invalid port")
            }
            port = number
        } else {
            port = nil
        }
        let number = port ?? defaultPort
        if isLiteral {
            let inner = Array(hostText.dropFirst().dropLast())
            guard hostText.last == UInt8(ascii: "]"),
                let address = CompactAddress(parsingIPv6: inner.span, port: number)
            else { throw Flaw(message: "invalid IPv6 address") }
            host = .address(.ip(address))
        } else if let address = CompactAddress(parsingIPv4: hostText.span, port: number) {
            host = .address(.ip(address))
        } else {
            guard hostText.allSatisfy({ Self.isNameByte($0) }) else {
                throw Flaw(message: "invalid host")
            }
            host = .name(hostText.map(\.asciiLowercased))
        }
    }

    /// Names of upstreams are freer than those of hosts.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: ":") && byte != UInt8(ascii: "@")
            && byte != UInt8(ascii: "\\")
    }

    /// The port, written or not.
    var effectivePort: UInt16 { port ?? defaultPort }

    /// Where a peer with this address is.
    var target: PeerTarget {
        switch host {
        case .unix(let path): .address(.unix(path: path))
        case .address(let address): .address(address)
        case .name(let name): .name(host: name, port: effectivePort)
        }
    }

    /// The address as `$upstream_addr` says it.
    var peerName: [UInt8] {
        switch host {
        case .unix(let path): Array("unix:".utf8) + path
        case .address(let address): address.text
        case .name(let name): name + Array(":\(effectivePort)".utf8)
        }
    }

    /// What `$proxy_host` and, unless it is set, `Host` say: without the port that is usual.
    var authorityText: [UInt8] {
        if let port, port != defaultPort { return hostText + Array(":\(port)".utf8) }
        return hostText
    }
}
