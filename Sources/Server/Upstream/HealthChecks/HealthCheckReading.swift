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
            case "udp":
                throw invocation.error(
                    at: index, "\"udp\" is not for peers that speak HTTP",
                    expected: "it belongs into a server in `stream`")
            default: throw Self.unknown(invocation, index, invocation.text(index))
            }
            return
        }
        switch name {
        case "interval": check.interval = try Self.time(invocation, index, value, least: 1)
        case "jitter": check.jitter = try Self.time(invocation, index, value)
        case "keepalive_time": check.keepAliveTime = try Self.time(invocation, index, value)
        case "fails": check.failureLimit = try Self.number(invocation, index, value, 1...1 << 20)
        case "passes": check.passLimit = try Self.number(invocation, index, value, 1...1 << 20)
        case "port":
            check.port = UInt16(try Self.number(invocation, index, value, 1...65_535))
        case "uri": check.target = try Self.target(invocation, index, value)
        case "match": match = (value, invocation.arguments[index].location)
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
        default: throw Self.unknown(invocation, index, name)
        }
    }

    private static func unknown(
        _ invocation: Invocation, _ index: Int, _ name: String
    ) -> Diagnostic {
        let names = [
            "interval", "jitter", "fails", "passes", "uri", "match", "port", "mandatory",
            "persistent", "keepalive_time", "type",
        ]
        let near = closestName(to: Array(name.utf8), among: names)
        return invocation.invalidParameter(
            at: index,
            expected: near.map { "did you mean `\($0)`?" }
                ?? "expected interval=, jitter=, fails=, passes=, uri=, match=, port=, mandatory, "
                + "persistent or keepalive_time=")
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
        by pass: ProxyPass?, matches: [HealthMatch]
    ) throws(Diagnostic) -> HealthCheck {
        var check = check
        guard let pass else {
            throw Diagnostic(
                "\"health_check\" has no peers to ask", at: location,
                label: "the location needs a `proxy_pass`")
        }
        guard case .group(let group) = pass.destination else {
            throw Diagnostic(
                "\"health_check\" cannot ask peers that variables name", at: location,
                label: "expected a `proxy_pass` without variables")
        }
        check.group = group
        guard let match else { return check }
        guard let known = matches.first(where: { $0.name == match.name }) else {
            let text = String(decoding: match.name, as: UTF8.self)
            let names = matches.map { String(decoding: $0.name, as: UTF8.self) }
            throw Diagnostic(
                "match \"\(text)\" is not found", at: match.location,
                label: closestName(to: match.name, among: names).map { "did you mean `\($0)`?" }
                    ?? "expected the name of a `match` block in `http`")
        }
        check.match = known
        return check
    }
}
