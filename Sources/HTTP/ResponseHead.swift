// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A response head received from a peer: what it means, and where in its bytes each part lies.

/// A response head as places in the bytes that it was parsed from.
///
/// All offsets count from the first byte of the head.
@usableFromInline
package struct ResponseHead: ~Copyable {
    @usableFromInline package var status = Status(rawValue: 0)
    @usableFromInline package var version: Version = .http11
    @usableFromInline package var persistence: Persistence = .close

    /// How the content ends, for the method of the request that it answers.
    @usableFromInline package var framing: ContentFraming = .none

    /// Whether the peer names a protocol to switch to; means something with 101 only.
    @usableFromInline package var offersUpgrade = false

    /// What the peer said Content-Length is, also where no content follows, as after HEAD.
    @usableFromInline package var contentLength: Int?

    /// The reason phrase; may be empty.
    @usableFromInline package var reasonRange = ByteRange()

    @usableFromInline package var fields: FieldSection

    /// The bytes of the whole head, including the empty line.
    @usableFromInline package var byteCount = 0

    /// Makes room for a head with up to `fieldLimit` field lines.
    package init(fieldLimit: Int = FieldSection.defaultLimit) {
        fields = FieldSection(limit: fieldLimit)
    }

    /// Forgets the last response.
    @inlinable package mutating func reset() {
        status = Status(rawValue: 0)
        version = .http11
        persistence = .close
        framing = .none
        offersUpgrade = false
        contentLength = nil
        reasonRange = ByteRange()
        fields.removeAll()
        byteCount = 0
    }
}
