// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The request of a health check: what the directives of its location make of it.
//
// Nobody has sent this request. An exchange stands for it because values of variables can only be
// had from one.

internal import EventLoop
internal import HTTP
internal import HTTP1
internal import Memory
internal import OS

extension Exchange {
    /// Becomes the request of a check, as far as variables can ask for it.
    private mutating func become(_ check: borrowing HealthCheck, _ services: inout Services) {
        reset()
        var line = Buffer(capacity: check.target.count + 16)
        line.append("GET ")
        line.append(check.target)
        line.append(" HTTP/1.0\r\n\r\n")
        if case .parsed(let count) = RequestParser.parse(line.readable, into: &head) {
            takeHead(line, byteCount: count)
        }
        method = .get
        hostIndex = check.host
        locationIndex = check.location
        uri = head.pathRange
        arguments = head.queryRange
        startedAt = services.clock.now
        content.isComplete = true
    }

    /// Writes the request of a check.
    ///
    /// Spec: nginx Plus: GET, with the fields that `proxy_set_header` gives the location.
    mutating func writeHealthRequest(
        _ check: borrowing HealthCheck, into request: inout Buffer, _ services: inout Services
    ) {
        become(check, &services)
        let shared = services.site.locations[locationIndex].proxyPass
        request.removeAll()
        request.append("GET ")
        request.append(check.target)
        request.append(shared.pass.usesHTTP10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n")
        request.append("Host: ")
        let host = shared.pass.hostValue.map { evaluate($0, &services) }
        if let host, !host.isEmpty {
            request.appendFieldValue(host.range, of: bytes)
        } else {
            request.append(shared.pass.hostText)
        }
        request.append("\r\n")
        for field in shared.pass.fields {
            let value = evaluate(field.value, &services)
            if value.isEmpty { continue }
            request.append(field.name)
            request.append(": ")
            request.appendFieldValue(value.range, of: bytes)
            request.append("\r\n")
        }
        let isKept = check.keepAliveTime > 0
        if !isKept || shared.pass.usesHTTP10 {
            request.append(isKept ? "Connection: keep-alive\r\n" : "Connection: close\r\n")
        }
        request.append("\r\n")
    }

    /// With whom TLS is to be spoken for a check; nil where it is not.
    mutating func security(
        of check: borrowing HealthCheck, _ services: inout Services
    ) -> PeerSecurity? {
        let tls =
            switch check.kind {
            case .request: services.site.locations[check.location].proxyPass.pass.tls
            case .connection: services.site.locations[check.location].stream?.tls
            case .datagram: nil as PeerTLS?
            }
        guard let tls else { return nil }
        become(check, &services)
        proxy.tls = tls
        proxy.group = check.group
        prepareSecurity(&services)
        let security = proxy.security
        (proxy.tls, proxy.security) = (nil, nil)
        return security
    }

    /// The first variable of `require` that does not say yes to an answer; nil if all do.
    mutating func flaw(
        of answer: borrowing HealthAnswer, from address: [UInt8],
        by check: borrowing HealthCheck, _ services: inout Services
    ) -> HealthFlaw? {
        if check.match.required.isEmpty { return nil }
        become(check, &services)
        let status = Int(answer.head.status.rawValue)
        response.status = status
        proxy.stage = .finished
        proxy.group = check.group
        proxy.attempts.append(
            PeerAttempt(address: address, status: status, startedAt: services.clock.now))
        let received = answer.headBytes.readable
        for index in 0..<answer.head.fields.count {
            let field = answer.head.fields[index]
            proxy.remember(
                received.extracting(field.nameRange), received.extracting(field.valueRange))
        }
        for variable in check.match.required {
            let value = bytes.span(evaluate(variable.value, &services).range)
            if value.isEmpty || value.equals("0") { return .variable(variable.text) }
        }
        return nil
    }
}
