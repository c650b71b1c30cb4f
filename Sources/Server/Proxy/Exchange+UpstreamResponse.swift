// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The fields of a peer's answer: passed on, dropped or rewritten.

internal import HTTP
internal import Memory

extension Exchange {
    /// Takes over the reason and the field lines of the peer's head.
    ///
    /// Spec: nginx: Date, Server, X-Pad and X-Accel-… are not passed unless `proxy_pass_header`
    ///       says so; RFC 9110 §7.6.1: fields of that connection never are.
    mutating func takeFields(_ head: Span<UInt8>, _ services: inout Services) {
        response.clear()
        let reason = services.peerHead.reasonRange
        if errorStatus == 0 { response.reason = store(head.extracting(reason.range)) }
        let location = locationIndex
        let ignored = services.site.locations[location].settings.proxy.policy.ignoredFields
        proxy.redirection = nil
        proxy.wishesBuffering = nil
        proxy.isEndless = false
        if services.site.usesUpstreamFields { proxy.receivedFields.removeAll() }
        let listsFields = services.peerHead.fields.contains(.connection)
        let rewritesCookies = services.site.locations[location].proxyPass.pass.rewritesCookies
        var seen = FieldNameSet(rawValue: 0)
        for index in 0..<services.peerHead.fields.count {
            let field = services.peerHead.fields[index]
            let name = head.extracting(field.nameRange)
            let value = head.extracting(field.valueRange)
            if Self.isSingle(field.name) {
                guard !seen.contains(FieldNameSet(field.name)) else {
                    logRepeated(field.name, index, head, &services)
                    continue
                }
                seen.insert(FieldNameSet(field.name))
            }
            if services.site.usesUpstreamFields { proxy.remember(name, value) }
            // Spec: nginx: hidden or not, it is meant for proxies.
            takeWish(field.name, value, ignoring: ignored)
            if Self.isOfPeerConnection(field.name) { continue }
            if listsFields, field.name != .upgrade,
                services.peerHead.fields.listsInConnection(name, head)
            {
                continue
            }
            if isHidden(field.name, name, services.site.locations[location].settings.proxy) {
                continue
            }
            switch field.name {
            case .server: response.hasServer = true
            case .date: response.hasDate = true
            case .contentType: proxy.isEndless = Self.isOfStream(value)
            case .location, .refresh:
                addRedirect(name, value, &services)
                continue
            case .setCookie where rewritesCookies:
                addCookie(name, value, &services)
                continue
            default: break
            }
            response.add(name, value)
        }
    }

    /// Whether content of a media type may come for ever.
    private static func isOfStream(_ type: Span<UInt8>) -> Bool {
        begins(type, "text/event-stream") || begins(type, "application/grpc")
            || begins(type, "multipart/x-mixed-replace")
    }

    private static func begins(_ text: Span<UInt8>, _ start: StaticString) -> Bool {
        let count = start.utf8CodeUnitCount
        return text.count >= count && text.extracting(0..<count).equalsIgnoringCase(start)
    }

    /// Fields that say nothing beyond the connection to the peer.
    ///
    /// Spec: nginx passes `Upgrade` on, and RFC 9110 §15.5.22 demands it of a 426: it says which
    ///       protocols the client may ask for, and whoever asks is passed on.
    static func isOfPeerConnection(_ name: FieldName) -> Bool {
        switch name {
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .contentLength, .trailer,
            .te:
            true
        default: false
        }
    }

    /// Fields of which a peer can mean one only.
    private static func isSingle(_ name: FieldName) -> Bool {
        switch name {
        case .contentType, .date, .server, .location, .refresh, .etag, .lastModified, .expires,
            .xAccelRedirect, .xAccelExpires, .xAccelLimitRate, .xAccelBuffering, .xAccelCharset:
            true
        default: false
        }
    }

    /// Spec: nginx since 1.23: the first line of such a field counts.
    private func logRepeated(
        _ name: FieldName, _ index: Int, _ head: Span<UInt8>, _ services: inout Services
    ) {
        let first = services.peerHead.fields.index(of: name, from: 0) ?? index
        func line(_ index: Int) -> String {
            let field = services.peerHead.fields[index]
            let name = LogEscape.text(head.extracting(field.nameRange))
            return "\(name): \(LogEscape.text(head.extracting(field.valueRange)))"
        }
        services.logError(
            .warning, self,
            "upstream sent duplicate header line: \"\(line(index))\", previous value: "
                + "\"\(line(first))\", ignored while reading response header from upstream")
    }

    func isHidden(
        _ name: FieldName, _ text: Span<UInt8>, _ settings: borrowing ProxySettings
    ) -> Bool {
        var isHidden =
            switch name {
            case .date, .server: true
            default: Self.isForProxies(text) || text.equalsIgnoringCase("x-pad")
            }
        if isHidden, Self.contains(settings.passedFields.elements, text) { isHidden = false }
        return isHidden || Self.contains(settings.hiddenFields.elements, text)
    }

    /// Whether a field is `X-Accel-…`, in any case: Node writes names as applications give them.
    private static func isForProxies(_ name: Span<UInt8>) -> Bool {
        name.count > 8 && name.extracting(0..<8).equalsIgnoringCase("X-Accel-")
    }
}

extension ProxyState {
    /// Keeps a field line of the peer.
    mutating func remember(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        receivedFields.append(name)
        receivedFields.append(": ")
        receivedFields.append(value)
        receivedFields.append("\r\n")
    }
}
