// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A parsed request head: what it means, and where in its bytes each part lies.

/// A protocol version.
@usableFromInline
package enum Version: UInt8, BitwiseCopyable, Sendable {
    case http10
    case http11
    case http2
}

/// How the end of a message's content is found.
///
/// Spec: RFC 9112 §6.3.
@usableFromInline
package enum ContentFraming: BitwiseCopyable, Equatable, Sendable {
    /// There is no content.
    case none
    /// That many bytes follow; may be zero.
    case length(Int)
    /// The chunked transfer coding.
    case chunked
    /// Everything until the connection closes; responses only.
    case untilClose
}

/// Whether the sender wants to use the connection again.
@usableFromInline
package enum Persistence: BitwiseCopyable, Sendable {
    case keepAlive
    case close
}

/// The form of a request target.
///
/// Spec: RFC 9112 §3.2.
@usableFromInline
package enum TargetForm: BitwiseCopyable, Sendable {
    /// `/path?query`
    case origin
    /// `http://host/path?query`
    case absolute
    /// `host:port`, of CONNECT only
    case authority
    /// `*`, of OPTIONS only
    case asterisk
}

/// A request head as places in the bytes that it was parsed from.
///
/// All offsets count from the first byte of the head as it was given to the parser, so keeping a
/// head is copying its bytes. One value is used again for every request of a connection.
@usableFromInline
package struct RequestHead: ~Copyable {
    @usableFromInline package var method: Method = .other
    @usableFromInline package var version: Version = .http11
    @usableFromInline package var targetForm: TargetForm = .origin
    @usableFromInline package var persistence: Persistence = .close

    /// How the content ends; `.none` or `.length` or `.chunked`.
    @usableFromInline package var framing: ContentFraming = .none

    /// Whether the client waits for "100 Continue" before it sends content.
    @usableFromInline package var expectsContinue = false

    /// Whether the client offers to switch protocols: `Upgrade`, and `Connection` lists it.
    @usableFromInline package var offersUpgrade = false

    /// The request line without its line end, as for `$request`.
    @usableFromInline package var lineRange = ByteRange()
    @usableFromInline package var methodRange = ByteRange()

    /// The whole target as received.
    @usableFromInline package var targetRange = ByteRange()

    /// The path as received: still escaped, without query and fragment.
    ///
    /// Empty when an absolute target ends after its authority, which means `/`; `*` for the
    /// asterisk form; empty for the authority form.
    @usableFromInline package var pathRange = ByteRange()

    /// What follows the first '?', without fragment; nil when there is no '?'.
    @usableFromInline package var queryRange: ByteRange?

    /// The scheme of an absolute target.
    @usableFromInline package var schemeRange: ByteRange?

    /// The authority as received: of an absolute or authority target, else the value of Host.
    @usableFromInline package var authorityRange: ByteRange?

    /// Where name and port lie within the authority.
    @usableFromInline package var host = HostName()

    @usableFromInline package var fields: FieldSection

    /// The bytes of the whole head, including any empty lines before it and the one after it.
    @usableFromInline package var byteCount = 0

    /// Makes room for a head with up to `fieldLimit` field lines.
    package init(fieldLimit: Int = FieldSection.defaultLimit) {
        fields = FieldSection(limit: fieldLimit)
    }

    /// The same head, for a copy of its bytes.
    package func copied() -> RequestHead {
        var copy = RequestHead(fieldLimit: fields.limit)
        copy.method = method
        copy.version = version
        copy.targetForm = targetForm
        copy.persistence = persistence
        copy.framing = framing
        copy.expectsContinue = expectsContinue
        copy.offersUpgrade = offersUpgrade
        copy.lineRange = lineRange
        copy.methodRange = methodRange
        copy.targetRange = targetRange
        copy.pathRange = pathRange
        copy.queryRange = queryRange
        copy.schemeRange = schemeRange
        copy.authorityRange = authorityRange
        copy.host = host
        copy.fields = fields.copied()
        copy.byteCount = byteCount
        return copy
    }

    /// Forgets the last request.
    ///
    /// Cost: a few stores; the field table is left as it is.
    @inlinable package mutating func reset() {
        method = .other
        version = .http11
        targetForm = .origin
        persistence = .close
        framing = .none
        expectsContinue = false
        offersUpgrade = false
        lineRange = ByteRange()
        methodRange = ByteRange()
        targetRange = ByteRange()
        pathRange = ByteRange()
        queryRange = nil
        schemeRange = nil
        authorityRange = nil
        host = HostName()
        fields.removeAll()
        byteCount = 0
    }
}
