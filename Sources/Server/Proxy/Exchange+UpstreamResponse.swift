// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The fields of a peer's answer: passed on, dropped or rewritten.

internal import HTTP
internal import Memory
internal import Regex

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
        if services.site.usesUpstreamFields { proxy.receivedFields.removeAll() }
        let listsFields = services.peerHead.fields.contains(.connection)
        let isUpgrade = services.peerHead.status == .switchingProtocols
        for index in 0..<services.peerHead.fields.count {
            let field = services.peerHead.fields[index]
            let name = head.extracting(field.nameRange)
            let value = head.extracting(field.valueRange)
            if services.site.usesUpstreamFields { proxy.remember(name, value) }
            // Spec: nginx: hidden or not, it is meant for proxies.
            takeWish(field.name, value, ignoring: ignored)
            if Self.isOfPeerConnection(field.name, isUpgrade: isUpgrade) { continue }
            let isTheUpgrade = isUpgrade && field.name == .upgrade
            if listsFields, !isTheUpgrade, services.peerHead.fields.listsInConnection(name, head) {
                continue
            }
            if isHidden(field.name, name, services.site.locations[location].settings.proxy) {
                continue
            }
            switch field.name {
            case .server: response.hasServer = true
            case .date: response.hasDate = true
            case .location, .refresh:
                rewriteLocation(name, value, &services)
                continue
            default: break
            }
            response.add(name, value)
        }
    }

    static func isOfPeerConnection(_ name: FieldName, isUpgrade: Bool) -> Bool {
        switch name {
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .contentLength, .trailer,
            .te:
            true
        case .upgrade: !isUpgrade
        default: false
        }
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

    /// Spec: nginx `proxy_redirect`.
    private mutating func rewriteLocation(
        _ name: Span<UInt8>, _ value: Span<UInt8>, _ services: inout Services
    ) {
        var start = 0
        if name.equalsIgnoringCase("refresh") {
            // "5; url=http://…"
            var offset = 0
            while offset + 4 <= value.count {
                if value.extracting(offset..<offset + 4).equalsIgnoringCase("url=") {
                    start = offset + 4
                    break
                }
                offset += 1
            }
        }
        let target = value.extracting(start..<value.count)
        let rewritten = rewrite(target, &services)
        response.fields.append(name)
        response.fields.append(": ")
        response.fields.append(value.extracting(0..<start))
        if let rewritten {
            if name.equalsIgnoringCase("location"), bytes.span(rewritten.range).startsWith("/") {
                response.fields.truncate(to: response.fields.count - name.count - 2)
                addLocation(rewritten, &services)
                return
            }
            response.fields.appendFieldValue(rewritten.range, of: bytes)
        } else {
            response.fields.append(target)
        }
        response.fields.append("\r\n")
    }

    /// The new address, or nil to leave it.
    private mutating func rewrite(
        _ target: Span<UInt8>, _ services: inout Services
    ) -> ByteRange? {
        let site = services.site
        let location = locationIndex
        let rules = site.locations[location].settings.proxy.redirects.elements
        if rules.isEmpty { return rewriteByDefault(target, &services) }
        for rule in rules {
            switch rule {
            case .off: return nil
            case .standard:
                if let place = rewriteByDefault(target, &services) { return place }
            case .replace(let from, let to):
                let old = evaluate(from, &services)
                guard target.startsWith(bytes.span(old.range)) else { continue }
                let new = evaluate(to, &services)
                return joined(new, target.extracting(old.count..<target.count))
            case .match(let regex, let to):
                let subject = store(target)
                guard matches(regex, subject, &services) == .matched else { continue }
                return evaluate(to, &services)
            }
        }
        return nil
    }

    private mutating func rewriteByDefault(
        _ target: Span<UInt8>, _ services: inout Services
    ) -> ByteRange? {
        guard case .group = services.site.locations[locationIndex].proxyPass.pass.destination else {
            return nil
        }
        let from = services.site.locations[locationIndex].proxyPass.pass.redirectFrom
        guard target.startsWith(from.span) else { return nil }
        let to = services.site.locations[locationIndex].proxyPass.pass.redirectTo
        let start = bytes.count
        bytes.append(to)
        bytes.append(target.extracting(from.count..<target.count))
        return ByteRange(start, bytes.count)
    }

    private mutating func joined(_ first: ByteRange, _ rest: Span<UInt8>) -> ByteRange {
        let start = bytes.count
        bytes.append(copyOf: first.range)
        bytes.append(rest)
        return ByteRange(start, bytes.count)
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
