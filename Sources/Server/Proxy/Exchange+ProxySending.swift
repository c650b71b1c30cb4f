// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Sending a request to a peer: the head, then the content.

internal import HTTP
internal import HTTP1
internal import Memory
internal import OS

extension Exchange {
    /// Sends what is left of the request.
    ///
    /// - Returns: nil when the stage has changed and `proceed` is to go on.
    mutating func sendRequest(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep? {
        guard let slot = proxy.connection.flatMap({ peers.connections.slot(for: $0) }) else {
            return peerFailed(.closedEarly, &peers, &services)
        }
        switch sendAll(slot, pieceLimit: Self.piecesPerStepLimit, &peers, &services) {
        // The connection comes back for the rest, after others if need be.
        case .paused: return .proceed
        case .sent:
            proxy.stage = .awaitingHead
            setPeerDeadline(\.readTimeout, &services)
            return nil
        case .blocked: return receiveHead(&peers, &services) ?? .wait
        // The client has more to send.
        case .needsContent: return receiveHead(&peers, &services) ?? .receiveContent
        case .failed(let error):
            // The peer may have answered before it closed, to refuse the content.
            return receiveHead(&peers, &services)
                ?? peerFailed(.sendFailed(error), &peers, &services)
        }
    }

    /// Sends what is left of the request while the answer is on its way.
    ///
    /// Why: a peer may answer while it reads, and needs all of the content for all of its answer.
    mutating func sendRest(
        _ slot: Int, _ peers: inout PeerConnections, _ services: inout Services
    ) {
        // A peer that takes no more may still say what it has to say.
        _ = sendAll(slot, pieceLimit: .max, &peers, &services)
    }

    /// Pieces of one step, so that a large upload to a fast peer cannot hold the worker.
    private static var piecesPerStepLimit: Int { 4 }

    /// What one call may send of a file.
    private static var fileByteLimit: Int { 1 << 20 }

    /// Whether more of the content can be taken from the client and passed on.
    var wantsContent: Bool {
        content.isStreamed && proxy.sendsContent && content.memory.isEmpty && !proxy.isRequestSent
            && proxy.requestSent >= proxy.request.count && proxy.connection != nil
    }

    /// Whether what has arrived together with the head can leave together with it.
    var wantsFirstContent: Bool { content.isStreamed && content.receivedCount == 0 }

    private enum Sending: BitwiseCopyable {
        /// All of the request.
        case sent
        /// The peer takes no more for now.
        case blocked
        /// The peer would take more, but others are due.
        case paused
        /// All that has arrived of it.
        case needsContent
        case failed(Errno)
    }

    private mutating func sendAll(
        _ slot: Int, pieceLimit: Int, _ peers: inout PeerConnections, _ services: inout Services
    ) -> Sending {
        var pieceCount = 0
        while true {
            guard pieceCount < pieceLimit else { return .paused }
            if hasUnsentContent || proxy.requestSent < proxy.request.count {
                switch sendPiece(slot, &peers) {
                case .bytes(let count):
                    noteSent(count, &services)
                    pieceCount += 1
                case .wouldBlock: return .blocked
                case .endOfStream: return .failed(.brokenPipe)
                case .failed(let error): return .failed(error)
                }
                continue
            }
            guard content.isComplete || !proxy.sendsContent else { return .needsContent }
            if proxy.sendsChunks, !proxy.hasEndedChunks {
                proxy.hasEndedChunks = true
                proxy.request.append(ChunkedEncoder.end)
                continue
            }
            proxy.isRequestSent = true
            return .sent
        }
    }

    private var hasUnsentContent: Bool {
        guard proxy.sendsContent else { return false }
        if content.isStreamed { return !content.memory.isEmpty }
        return proxy.contentSent < content.heldByteCount
    }

    /// Sends one piece of what is left: the head together with content in memory, or from the file.
    private mutating func sendPiece(_ slot: Int, _ peers: inout PeerConnections) -> Transfer {
        if content.isStreamed { return sendStreamedPiece(slot, &peers) }
        if proxy.sendsContent, content.isInFile, proxy.requestSent >= proxy.request.count {
            return sendFromFile(slot, &peers)
        }
        let headRest = proxy.request.bytes(proxy.requestSent..<proxy.request.count)
        if !proxy.sendsContent || content.isInFile || content.heldByteCount == 0 {
            return peers.connections[slot].transport.send(headRest)
        }
        let contentRest = content.memory.bytes(proxy.contentSent..<content.memory.count)
        return peers.connections[slot].transport.send(headRest, contentRest)
    }

    private mutating func sendFromFile(_ slot: Int, _ peers: inout PeerConnections) -> Transfer {
        guard let file = content.descriptorNumber else { return .endOfStream }
        guard peers.connections[slot].transport.sendsFiles else {
            return sendCopy(of: file, slot, &peers)
        }
        var offset = proxy.contentSent
        return peers.connections[slot].transport.sendFile(
            from: file, offset: &offset,
            count: min(content.heldByteCount - proxy.contentSent, Self.fileByteLimit))
    }

    /// Sends what is next in a file by way of memory: it is to be encrypted.
    private func sendCopy(
        of file: Int32, _ slot: Int, _ peers: inout PeerConnections
    ) -> Transfer {
        let count = min(content.heldByteCount - proxy.contentSent, Self.copyByteLimit)
        var copy = Buffer(capacity: count)
        switch SharedFile(file).read(into: copy.free, limit: count, at: proxy.contentSent) {
        case .bytes(let read):
            copy.didFill(read)
            return peers.connections[slot].transport.send(copy.readableBytes)
        // It must not be taken for a peer that is busy.
        case .wouldBlock: return .failed(.inputOutput)
        case let other: return other
        }
    }

    /// As much as one record of TLS holds.
    private static var copyByteLimit: Int { 16 << 10 }

    /// Moves what has arrived behind the head, framed if its length is unknown, and sends that.
    private mutating func sendStreamedPiece(
        _ slot: Int, _ peers: inout PeerConnections
    ) -> Transfer {
        if proxy.requestSent >= proxy.request.count {
            proxy.request.removeAll()
            proxy.targetRange = nil
            proxy.requestSent = 0
        }
        if !content.memory.isEmpty {
            if proxy.sendsChunks {
                ChunkedEncoder.beginChunk(content.memory.count, in: &proxy.request)
            }
            proxy.request.append(contentsOf: content.memory)
            if proxy.sendsChunks { proxy.request.append(ChunkedEncoder.chunkEnd) }
            content.consume(content.memory.count)
        }
        return peers.connections[slot].transport.send(
            proxy.request.bytes(proxy.requestSent..<proxy.request.count))
    }

    private mutating func noteSent(_ count: Int, _ services: inout Services) {
        proxy.hasSentBytes = true
        proxy.attempts[proxy.attempts.count - 1].sentCount += count
        let headPart = min(count, proxy.request.count - proxy.requestSent)
        proxy.requestSent += headPart
        proxy.contentSent += count - headPart
        if proxy.stage == .sending { setPeerDeadline(\.sendTimeout, &services) }
    }
}
