// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What choosing a peer needs to know of whoever asks, and what comes of it.

/// What a request brings to the choice of a peer, and how far it has come with it.
///
/// It belongs to a request, or to a session of `stream`, for all its tries with one group.
struct PeerRequest: Sendable {
    /// The peers that were asked.
    var tried = PeerSet()
    /// What `hash` is made of, or the address of the client for `ip_hash`; empty where the method
    /// wants neither.
    var key: [UInt8] = []
    /// The name (`Peer.route`) of the peer that `sticky` wants; empty for any.
    var wish: [UInt8] = []
    /// Whether the peers that only stand in are asked by now.
    ///
    /// Spec: nginx: whoever has come to them does not go back.
    var asksBackups = false
    /// Where `hash` and `ip_hash` have come to, nil before the first try.
    var hash: UInt64?
    /// How often `hash` has been made anew.
    var rehashCount: UInt64 = 0
    /// How many peers `hash`, `ip_hash` and `random` have named that cannot be asked.
    var missCount = 0

    mutating func reset() {
        if !key.isEmpty { key = [] }
        if !wish.isEmpty { wish = [] }
        forgetTries()
    }

    /// Makes all peers eligible again.
    mutating func forgetTries() {
        tried.removeAll()
        asksBackups = false
        hash = nil
        rehashCount = 0
        missCount = 0
    }
}

/// Who is to be asked.
enum PeerSelection: BitwiseCopyable, Equatable {
    /// This peer; a `PeerLease` must take over that it is counted.
    case peer(Int)
    /// Nobody now: those who could be asked have as many requests as they may.
    case busy
    /// Nobody.
    case none

    var index: Int? {
        if case .peer(let index) = self { return index }
        return nil
    }
}

/// What became of a try with a peer.
enum PeerOutcome: BitwiseCopyable, Equatable {
    case answered
    /// The peer works, but somebody else is asked.
    case refused
    case failed
    /// Nothing is known: the client left, or the connection was an old one.
    case unknown
}

/// How a try with a peer has changed what is thought of it.
enum PeerChange: BitwiseCopyable, Equatable {
    case none
    /// It is left out for its `fail_timeout`.
    case leftOut
    /// It answers again.
    case cameBack
}
