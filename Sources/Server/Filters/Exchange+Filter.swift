// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Pulls content through the filter of a response, only as fast as the client takes it.

internal import FileCache
internal import Memory
internal import OS

extension Exchange {
    /// The next piece of what comes out of the filter.
    ///
    /// When the source pauses, everything that it gave comes out first: an event of a stream must
    /// not wait for the one behind it.
    /// Limits: `outputByteLimit` and what one write adds; `turnByteLimit` of input for each turn of
    ///         a connection, less where there are many, so that those who take everything at once
    ///         cannot hold the worker.
    mutating func nextFilteredPiece(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Piece {
        let turnByteLimit = Self.turnByteLimit(services.encoders.openCount)
        while response.filter.state == .open, response.filter.output.count < Self.outputByteLimit {
            if services.filteredCount >= turnByteLimit {
                if response.filter.output.isEmpty { return .yield }
                break
            }
            let passedCount = response.filter.passedCount
            if response.filter.hasBacklog {
                response.filter.proceed()
                services.filteredCount += response.filter.passedCount - passedCount
                continue
            }
            let piece = nextReadyPiece(&peers, &services)
            switch piece {
            case .body, .memory, .file, .peer, .kept, .assembled:
                let count = write(piece, &peers, &services)
                if count < 0 { return .failed }
                let passed = response.filter.passedCount - passedCount
                services.filteredCount += max(count, passed) + Self.pieceCost
                didConsume(count, of: piece, &peers, &services)
            case .pending:
                response.filter.flush()
                if response.filter.output.isEmpty { return .pending }
            case .cold: if response.filter.output.isEmpty { return .cold }
            case .end: response.filter.finish()
            case .failed:
                // What came before is the client's, as it would be without a filter.
                response.filter.flush()
                if response.filter.output.isEmpty { return .failed }
            case .filtered, .spilled, .yield: return piece
            }
            if piece == .pending || piece == .cold || piece == .failed { break }
        }
        if !response.filter.output.isEmpty {
            return .filtered(Extent(0, response.filter.output.count))
        }
        return response.filter.state == .ended ? .end : .failed
    }

    /// The next piece of what is filtered.
    private mutating func nextReadyPiece(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Piece {
        response.assembly == nil
            ? nextReadySourcePiece(&peers, &services) : nextPlainPiece(&peers, &services)
    }

    /// The next piece of the source, if it can be had without waiting for a disk.
    mutating func nextReadySourcePiece(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Piece {
        let piece = nextSourcePiece(&peers, &services)
        guard case .file(let descriptor, let extent) = piece else { return piece }
        switch examine(SharedFile(descriptor), extent, &services) {
        case .ready: return piece
        case .cold: return .cold
        case .changed: return .failed
        }
    }

    /// Writes the beginning of a piece into the filter.
    ///
    /// - Returns: how many bytes that were; -1 if they are not there any more.
    private mutating func write(
        _ piece: Piece, _ peers: inout PeerConnections, _ services: inout Services
    ) -> Int {
        switch piece {
        case .body(let extent):
            return Self.write(response.body, Self.step(extent), &response.filter)
        case .memory(let extent):
            guard let file = response.file.representation else { return -1 }
            let range = Self.step(extent)
            response.filter.write(file.content.extracting(range))
            return range.count
        case .file(let descriptor, let extent):
            return write(SharedFile(descriptor), extent, &services)
        case .peer(let slot, let extent):
            switch peers.connections[slot].input {
            case .some(let input): return Self.write(input, Self.step(extent), &response.filter)
            case .none: return -1
            }
        case .kept(let extent):
            return Self.write(proxy.ahead.front, Self.step(extent), &response.filter)
        case .assembled(let extent):
            guard let assembly = response.assembly else { return -1 }
            return Self.write(assembly.output, Self.step(extent), &response.filter)
        case .spilled, .filtered, .pending, .yield, .cold, .end, .failed: return -1
        }
    }

    private static func write(
        _ source: borrowing Buffer, _ range: Range<Int>, _ filter: inout ContentFilter
    ) -> Int {
        filter.write(source.span(range))
        return range.count
    }

    /// Reads the beginning of a part of a file into the filter.
    ///
    /// Looks at the file once more behind the bytes: what goes into an encoder cannot be told apart
    /// afterwards, so nothing of another version may.
    private mutating func write(
        _ file: SharedFile, _ extent: Extent, _ services: inout Services
    ) -> Int {
        var buffer = services.buffers.acquire(atLeast: Self.stepByteLimit)
        var count = -1
        let limit = Self.step(extent).count
        if case .bytes(let readCount) = file.read(
            into: buffer.free, limit: limit, at: extent.start),
            isUnchanged(file, upTo: extent.end, &services)
        {
            buffer.didFill(readCount)
            count = Self.write(buffer, 0..<readCount, &response.filter)
        }
        services.buffers.release(buffer)
        return count
    }

    private static func step(_ extent: Extent) -> Range<Int> {
        extent.start..<extent.start + min(extent.count, stepByteLimit)
    }

    /// What is written at once.
    private static var stepByteLimit: Int { 16 << 10 }
    /// What has come out before more is written.
    private static var outputByteLimit: Int { 16 << 10 }
    /// What one connection may write in a turn while so many filters are open.
    ///
    /// All of them take some ten milliseconds at the usual levels then.
    private static func turnByteLimit(_ openCount: Int) -> Int {
        max(stepByteLimit, min(64 << 10, (512 << 10) / max(openCount, 1)))
    }
    /// What the smallest piece counts as.
    private static var pieceCost: Int { 64 }
}
