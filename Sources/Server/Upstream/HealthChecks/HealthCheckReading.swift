// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads the parameters of `health_check`, and finds out what they refer to.

internal import Configuration
internal import Memory

extension HealthCheckDraft {
    /// Reads the parameters.
    init(_ invocation: Invocation) throws(Diagnostic) {
        location = invocation.location
        if invocation.context == .streamServer { check.kind = .connection }
        for index in invocation.arguments.indices { try take(invocation, index) }
        if check.isPersistent, !check.isMandatory {
            throw invocation.error(
                "\"persistent\" needs \"mandatory\" in \"health_check\" directive",
                expected: "expected `mandatory persistent`")
        }
    }

    private mutating func take(_ invocation: Invocation, _ index: Int) throws(Diagnostic) {
        guard let (name, value) = invocation.parameter(index) else {
            switch invocation.text(index) {
            case "mandatory": check.isMandatory = true
            case "persistent": check.isPersistent = true
            case "udp" where check.kind != .request: check.kind = .datagram
            case "udp":
                throw invocation.error(
                    at: index, "\"udp\" is not for peers that speak HTTP",
                    expected: "it belongs into a server in `stream`")
            default: throw unknown(invocation, index, invocation.text(index))
            }
            return
        }
        switch name {
        case "interval": check.interval = try Self.time(invocation, index, value, least: 1)
        case "jitter": check.jitter = try Self.time(invocation, index, value)
        case "fails": check.failureLimit = try Self.number(invocation, index, value, 1...1 << 20)
        case "passes": check.passLimit = try Self.number(invocation, index, value, 1...1 << 20)
        case "port":
            check.port = UInt16(try Self.number(invocation, index, value, 1...65_535))
        case "match": match = (value, invocation.arguments[index].location)
        default:
            guard check.kind == .request else { throw unknown(invocation, index, name) }
            try takeOfRequest(invocation, index, name, value)
        }
    }

    /// Takes what only peers that speak HTTP can be asked with.
    private mutating func takeOfRequest(
        _ invocation: Invocation, _ index: Int, _ name: String, _ value: [UInt8]
    ) throws(Diagnostic) {
        switch name {
        case "keepalive_time": check.keepAliveTime = try Self.time(invocation, index, value)
        case "uri": check.target = try Self.target(invocation, index, value)
        case "type":
            guard value == Array("http".utf8) else {
                throw invocation.error(
                    at: index, "health checks by \"\(invocation.text(index))\" are not supported",
                    expected: "expected type=http, or nothing")
            }
        case "grpc_service", "grpc_status":
            throw invocation.error(
                at: index, "health checks by gRPC are not supported",
                expected: "peers are asked by HTTP")
        default: throw unknown(invocation, index, name)
        }
    }

    private func unknown(
        _ invocation: Invocation, _ index: Int, _ name: String
    ) -> Diagnostic {
        let isRequest = check.kind == .request
        let names = [
            "interval", "jitter", "fails", "passes", "match", "port", "mandatory", "persistent",
        ]
        let own = isRequest ? ["uri", "keepalive_time", "type"] : ["udp"]
        let near = closestName(to: Array(name.utf8), among: names + own)
        return invocation.invalidParameter(
            at: index,
            expected: near.map { "did you mean `\($0)`?" }
                ?? "expected interval=, jitter=, fails=, passes=, match=, port=, mandatory, "
                + (isRequest ? "persistent, uri= or keepalive_time=" : "persistent or udp"))
    }

    private static func time(
        _ invocation: Invocation, _ index: Int, _ value: [UInt8], least: Int = 0
    ) throws(Diagnostic) -> Int {
        guard let time = ValueSyntax.milliseconds(value), time >= least else {
            throw invocation.invalidParameter(
                at: index,
                expected: "expected a time" + (least > 0 ? " above 0" : "") + " such as 5s")
        }
        return time
    }

    private static func number(
        _ invocation: Invocation, _ index: Int, _ value: [UInt8], _ range: ClosedRange<Int>
    ) throws(Diagnostic) -> Int {
        guard let number = ValueSyntax.integer(value[...]), range.contains(number) else {
            throw invocation.invalidParameter(
                at: index,
                expected: "expected a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func target(
        _ invocation: Invocation, _ index: Int, _ value: [UInt8]
    ) throws(Diagnostic) -> [UInt8] {
        let isPath = value.first == UInt8(ascii: "/")
        guard isPath, value.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw invocation.invalidParameter(
                at: index,
                expected: isPath
                    ? "blanks and other bytes that a URI lacks must be escaped"
                    : "expected a path such as uri=/health")
        }
        return value
    }
}

extension HealthCheckDraft {
    /// The check with its peers and its tests.
    func resolved(
        by destination: ProxyPass.Destination?, _ site: SiteDraft
    ) throws(Diagnostic) -> HealthCheck {
        var check = check
        guard let destination else {
            throw Diagnostic(
                "\"health_check\" has no peers to ask", at: location,
                label: "\(check.kind == .request ? "the location" : "it") needs a `proxy_pass`")
        }
        guard case .group(let group) = destination else {
            throw Diagnostic(
                "\"health_check\" cannot ask peers that variables name", at: location,
                label: "expected a `proxy_pass` without variables")
        }
        check.group = group
        guard let match else { return check }
        if check.kind == .request {
            check.match = try Self.found(match, among: site.healthMatches, \.name, in: "http")
        } else {
            check.session = try Self.found(match, among: site.sessionMatches, \.name, in: "stream")
        }
        return check
    }

    private static func found<Match>(
        _ match: (name: [UInt8], location: SourceLocation), among matches: [Match],
        _ name: (Match) -> [UInt8], in block: String
    ) throws(Diagnostic) -> Match {
        if let known = matches.first(where: { name($0) == match.name }) { return known }
        let text = String(decoding: match.name, as: UTF8.self)
        let names = matches.map { String(decoding: name($0), as: UTF8.self) }
        throw Diagnostic(
            "match \"\(text)\" is not found", at: match.location,
            label: closestName(to: match.name, among: names).map { "did you mean `\($0)`?" }
                ?? "expected the name of a `match` block in `\(block)`")
    }
}
