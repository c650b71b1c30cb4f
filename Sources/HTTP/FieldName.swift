// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The field names that some part of the server asks about, as one byte each.
//
// A name outside this list is a field like any other, only nobody looks it up by number.

internal import Memory

/// A recognised field name.
///
/// Limits: 63 names beside `other`, so that a set of names is one `UInt64` (see `FieldNameSet`).
/// Spec: RFC 9110 §5.1, names are compared without regard to case.
@usableFromInline
package enum FieldName: UInt8, BitwiseCopyable, CaseIterable, Sendable {
    /// A name that is not in this list.
    case other
    case host
    case connection
    case contentLength
    case transferEncoding
    case expect
    case upgrade
    case te
    case trailer
    case keepAlive
    case proxyConnection
    case ifMatch
    case ifNoneMatch
    case ifModifiedSince
    case ifUnmodifiedSince
    case ifRange
    case range
    case accept
    case acceptEncoding
    case acceptLanguage
    case authorization
    case cookie
    case userAgent
    case referer
    case origin
    case xForwardedFor
    case xForwardedProto
    case xForwardedHost
    case xRealIP
    case contentType
    case contentEncoding
    case contentRange
    case date
    case server
    case location
    case setCookie
    case etag
    case lastModified
    case cacheControl
    case expires
    case vary
    case wwwAuthenticate
    case via
    case link
    case refresh
    case acceptRanges
    case age
    case allow
    case retryAfter
    case proxy
    case proxyAuthorization
    case proxyAuthenticate
    case maxForwards
    case http2Settings
    case forwarded
    case pragma
    case xAccelRedirect
    case xAccelBuffering
    case xAccelExpires
    case xAccelCharset
    case xAccelLimitRate
    case xPad
    case secFetchDest
    case secFetchMode

    /// The name as it is written to the wire; empty for `other`.
    package var spelling: StaticString {
        switch self {
        case .other: ""
        case .host: "Host"
        case .connection: "Connection"
        case .contentLength: "Content-Length"
        case .transferEncoding: "Transfer-Encoding"
        case .expect: "Expect"
        case .upgrade: "Upgrade"
        case .te: "TE"
        case .trailer: "Trailer"
        case .keepAlive: "Keep-Alive"
        case .proxyConnection: "Proxy-Connection"
        case .ifMatch: "If-Match"
        case .ifNoneMatch: "If-None-Match"
        case .ifModifiedSince: "If-Modified-Since"
        case .ifUnmodifiedSince: "If-Unmodified-Since"
        case .ifRange: "If-Range"
        case .range: "Range"
        case .accept: "Accept"
        case .acceptEncoding: "Accept-Encoding"
        case .acceptLanguage: "Accept-Language"
        case .authorization: "Authorization"
        case .cookie: "Cookie"
        case .userAgent: "User-Agent"
        case .referer: "Referer"
        case .origin: "Origin"
        case .xForwardedFor: "X-Forwarded-For"
        case .xForwardedProto: "X-Forwarded-Proto"
        case .xForwardedHost: "X-Forwarded-Host"
        case .xRealIP: "X-Real-IP"
        case .contentType: "Content-Type"
        case .contentEncoding: "Content-Encoding"
        case .contentRange: "Content-Range"
        case .date: "Date"
        case .server: "Server"
        case .location: "Location"
        case .setCookie: "Set-Cookie"
        case .etag: "ETag"
        case .lastModified: "Last-Modified"
        case .cacheControl: "Cache-Control"
        case .expires: "Expires"
        case .vary: "Vary"
        case .wwwAuthenticate: "WWW-Authenticate"
        case .via: "Via"
        case .link: "Link"
        case .refresh: "Refresh"
        case .acceptRanges: "Accept-Ranges"
        case .age: "Age"
        case .allow: "Allow"
        case .retryAfter: "Retry-After"
        case .proxy: "Proxy"
        case .proxyAuthorization: "Proxy-Authorization"
        case .proxyAuthenticate: "Proxy-Authenticate"
        case .maxForwards: "Max-Forwards"
        case .http2Settings: "HTTP2-Settings"
        case .forwarded: "Forwarded"
        case .pragma: "Pragma"
        case .xAccelRedirect: "X-Accel-Redirect"
        case .xAccelBuffering: "X-Accel-Buffering"
        case .xAccelExpires: "X-Accel-Expires"
        case .xAccelCharset: "X-Accel-Charset"
        case .xAccelLimitRate: "X-Accel-Limit-Rate"
        case .xPad: "X-Pad"
        case .secFetchDest: "Sec-Fetch-Dest"
        case .secFetchMode: "Sec-Fetch-Mode"
        }
    }

    /// Recognises a whole span as a name.
    package static func recognise(_ name: Span<UInt8>) -> FieldName {
        recognise(name, at: 0, count: name.count)
    }

    /// Recognises the name in `bytes[start..<start + count]`.
    ///
    /// Cost: one table slot, then at most three words compared; no loop over the known names.
    package static func recognise(_ bytes: Span<UInt8>, at start: Int, count: Int) -> FieldName {
        guard count >= 2, count <= longestName, start >= 0, start &+ count <= bytes.count else {
            return .other
        }
        let first = FieldNameTable.word(bytes, at: start, count: count)
        let last = count <= 8 ? first : bytes.word(at: start &+ count &- 8)
        let slot = FieldNameTable.slot(first: first, last: last, count: count)
        let candidate = Int(FieldNameTable.slots[slot])
        guard Int(FieldNameTable.counts[candidate]) == count else { return .other }
        let row = candidate &* FieldNameTable.wordsPerName
        var isMatch = FieldNameTable.matches(first, FieldNameTable.words[row])
        if count > 8 {
            isMatch = isMatch && FieldNameTable.matches(last, FieldNameTable.words[row &+ 2])
        }
        if count > 16 {
            let middle = bytes.word(at: start &+ 8)
            isMatch = isMatch && FieldNameTable.matches(middle, FieldNameTable.words[row &+ 1])
        }
        guard isMatch else { return .other }
        return FieldName(rawValue: UInt8(truncatingIfNeeded: candidate)) ?? .other
    }

    private static var longestName: Int { FieldNameTable.wordsPerName * 8 }
}

/// A set of recognised names as a bit mask.
@usableFromInline
package struct FieldNameSet: OptionSet, BitwiseCopyable, Sendable {
    @usableFromInline package var rawValue: UInt64

    @inlinable package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The set of one name.
    @inlinable package init(_ name: FieldName) { rawValue = 1 << UInt64(name.rawValue & 63) }

    /// The set of these names.
    package init(_ names: FieldName...) {
        rawValue = 0
        for name in names { insert(FieldNameSet(name)) }
    }
}
