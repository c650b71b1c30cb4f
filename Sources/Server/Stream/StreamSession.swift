// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a session of `stream` remembers.
//
// A session is a client connection with an exchange that never reads a head. So all that holds for
// requests before their content holds for sessions as it is: addresses of clients, limits, access,
// variables, logs, and the choosing, resolving, dialling and retrying of peers. What is different
// stands in this folder: the stages of a session, and the bytes that pass both ways from its start.

internal import Memory
internal import OS

/// What an exchange knows while it is a session.
///
/// Why: a class, because requests have none, and should not carry its size.
final class StreamSession {
    /// How far it has come.
    enum Stage: BitwiseCopyable, Equatable {
        /// The header of the PROXY protocol is to come.
        case header
        /// Who the client is, and whether it may.
        case phases
        /// TLS is agreed upon.
        case handshake
        /// What it says first is looked at.
        case preread
        /// A peer is being found.
        case connecting
        /// Bytes pass both ways.
        case passing
        /// A text is being sent, and that is all.
        case text
    }

    var stage = Stage.header
    /// Where the client sends its datagrams; nil for a connection, whose socket knows.
    var datagramDestination: CompactAddress?
    /// Datagrams from the client and from the peer.
    var requestCount = 0
    var responseCount = 0
    /// Bytes that came from the client, without the header of the PROXY protocol.
    var receivedCount = 0
    /// What the peer is sent before the bytes of the client.
    var prelude = Buffer(capacity: 0)
    var helloReader = ClientHelloReader()
    /// What the client said in its TLS ClientHello.
    var hello: ClientHello?
    /// When the client began to be listened to.
    var prereadsUntil: Instant?
    /// When the client must have agreed upon TLS.
    var handshakesUntil: Instant?
    /// Whether the name of a peer had no address.
    var hasNoAddress = false
    var upload = Direction()
    var download = Direction()
    /// When bytes began to pass.
    ///
    /// Units: seconds, as rates count them.
    var startedSecond = 0
    /// Whether the last wait was for a rate.
    var isDelayed = false

    /// One of the two ways.
    struct Direction: BitwiseCopyable {
        /// Units: bytes a second; 0 for no limit.
        var rate = 0
        /// Before that nothing more is taken from its source.
        var resumesAt: Instant?
        /// Whether its source has said that nothing more will come.
        var isEnded = false
        /// Whether its destination has been told so.
        var isShut = false
    }
}
