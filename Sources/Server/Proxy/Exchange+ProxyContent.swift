// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The content of a peer's answer, piece by piece, taken only as fast as the client takes it.

internal import EventLoop
internal import HTTP
internal import HTTP1
internal import Memory
internal import OS
internal import TLS

extension Exchange {
    /// The next piece of the peer's content, taken ahead or not.
    mutating func nextPeerPiece(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Piece {
        proxy.ahead.isEmpty ? nextReceivedPiece(&peers, &services) : nextKeptPiece(&services)
    }

    /// The next piece of what the client is to get and has not been taken from the peer yet.
    mutating func nextReceivedPiece(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Piece {
        proxy.cut == nil ? receivePiece(&peers, &services) : nextCutPiece(&peers, &services)
    }

    /// The next piece of what the peer sends; it lies in the connection's input.
    mutating func receivePiece(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Piece {
        if proxy.stage == .finished { return .end }
        guard proxy.stage == .receivingContent,
            let slot = proxy.connection.flatMap({ peers.connections.slot(for: $0) })
        else { return .failed }
        if !proxy.isRequestSent { sendRest(slot, &peers, &services) }
        if proxy.pace.isOn, peerPause(&services) != nil { return .pending }
        while true {
            if peers.connections[slot].inputCount > 0 {
                if let piece = decode(slot, &peers, &services) {
                    return proxy.pace.isOn ? pacedPeerPiece(piece, services) : piece
                }
                if proxy.stage == .finished { return .end }
            }
            switch peers.connections[slot].receive(&services.buffers) {
            case .bytes(let count):
                proxy.attempts[proxy.attempts.count - 1].receivedCount += count
                setPeerDeadline(\.readTimeout, &services)
            case .wouldBlock: return .pending
            case .endOfStream:
                guard proxy.framing == .untilClose else {
                    return breakOff("upstream prematurely closed connection", &peers, &services)
                }
                proxy.mayReuse = false
                finishPeerContent(&peers, &services)
                return .end
            case .failed(let error):
                let reason = flawOfSession(peers)?.description ?? "recv() failed (\(error))"
                return breakOff(reason, &peers, &services)
            }
        }
    }

    /// Finds content in what was received; nil when more is needed or the content has ended.
    private mutating func decode(
        _ slot: Int, _ peers: inout PeerConnections, _ services: inout Services
    ) -> Piece? {
        let available = peers.connections[slot].inputCount
        switch proxy.framing {
        case .none: return nil
        case .untilClose: return .peer(slot: slot, range: Extent(0, available))
        case .length:
            let count = min(available, proxy.remaining)
            guard count > 0 else {
                finishPeerContent(&peers, &services)
                return nil
            }
            return .peer(slot: slot, range: Extent(0, count))
        case .chunked: return decodeChunk(slot, &peers, &services)
        }
    }

    private mutating func decodeChunk(
        _ slot: Int, _ peers: inout PeerConnections, _ services: inout Services
    ) -> Piece? {
        // The decoder has counted what it has found, so it must not see it again.
        if proxy.remaining > 0 { return .peer(slot: slot, range: Extent(0, proxy.remaining)) }
        let piece: ChunkedDecoder.Piece
        switch peers.connections[slot].input {
        case .some(let input): piece = proxy.decoder.next(input.readable)
        case .none: return nil
        }
        switch piece {
        case .content(let range):
            peers.connections[slot].consume(range.lowerBound, &services.buffers)
            proxy.remaining = range.count
            return .peer(slot: slot, range: Extent(0, range.count))
        case .needsBytes(let count):
            peers.connections[slot].consume(count, &services.buffers)
            return nil
        case .end(let count):
            takeTrailers(slot, endingAt: count, &peers, &services)
            peers.connections[slot].consume(count, &services.buffers)
            finishPeerContent(&peers, &services)
            return nil
        case .malformed(let flaw):
            return breakOff(
                "upstream sent invalid chunked response: \(flaw.description)", &peers, &services)
        }
    }

    /// Drops a piece that has been passed on.
    mutating func didPass(
        _ byteCount: Int, fromPeer slot: Int, _ peers: inout PeerConnections,
        _ services: inout Services
    ) {
        peers.connections[slot].consume(byteCount, &services.buffers)
        proxy.attempts[proxy.attempts.count - 1].contentCount += byteCount
        if proxy.pace.isOn { notePassed(byteCount, services) }
        switch proxy.framing {
        case .length:
            proxy.remaining -= byteCount
            if proxy.remaining == 0 { finishPeerContent(&peers, &services) }
        case .chunked: proxy.remaining -= byteCount
        case .none, .untilClose: break
        }
    }

    /// The content has ended as it should.
    mutating func finishPeerContent(_ peers: inout PeerConnections, _ services: inout Services) {
        proxy.stage = .finished
        deadline = nil
        releasePeer(&peers, &services)
    }

    /// The content has broken off: the client must not take it for whole.
    private mutating func breakOff(
        _ what: String, _ peers: inout PeerConnections, _ services: inout Services
    ) -> Piece {
        services.logError(.error, self, "\(what) while reading upstream")
        proxy.stage = .failed
        endAttempt(services.clock.now)
        closePeer(&peers)
        return .failed
    }
}
