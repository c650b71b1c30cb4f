// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Frees fast peers from slow clients: content is taken from a peer before its client can take it.
//
// None of this happens while the client keeps up.

internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Decides whether content may be taken before the client can take it.
    ///
    /// Spec: nginx `proxy_buffering`, `X-Accel-Buffering`. What may have no end is left where it
    ///       is: who makes it shall learn that nobody takes it.
    mutating func decideBuffering(_ services: borrowing Services) {
        let policy = services.site.locations[locationIndex].settings.proxy.policy
        proxy.isBuffered = proxy.wishesBuffering ?? policy.buffers
        proxy.readsAhead = proxy.isBuffered && !proxy.isEndless
    }

    /// Takes content from the peer although the client takes none.
    ///
    /// - Returns: whether more can be had at once, after others have had their turn.
    mutating func readAhead(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Bool {
        for _ in 0..<Self.piecesAheadLimit {
            let piece = nextReceivedPiece(&peers, &services)
            guard case .peer(let slot, let range) = piece else { return false }
            if range.count == 0 { continue }
            let count = keepAhead(slot, range, peers, &services)
            guard count > 0 else { return false }
            didConsume(count, of: piece, &peers, &services)
        }
        return true
    }

    /// Pieces of one turn, each as large as the buffer of a peer, so that what is written into a
    /// file cannot hold the worker.
    private static var piecesAheadLimit: Int { 16 }

    /// Keeps the beginning of a piece: in memory while that is enough, else in the file.
    ///
    /// - Returns: how many bytes that were; 0 when no room is left.
    private mutating func keepAhead(
        _ slot: Int, _ range: Extent, _ peers: borrowing PeerConnections,
        _ services: inout Services
    ) -> Int {
        let limit = services.site.locations[locationIndex].settings.proxy.policy.buffersByteCount
        if proxy.ahead.isInFile || proxy.ahead.memoryCount + range.count > limit {
            let count = spill(slot, range, peers, &services)
            if count > 0 { return count }
            // What is in memory follows what is in the file, so more may come.
        }
        let count = min(range.count, limit - proxy.ahead.memoryCount)
        guard count > 0 else { return 0 }
        switch peers.connections[slot].input {
        case .some(let input): proxy.ahead.keep(range.start..<range.start + count, of: input)
        case .none: return 0
        }
        return count
    }

    /// Writes the beginning of a piece to the file, behind all that is in memory.
    ///
    /// - Returns: how many bytes that were; 0 when there is no file, or it may not grow.
    private mutating func spill(
        _ slot: Int, _ range: Extent, _ peers: borrowing PeerConnections,
        _ services: inout Services
    ) -> Int {
        let policy = services.site.locations[locationIndex].settings.proxy.policy
        guard proxy.ahead.fileEnd < policy.fileByteLimit, !proxy.ahead.hasFailed else { return 0 }
        if !proxy.ahead.hasFile, !makeFileAhead(&services) { return 0 }
        var outcome = proxy.ahead.writeTail(limit: policy.fileByteLimit)
        guard case .bytes = outcome else { return fileFailed(outcome, &services) }
        let count = min(
            range.count, policy.fileByteLimit - proxy.ahead.fileEnd, policy.fileWriteByteLimit)
        guard count > 0 else { return 0 }
        switch peers.connections[slot].input {
        case .some(let input):
            outcome = proxy.ahead.write(range.start..<range.start + count, of: input)
        case .none: return 0
        }
        guard case .bytes(let written) = outcome, written > 0 else {
            return fileFailed(outcome, &services)
        }
        return written
    }

    private mutating func makeFileAhead(_ services: inout Services) -> Bool {
        let folder = services.site.locations[locationIndex].settings.proxy.temporaryPath
        do throws(Errno) {
            try proxy.ahead.makeFile(in: folder)
        } catch {
            proxy.ahead.noteFailure()
            services.logError(
                .critical, self,
                "open() \"\(LogEscape.text(folder))\" failed (\(error)) while reading upstream")
            return false
        }
        services.logError(
            .warning, self,
            "an upstream response is buffered to a temporary file in "
                + "\(LogEscape.text(folder)) while reading upstream")
        return true
    }

    /// Goes on without a file: the peer waits for the client, and nothing is lost.
    private mutating func fileFailed(_ outcome: Transfer, _ services: inout Services) -> Int {
        proxy.ahead.noteFailure()
        let error: Errno = if case .failed(let error) = outcome { error } else { .noSpace }
        services.logError(
            .critical, self, "pwrite() to a temporary file failed (\(error)) while reading upstream"
        )
        return 0
    }

    // MARK: Handing out

    /// The next piece of what was taken ahead.
    mutating func nextKeptPiece(_ services: inout Services) -> Piece {
        if mayStayInFile(services), let (descriptor, range) = proxy.ahead.nextInFile {
            return .spilled(descriptor, range)
        }
        do throws(Errno) {
            try proxy.ahead.bringForward()
        } catch {
            services.logError(
                .critical, self, "pread() of a temporary file failed (\(error))")
            proxy.stage = .failed
            proxy.ahead.reset()
            return .failed
        }
        return .kept(Extent(0, proxy.ahead.front.count))
    }

    /// Whether the kernel may send from the file, because nobody else wants to see the bytes.
    private func mayStayInFile(_ services: borrowing Services) -> Bool {
        !response.isFiltered && response.assembly == nil && subrequest == nil
            && services.site.locations[locationIndex].settings.rate.sending.usesSendfile
    }
}
