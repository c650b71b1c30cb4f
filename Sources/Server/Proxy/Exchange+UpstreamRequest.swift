// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The request as it is sent to a peer: written anew, never copied through.

internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Writes the request head for the peer.
    ///
    /// Why: the object is passed on, because `proxyPass.pass` as an argument would be a copy.
    /// Spec: RFC 9110 §7.6.1: fields of this connection stay here. Framing, line ends, `Host` and
    ///       `Connection` are ours whatever the client wrote.
    mutating func writeUpstreamRequest(_ proxyPass: SharedProxyPass, _ services: inout Services) {
        proxy.request.removeAll()
        let content = proxyPass.pass.content.map { evaluate($0, &services) }
        appendMethod(proxyPass, &services)
        let start = proxy.request.count
        appendUpstreamTarget(proxyPass, &services)
        proxy.targetRange = start..<proxy.request.count
        proxy.request.append(proxyPass.pass.usesHTTP10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n")
        appendHost(proxyPass, &services)
        appendFraming(content)
        appendConnection(proxyPass, &services)
        for field in proxyPass.pass.fields {
            let value = evaluate(field.value, &services)
            if value.isEmpty { continue }
            proxy.request.append(field.name)
            proxy.request.append(": ")
            appendWithoutLineEnds(value)
            proxy.request.append("\r\n")
        }
        if services.site.locations[locationIndex].settings.proxy.policy.passesFields {
            appendPassedFields(proxyPass)
        }
        proxy.request.append("\r\n")
        if let content { proxy.request.append(content.range, of: bytes) }
    }

    /// An error page at a path is fetched by GET, whatever the client asked by.
    private mutating func appendMethod(
        _ proxyPass: SharedProxyPass, _ services: inout Services
    ) {
        proxy.method = method
        if let template = proxyPass.pass.method {
            let name = evaluate(template, &services)
            let asked = Method(bytes.span(name.range))
            // Spec: security: what is no token could be more than a method, and what answers
            //       CONNECT has no content that could be found the end of.
            if isToken(name), asked != .connect {
                proxy.method = asked
                proxy.request.append(name.range, of: bytes)
                proxy.request.append(byte: UInt8(ascii: " "))
                return
            }
            services.logError(
                .error, self, "invalid method \"\(logged(name))\" in proxy_method")
        }
        switch method {
        case .get: proxy.request.append("GET ")
        case .head: proxy.request.append("HEAD ")
        default:
            proxy.request.append(head.methodRange.range, of: bytes)
            proxy.request.append(byte: UInt8(ascii: " "))
        }
    }

    private func isToken(_ place: ByteRange) -> Bool {
        let text = bytes.span(place.range)
        for index in text.indices where !ByteClass.isToken(text[index]) { return false }
        return !text.isEmpty
    }

    /// Spec: nginx: it is there whatever the configuration says, but for HTTP/1.0, where an empty
    ///       one leaves it out.
    private mutating func appendHost(
        _ proxyPass: SharedProxyPass, _ services: inout Services
    ) {
        let configured = proxyPass.pass.hostValue.map { evaluate($0, &services) }
        let isEmpty = configured.map { $0.isEmpty } ?? false
        if isEmpty, proxyPass.pass.usesHTTP10 { return }
        proxy.request.append("Host: ")
        if let configured, !isEmpty {
            appendWithoutLineEnds(configured)
        } else {
            appendOwnHost(proxyPass)
        }
        proxy.request.append("\r\n")
    }

    private mutating func appendOwnHost(_ proxyPass: SharedProxyPass) {
        if let target = proxy.dynamicTarget {
            proxy.request.append(target.host)
        } else {
            proxy.request.append(proxyPass.pass.hostText)
        }
    }

    /// Appends a value that came from variables: it must not be able to end its line.
    private mutating func appendWithoutLineEnds(_ value: ByteRange) {
        proxy.request.appendFieldValue(value.range, of: bytes)
    }

    /// Spec: nginx `proxy_pass`: without a path the target goes on as the client wrote it; with
    ///       one, the part that the location matched is replaced.
    private mutating func appendUpstreamTarget(
        _ proxyPass: SharedProxyPass, _ services: inout Services
    ) {
        guard let path = proxy.dynamicTarget.map({ $0.path }) ?? proxyPass.pass.path else {
            if isReceivedTarget {
                appendReceivedTarget()
            } else {
                appendEscaped(uri)
                appendArguments()
            }
            return
        }
        let isGroup = if case .group = proxyPass.pass.destination { true } else { false }
        // Spec: nginx: a path that `rewrite … break` has made is passed on as it is.
        if nameStands || !isGroup { appendConfiguredPath(path) }
        if isGroup {
            let cut = nameStands ? proxyPass.pass.locationName.count : 0
            appendEscaped(ByteRange(min(uri.lowerBound + cut, uri.upperBound), uri.upperBound))
            appendArguments()
        }
    }

    /// The path of the directive.
    private mutating func appendConfiguredPath(_ path: [UInt8]) {
        for byte in path { appendTargetByte(byte) }
    }

    /// Appends a byte that may come from a variable: it must not be able to end the request line.
    private mutating func appendTargetByte(_ byte: UInt8) {
        if byte > 0x20, byte != 0x7F {
            proxy.request.append(byte: byte)
        } else {
            proxy.request.append(byte < 16 ? "%0" : "%")
            proxy.request.append(hex: Int(byte))
        }
    }

    /// The path and query as received; of an absolute target too.
    private mutating func appendReceivedTarget() {
        if head.targetForm == .asterisk {
            proxy.request.append("*")
            return
        }
        if head.pathRange.isEmpty { proxy.request.append("/") }
        proxy.request.append(head.pathRange.range, of: bytes)
        if let query = head.queryRange {
            proxy.request.append("?")
            proxy.request.append(query.range, of: bytes)
        }
    }

    private mutating func appendEscaped(_ path: ByteRange) {
        Self.escape(path, of: bytes, into: &proxy.request)
    }

    private static func escape(
        _ path: ByteRange, of bytes: borrowing Buffer, into buffer: inout Buffer
    ) {
        URI.escape(bytes.span(path.range), for: .path, into: &buffer)
    }

    private mutating func appendArguments() {
        guard let arguments, !arguments.isEmpty else { return }
        proxy.request.append("?")
        for index in arguments.range {
            let byte = bytes.readable[index]
            appendTargetByte(byte)
        }
    }

    /// - Parameter content: what `proxy_set_body` puts in the place of the client's content.
    private mutating func appendFraming(_ content: ByteRange?) {
        proxy.sendsChunks = false
        if let content { return appendContentLength(content.count) }
        guard proxy.sendsContent else { return }
        if self.content.isStreamed, head.framing == .chunked {
            proxy.sendsChunks = true
            proxy.request.append("Transfer-Encoding: chunked\r\n")
            return
        }
        switch head.framing {
        case .none, .untilClose: break
        case .length(let count): appendContentLength(count)
        case .chunked: appendContentLength(self.content.receivedCount)
        }
    }

    private mutating func appendContentLength(_ count: Int) {
        proxy.request.append("Content-Length: ")
        proxy.request.append(decimal: count)
        proxy.request.append("\r\n")
    }

    /// Decides about `Connection` whatever the configuration says about it.
    ///
    /// Why: configurations set `Connection "upgrade"` on plain locations, or forget it on those of
    ///      a WebSocket. A client that offers to switch protocols is passed on as such, everybody
    ///      else is kept alive.
    private mutating func appendConnection(_ proxyPass: SharedProxyPass, _ services: inout Services)
    {
        proxy.requestsUpgrade = false
        let configured = proxyPass.pass.upgradeValue.map { evaluate($0, &services) }
        let passesFields =
            services.site.locations[locationIndex].settings.proxy.policy.passesFields
        let offered = head.offersUpgrade && passesFields ? field(.upgrade) : nil
        if let protocols = nonEmpty(configured) ?? (configured == nil ? offered : nil),
            !meansHTTP2(protocols)
        {
            proxy.requestsUpgrade = true
            proxy.request.append("Connection: upgrade\r\nUpgrade: ")
            appendWithoutLineEnds(protocols)
            proxy.request.append("\r\n")
            return
        }
        var closes = proxyPass.pass.usesHTTP10
        if let value = proxyPass.pass.connectionValue.map({ evaluate($0, &services) }) {
            closes = closes || bytes.span(value.range).equalsIgnoringCase("close")
        }
        if closes { proxy.request.append("Connection: close\r\n") }
    }

    /// Whether protocols have HTTP/2 among them.
    ///
    /// Why: nobody looks at what passes through a tunnel, so a client could ask for anything in it.
    /// Spec: RFC 9113 §3.1 has done away with "h2c".
    private func meansHTTP2(_ protocols: ByteRange) -> Bool {
        let list = bytes.span(protocols.range)
        return TokenList.contains(list, "h2c") || TokenList.contains(list, "h2")
            || TokenList.contains(list, "HTTP/2.0")
    }

    private func nonEmpty(_ range: ByteRange?) -> ByteRange? {
        range.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Passes the client's fields on, but for those that are of its connection or are set anew.
    private mutating func appendPassedFields(_ proxyPass: SharedProxyPass) {
        let listsFields = head.fields.contains(.connection)
        for index in 0..<head.fields.count {
            let field = head.fields[index]
            if Self.isOfConnection(field.name) { continue }
            if listsFields, !Self.isEssential(field.name),
                head.fields.listsInConnection(bytes.span(field.nameRange), bytes.readable)
            {
                continue
            }
            if Self.contains(proxyPass.pass.replacedNames, bytes.span(field.nameRange)) { continue }
            proxy.request.append(field.nameRange, of: bytes)
            proxy.request.append(": ")
            proxy.request.append(field.valueRange, of: bytes)
            proxy.request.append("\r\n")
        }
    }

    static func contains(_ names: [[UInt8]], _ name: Span<UInt8>) -> Bool {
        for index in 0..<names.count {
            if name.equalsIgnoringCase(names[index]) { return true }
        }
        return false
    }

    /// Fields that concern one connection only, or that are written anew.
    ///
    /// `Proxy` is dropped because CGI would make a proxy setting of it (httpoxy).
    static func isOfConnection(_ name: FieldName) -> Bool {
        switch name {
        case .host, .connection, .keepAlive, .proxyConnection, .te, .trailer, .transferEncoding,
            .upgrade, .contentLength, .expect, .proxy, .http2Settings:
            true
        default: false
        }
    }

    /// Fields that a client cannot take away by listing them in `Connection`.
    private static func isEssential(_ name: FieldName) -> Bool {
        switch name {
        case .xForwardedFor, .xForwardedProto, .xForwardedHost, .xRealIP, .authorization, .cookie:
            true
        default: false
        }
    }
}

extension FieldSection {
    /// Whether any `Connection` line says that fields of this name are for this connection only.
    func listsInConnection(_ name: Span<UInt8>, _ bytes: Span<UInt8>) -> Bool {
        var start = 0
        while let index = index(of: .connection, from: start) {
            if TokenList.contains(bytes.extracting(self[index].valueRange), name) { return true }
            start = index + 1
        }
        return false
    }
}
