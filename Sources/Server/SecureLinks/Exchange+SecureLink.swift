// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `$secure_link` and `$secure_link_expires`.

internal import Configuration
internal import Digests
internal import EventLoop
internal import HTTP
internal import Memory

extension Exchange {
    /// What the link of the request is worth; nil for nothing.
    ///
    /// Found out once for each request.
    ///
    /// Why: an internal redirect changes the path that the digest was made of.
    /// Spec: nginx ngx_http_secure_link_module.
    mutating func secureLink(_ services: inout Services) -> ByteRange? {
        if checked.hasSecureLink { return checked.secureLink }
        let settings = services.site.locations[locationIndex].settings.secureLink
        var value: ByteRange?
        if let secret = settings.secret {
            value = linkBehindDigest(secret)
        } else if let link = settings.link, let digested = settings.digested {
            value = compareLink(evaluate(link, &services), digested, &services)
        }
        checked.hasSecureLink = true
        checked.secureLink = value
        return value
    }

    /// "1", "0" for a link that is over, nil for one that is none.
    private mutating func compareLink(
        _ link: ByteRange, _ digested: Template, _ services: inout Services
    ) -> ByteRange? {
        var end = link.upperBound
        var expiry = 0
        if let comma = bytes.span(link.range).firstOffset(of: UInt8(ascii: ",")) {
            end = link.lowerBound + comma
            let time = ByteRange(end + 1, link.upperBound)
            guard let seconds = ValueSyntax.integer(copy(time)[...]), seconds > 0 else {
                return nil
            }
            expiry = seconds
            checked.linkExpiry = time
        }
        guard end - link.lowerBound <= Self.codedDigestLimit,
            let claimed = Base64.decode(bytes.span(link.lowerBound..<end), .url),
            claimed.count == MD5.byteCount
        else { return nil }
        let text = evaluate(digested, &services)
        var digest = MD5()
        digest.update(bytes.span(text.range))
        guard Secret.isEqual(digest.finish(), claimed) else { return nil }
        let isOver = expiry > 0 && expiry < services.clock.wallMilliseconds / 1000
        return store(isOver ? "0" : "1")
    }

    /// What follows `/prefix/digest/` in the target as received, if the digest is that of it.
    private mutating func linkBehindDigest(_ secret: [UInt8]) -> ByteRange? {
        let target = storeRequestURI()
        let text = bytes.span(target.range)
        let slash = UInt8(ascii: "/")
        guard text.count > 1, let first = text.firstOffset(of: slash, from: 1),
            let second = text.firstOffset(of: slash, from: first + 1), second + 1 < text.count,
            let claimed = Self.digest(hexadecimal: text.extracting((first + 1)..<second))
        else { return nil }
        let link = ByteRange(target.lowerBound + second + 1, target.upperBound)
        var digest = MD5()
        digest.update(bytes.span(link.range))
        digest.update(secret)
        return Secret.isEqual(digest.finish(), claimed) ? link : nil
    }

    private static func digest(hexadecimal text: Span<UInt8>) -> [UInt8]? {
        guard text.count == 2 * MD5.byteCount else { return nil }
        var digest: [UInt8] = []
        for index in 0..<MD5.byteCount {
            guard let high = hexValue(text[2 * index]), let low = hexValue(text[2 * index + 1])
            else { return nil }
            digest.append(high << 4 | low)
        }
        return digest
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 0x57
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 0x37
        default: nil
        }
    }

    /// A digest of 16 bytes in Base64, with its padding.
    private static var codedDigestLimit: Int { 24 }
}
