// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Redirects of peers, rewritten for the place that the client knows.

internal import HTTP
internal import Memory
internal import Regex

extension Exchange {
    /// Adds a `Location` or a `Refresh` of the peer.
    ///
    /// Spec: nginx `proxy_redirect`.
    mutating func addRedirect(
        _ name: Span<UInt8>, _ value: Span<UInt8>, _ services: inout Services
    ) {
        let isRefresh = name.equalsIgnoringCase("refresh")
        let start = isRefresh ? Self.startOfAddress(value) : 0
        guard let start, let address = rewrittenRedirect(value, from: start, &services) else {
            return response.add(name, value)
        }
        if !isRefresh, bytes.span(address.range).startsWith("/") {
            return addLocation(address, &services)
        }
        response.fields.append(name)
        response.fields.append(": ")
        response.fields.append(value.extracting(0..<start))
        response.fields.appendFieldValue(address.range, of: bytes)
        response.fields.append("\r\n")
    }

    /// Where the address of `5; url=http://…` begins; nil when there is none.
    private static func startOfAddress(_ value: Span<UInt8>) -> Int? {
        var offset = 0
        while offset + 4 <= value.count {
            if value.extracting(offset..<offset + 4).equalsIgnoringCase("url=") {
                return offset + 4
            }
            offset += 1
        }
        return nil
    }

    /// The new address, or nil to leave it.
    private mutating func rewrittenRedirect(
        _ value: Span<UInt8>, from start: Int, _ services: inout Services
    ) -> ByteRange? {
        let target = value.extracting(start..<value.count)
        let heads = services.site.locations[locationIndex].settings.proxy.heads
        if heads.keepsRedirects { return nil }
        if heads.redirects.isEmpty { return rewriteByDefault(target, &services) }
        return rewritten(store(target), by: heads.redirects.elements, &services)
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

    /// What the first rule that fits makes of a value; nil when none fits.
    mutating func rewritten(
        _ value: ByteRange, by rules: [PeerValueRule], _ services: inout Services
    ) -> ByteRange? {
        for rule in rules {
            switch rule {
            case .replace(let from, let to):
                let old = evaluate(from, &services)
                guard bytes.span(value.range).startsWith(bytes.span(old.range)) else { continue }
                let new = evaluate(to, &services)
                return joined(new, ByteRange(value.lowerBound + old.count, value.upperBound))
            case .replaceDomain(let from, let to):
                let dot = bytes.span(value.range).startsWith(".") ? 1 : 0
                let name = ByteRange(value.lowerBound + dot, value.upperBound)
                let old = evaluate(from, &services)
                guard bytes.span(name.range).equalsIgnoringCase(bytes.span(old.range)) else {
                    continue
                }
                let new = evaluate(to, &services)
                return joined(ByteRange(value.lowerBound, value.lowerBound + dot), new)
            case .match(let regex, let to):
                guard matches(regex, value, &services) == .matched else { continue }
                return evaluate(to, &services)
            }
        }
        return nil
    }

    private mutating func joined(_ first: ByteRange, _ second: ByteRange) -> ByteRange {
        let start = bytes.count
        bytes.append(copyOf: first.range)
        bytes.append(copyOf: second.range)
        return ByteRange(start, bytes.count)
    }
}
