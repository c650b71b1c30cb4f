// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Content as a connection takes it from an exchange.

internal import EventLoop
internal import FileCache
internal import HTTP
internal import Memory

/// A part of some content.
///
/// Why: not a `Range`, which is not known to be a plain value, nor a `ByteRange`, which ends at 4
///      GiB.
struct Extent: BitwiseCopyable, Equatable {
    var start: Int
    var end: Int

    init(_ start: Int, _ end: Int) {
        self.start = start
        self.end = end
    }

    var count: Int { end &- start }
    var range: Range<Int> { start..<end }
}

/// Where the next bytes of a response's content are.
enum Piece: BitwiseCopyable, Equatable {
    /// In `Response.body`.
    case body(Extent)
    /// In the memory of `Response.file`.
    case memory(Extent)
    /// Behind the descriptor of `Response.file`.
    case file(Int32, Extent)
    /// In the input of a peer's connection.
    case peer(slot: Int, range: Extent)
    /// In memory: taken from a peer before the client could take it.
    case kept(Extent)
    /// Behind the descriptor of `ProxyState.ahead`, as long as nobody but the kernel needs it.
    case spilled(Int32, Extent)
    /// In the output of `Response.assembly`.
    case assembled(Extent)
    /// In the output of `Response.filter`.
    case filtered(Extent)
    /// More will come when the peer's connection is ready.
    case pending
    /// More can be had at once, but others are due.
    case yield
    /// More will come when a disk has answered.
    case cold
    /// The content is complete.
    case end
    /// The content broke off; the client must see that.
    case failed
}

extension Exchange {
    /// The next piece of the response's content.
    ///
    /// Tell with `didSend` how much of it is gone.
    mutating func nextPiece(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Piece {
        let piece =
            response.isFiltered
            ? nextFilteredPiece(&peers, &services) : nextPlainPiece(&peers, &services)
        return response.pace.isOn ? paced(piece, at: services.clock.now) : piece
    }

    /// The next piece of the content before it is filtered.
    mutating func nextPlainPiece(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Piece {
        guard let assembly = response.assembly else { return nextSourcePiece(&peers, &services) }
        return nextAssembledPiece(assembly, &peers, &services)
    }

    /// The next piece of the content as its source gives it.
    mutating func nextSourcePiece(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Piece {
        switch response.source {
        case .none: return .end
        case .body:
            return response.offset < response.end
                ? .body(Extent(response.offset, response.end)) : .end
        case .file:
            guard response.offset < response.end else { return .end }
            return filePiece(Extent(response.offset, response.end))
        case .parts: return nextPartPiece()
        case .peer: return nextPeerPiece(&peers, &services)
        }
    }

    /// A part of the file that is sent.
    func filePiece(_ range: Extent) -> Piece {
        guard let file = response.file.representation else { return .failed }
        if let descriptor = file.descriptorNumber { return .file(descriptor, range) }
        return .memory(range)
    }

    /// Takes note that bytes of a piece have been handed to the kernel or copied.
    mutating func didSend(
        _ byteCount: Int, of piece: Piece, _ peers: inout PeerConnections,
        _ services: inout Services
    ) {
        response.sentContentCount += byteCount
        if response.pace.isOn {
            response.pace.note(
                byteCount, upTo: response.sentByteCount, at: services.clock.now)
        }
        didConsume(byteCount, of: piece, &peers, &services)
    }

    /// Takes note that bytes of a piece are not needed any more.
    mutating func didConsume(
        _ byteCount: Int, of piece: Piece, _ peers: inout PeerConnections,
        _ services: inout Services
    ) {
        switch piece {
        case .body, .memory, .file: response.offset += byteCount
        case .peer(let slot, _):
            proxy.cut?.end -= byteCount
            didPass(byteCount, fromPeer: slot, &peers, &services)
        case .kept: proxy.ahead.didTake(byteCount)
        case .spilled: proxy.ahead.didTakeFromFile(byteCount)
        case .assembled: response.assembly?.didTake(byteCount)
        case .filtered: response.filter.didTake(byteCount)
        case .pending, .yield, .cold, .end, .failed: break
        }
    }
}
