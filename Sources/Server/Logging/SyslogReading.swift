// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads `syslog:…`, of access logs and error logs alike.

internal import Configuration
internal import OS

extension Invocation {
    /// The syslog server that the first argument names; nil when it is something else.
    ///
    /// Spec: nginx https://nginx.org/en/docs/syslog.html
    func syslogServer(
        _ hostName: [UInt8], resolve: @escaping ([UInt8]) -> [CompactAddress]
    ) throws(Diagnostic) -> SyslogServer? {
        let scheme = Array("syslog:".utf8)
        guard bytes(0).starts(with: scheme) else { return nil }
        var reading = SyslogReading(invocation: self, resolve: resolve)
        let list = try constant(0)[scheme.count...]
        for part in list.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            try reading.read(Array(part))
        }
        guard let address = reading.address else {
            throw error(
                at: 0, "no syslog server specified",
                expected: "expected server=address or unix:path")
        }
        return SyslogServer(
            address: address, facility: reading.facility ?? 23, severity: reading.severity ?? 6,
            tag: reading.tag ?? Array("nginx".utf8),
            hostName: reading.hidesHostName ? nil : hostName)
    }
}

/// The parameters of a syslog server as they are read.
private struct SyslogReading {
    let invocation: Invocation
    var address: SocketAddress?
    var facility: Int?
    var severity: Int?
    var tag: [UInt8]?
    var hidesHostName = false

    /// Finds the addresses of a name.
    let resolve: ([UInt8]) -> [CompactAddress]

    init(invocation: Invocation, resolve: @escaping ([UInt8]) -> [CompactAddress]) {
        self.invocation = invocation
        self.resolve = resolve
    }

    mutating func read(_ part: [UInt8]) throws(Diagnostic) {
        let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
        let name = String(decoding: part[..<equals], as: UTF8.self)
        let value = Array(part[equals...].dropFirst())
        let text = String(decoding: value, as: UTF8.self)
        switch name {
        case "server":
            try refuseSecond(address != nil, name)
            address = try serverAddress(value)
        case "facility":
            try refuseSecond(facility != nil, name)
            facility = try index(of: text, in: Self.facilities, name)
        case "severity":
            try refuseSecond(severity != nil, name)
            severity = try index(of: text, in: Self.severities, name)
        case "tag":
            try refuseSecond(tag != nil, name)
            tag = try checkedTag(value)
        case "nohostname" where equals == part.endIndex: hidesHostName = true
        default:
            throw flaw(
                "unknown syslog parameter \"\(String(decoding: part, as: UTF8.self))\"",
                "expected server=, facility=, tag=, severity= or nohostname")
        }
    }

    private func refuseSecond(_ isSet: Bool, _ name: String) throws(Diagnostic) {
        if isSet { throw flaw("duplicate syslog \"\(name)\"", "") }
    }

    private func index(
        of text: String, in names: [String], _ kind: String
    ) throws(Diagnostic) -> Int {
        if let index = names.firstIndex(of: text) { return index }
        let near = closestName(to: Array(text.utf8), among: names)
        throw flaw(
            "unknown syslog \(kind) \"\(text)\"",
            near.map { "did you mean `\($0)`?" } ?? "expected " + names.joined(separator: ", "))
    }

    private func serverAddress(_ value: [UInt8]) throws(Diagnostic) -> SocketAddress {
        if let address = SocketAddress(parsing: value.span, defaultPort: Self.usualPort) {
            return address
        }
        let text = String(decoding: value, as: UTF8.self)
        let url: UpstreamURL
        do throws(UpstreamURL.Flaw) {
            url = try UpstreamURL(parsing: value)
        } catch {
            throw flaw("\(error.message) in syslog server \"\(text)\"", "")
        }
        if case .name(let name) = url.host, name == Array("localhost".utf8) {
            return .ip(CompactAddress(ipv4: 0x7F00_0001, port: url.port ?? Self.usualPort))
        }
        if case .name(let name) = url.host, let address = resolve(name).first {
            return .ip(address.with(port: url.port ?? Self.usualPort))
        }
        throw flaw(
            "host not found in syslog server \"\(text)\"",
            "expected an address, a name that is known now, or unix:path")
    }

    /// Spec: RFC 3164 §4.1.3: letters and digits, at most 32 of them.
    private func checkedTag(_ value: [UInt8]) throws(Diagnostic) -> [UInt8] {
        guard value.count <= 32 else { throw flaw("syslog tag length exceeds 32", "") }
        let isSound = value.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isSound else {
            throw flaw("syslog \"tag\" only allows alphanumeric characters and underscore", "")
        }
        return value
    }

    private func flaw(_ message: String, _ expected: String) -> Diagnostic {
        invocation.error(at: 0, message, expected: expected)
    }

    private static var usualPort: UInt16 { 514 }

    private static let facilities = [
        "kern", "user", "mail", "daemon", "auth", "intern", "lpr", "news", "uucp", "clock",
        "authpriv", "ftp", "ntp", "audit", "alert", "cron", "local0", "local1", "local2", "local3",
        "local4", "local5", "local6", "local7",
    ]

    private static let severities = [
        "emerg", "alert", "crit", "error", "warn", "notice", "info", "debug",
    ]
}
