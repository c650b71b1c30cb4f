// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads the `server` lines of an `upstream`.

internal import Configuration
internal import Digests
internal import Memory
internal import OS

extension Peer {
    /// Reads the arguments of a `server` in an `upstream`.
    init(_ invocation: Invocation, _ balancing: BalancingDraft) throws(Diagnostic) {
        let text = try invocation.constant(0)
        let address: UpstreamURL
        do throws(UpstreamURL.Flaw) {
            address = try UpstreamURL(parsing: text)
        } catch {
            throw invocation.error(
                at: 0, "\(error.message) in upstream \"\(invocation.text(0))\"")
        }
        guard address.path == nil else {
            throw invocation.error(
                at: 0, "invalid host in upstream \"\(invocation.text(0))\"",
                expected: "expected an address without a scheme or a path")
        }
        self.init(name: address.peerName, target: address.target)
        serverText = text
        for index in invocation.arguments.indices.dropFirst() {
            try take(invocation, index, balancing)
        }
        try finishName(invocation, address)
        // An address that is to be found has none before.
        if route.isEmpty, dynamicName == nil { route = Self.route(ofName: name) }
    }

    /// What `sticky` calls a peer that has no `route=`.
    ///
    /// Spec: nginx: the MD5 of its address, in hexadecimal digits.
    static func route(ofName name: [UInt8]) -> [UInt8] {
        var digest = MD5()
        digest.update(name)
        let digits = Array("0123456789abcdef".utf8)
        return digest.finish().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    /// What `sticky` calls it at the moment; empty for a place without a peer.
    var currentRoute: [UInt8] {
        guard route.isEmpty, case .slot(let slot) = target, let address = slot.address else {
            return route
        }
        return Self.route(ofName: SocketAddress.ip(address).text)
    }

    private mutating func take(
        _ invocation: Invocation, _ index: Int, _ balancing: BalancingDraft
    ) throws(Diagnostic) {
        let parameter = invocation.parameter(index)
        guard balancing.supports(parameter?.name ?? invocation.text(index)) else {
            throw invocation.error(
                at: index,
                "balancing method does not support parameter \"\(invocation.text(index))\"")
        }
        guard let (name, value) = parameter else {
            switch invocation.text(index) {
            case "backup": isBackup = true
            case "down": (isDown, isDraining) = (true, false)
            case "drain": (isDown, isDraining) = (false, true)
            case "resolve": beginName()
            default: throw Self.unknown(invocation, index)
            }
            return
        }
        try take(name, value, invocation, index)
    }

    private mutating func take(
        _ name: String, _ value: [UInt8], _ invocation: Invocation, _ index: Int
    ) throws(Diagnostic) {
        func number(_ example: String) throws(Diagnostic) -> Int {
            guard let number = ValueSyntax.integer(value[...]) else {
                throw invocation.invalidParameter(
                    at: index, expected: "expected a whole number such as \(example)")
            }
            return number
        }
        func time(
            _ read: ([UInt8]) -> Int?, _ example: String
        ) throws(Diagnostic) -> Int {
            guard let time = read(value) else {
                throw invocation.invalidParameter(
                    at: index, expected: "expected a time such as \(example)")
            }
            return time
        }
        switch name {
        case "weight":
            weight = try number("weight=3")
            guard (1...Self.weightLimit) ~= weight else {
                throw invocation.invalidParameter(
                    at: index, expected: "expected a whole number such as weight=3")
            }
        case "max_fails": failureLimit = try number("max_fails=2")
        case "fail_timeout": failureTimeout = try time(ValueSyntax.seconds, "fail_timeout=30s")
        case "max_conns": connectionLimit = try number("max_conns=100")
        case "slow_start": slowStart = try time(ValueSyntax.milliseconds, "slow_start=30s")
        case "route":
            guard !value.isEmpty else { throw invocation.error(at: index, "route is empty") }
            guard value.count <= Self.routeByteLimit else {
                throw invocation.error(
                    at: index, "route is longer than \(Self.routeByteLimit)")
            }
            route = value
        case "service":
            guard !value.isEmpty else { throw invocation.error(at: index, "service is empty") }
            dynamicName = dynamicName ?? PeerName(host: [], port: 0)
            dynamicName?.service = value
        default: throw Self.unknown(invocation, index)
        }
    }

    private static var weightLimit: Int { 1 << 20 }

    /// Spec: nginx: as long as the digest that stands in for it.
    static var routeByteLimit: Int { 32 }

    private static func unknown(_ invocation: Invocation, _ index: Int) -> Diagnostic {
        let text = String(invocation.text(index).prefix { $0 != "=" })
        let near = closestName(to: Array(text.utf8), among: parameters)
        return invocation.invalidParameter(
            at: index,
            expected: near.map { "did you mean `\($0)`?" }
                ?? "expected " + parameters.joined(separator: ", "))
    }

    private static let parameters = [
        "weight=", "max_fails=", "fail_timeout=", "max_conns=", "slow_start=", "route=", "backup",
        "down", "drain", "resolve", "service=",
    ]
}
