// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The byte pipe of a connection: a plain socket, TLS over one, or what stands for one.
//
// Nothing above this file reads or writes a descriptor.

internal import HTTP2
internal import Memory
internal import OS
internal import TLS

/// Moves bytes to and from one other side, and remembers what epoll said about it.
///
/// Why: sockets are registered once, edge-triggered. An edge is told once, so readiness must be
///      remembered until a transfer says `wouldBlock`, or takes less than was offered.
struct Transport: ~Copyable {
    private enum Kind: ~Copyable {
        case plain(Socket)
        case tls(TLSSession)
        /// Nothing any more.
        case none
        /// What would be sent is kept for another request.
        case inner(Subrequest)
        /// A stream of HTTP/2, which is one of many on its connection.
        case stream(HTTP2Stream)
        /// One of many clients of a socket for datagrams.
        case datagrams(DatagramClient)
        #if DEBUG
            case scripted(ScriptedTransport)
        #endif
    }

    private var kind: Kind
    /// Whether what is received comes in pieces, of which a short one says nothing of the next.
    private var hasPieces: Bool
    /// Whether receiving may yield something.
    private(set) var isReadable = true
    /// Whether sending may take something.
    private(set) var isWritable = true
    /// Whether the other side has said that it will send nothing more, though bytes may be left.
    private(set) var isHalfClosed = false

    /// A connected socket.
    init(_ socket: consuming Socket) {
        kind = .plain(socket)
        hasPieces = false
    }

    /// A socket that is still connecting: neither readable nor writable yet.
    init(connecting socket: consuming Socket, hasPieces: Bool = false) {
        kind = .plain(socket)
        self.hasPieces = hasPieces
        isReadable = false
        isWritable = false
    }

    /// The end of a subrequest: nothing arrives by it.
    init(_ subrequest: Subrequest) {
        kind = .inner(subrequest)
        hasPieces = false
        isReadable = false
    }

    /// A stream of HTTP/2.
    init(_ stream: HTTP2Stream) {
        kind = .stream(stream)
        hasPieces = true
    }

    /// A client that sends datagrams.
    init(_ client: DatagramClient) {
        kind = .datagrams(client)
        hasPieces = true
    }

    /// The client that sends datagrams, if it is one.
    var datagrams: DatagramClient? {
        switch kind {
        case .datagrams(let client): client
        default: nil
        }
    }

    /// The subrequest, if it is the end of one.
    var subrequest: Subrequest? {
        switch kind {
        case .inner(let subrequest): subrequest
        default: nil
        }
    }

    /// Whether it is the end of a subrequest.
    var isInner: Bool {
        switch kind {
        case .inner: true
        default: false
        }
    }

    /// Whether the kernel can be told to send from a file.
    var sendsFiles: Bool {
        switch kind {
        case .plain: true
        case .tls(let session): session.sendsFiles
        default: false
        }
    }

    /// The stream of HTTP/2, if it is one.
    var stream: HTTP2Stream? {
        switch kind {
        case .stream(let stream): stream
        default: nil
        }
    }

    /// Whether it is a stream of HTTP/2.
    var isStream: Bool {
        switch kind {
        case .stream: true
        default: false
        }
    }

    /// Whether somebody else has the wire.
    var isWireless: Bool {
        switch kind {
        case .inner: true
        case .stream: true
        default: false
        }
    }

    /// Takes note that what was kept has been taken.
    mutating func noteRoom() { isWritable = true }

    /// Takes note that something has arrived.
    mutating func noteInput() { isReadable = true }

    #if DEBUG
        /// Takes the script for ready in both directions, as epoll would say.
        mutating func noteReady() {
            isReadable = true
            isWritable = true
        }

        /// A script that plays the kernel, for tests.
        init(_ script: ScriptedTransport) {
            kind = .scripted(script)
            hasPieces = false
        }
    #endif

    /// Remembers what epoll said.
    mutating func note(_ event: Poller.Event) {
        if event.isReadable { isReadable = true }
        if event.isWritable { isWritable = true }
        if event.isHangUp { isHalfClosed = true }
    }

    /// Takes the socket for connected without waiting for epoll to say so.
    mutating func assumeConnected() { isWritable = true }

    /// The descriptor, for registration and for asking about addresses.
    var number: Int32 {
        switch kind {
        case .plain(let socket): socket.number
        case .tls(let session): session.number
        case .inner: -1
        case .none: -1
        case .stream: -1
        case .datagrams: -1
        #if DEBUG
            case .scripted: -1
        #endif
        }
    }

    /// What became of connecting; nil when it succeeded.
    var pendingError: Errno? {
        switch kind {
        case .plain(let socket): socket.pendingError
        case .tls(let session): session.withSocket { $0.pendingError }
        case .inner: nil
        case .none: nil
        case .stream: nil
        case .datagrams: nil
        #if DEBUG
            case .scripted: nil
        #endif
        }
    }

    /// Whether an idle connection has been closed or has spoken out of turn.
    var isReadableOrClosed: Bool {
        switch kind {
        case .plain(let socket): socket.isReadableOrClosed
        case .tls(let session): session.isReadableOrClosed
        case .inner: false
        case .none: false
        case .stream: false
        case .datagrams: false
        #if DEBUG
            case .scripted: false
        #endif
        }
    }

    /// Whether nothing has come that is still to be received, the end included.
    ///
    /// Cost: a system call, but only where the last transfer took as much as it could.
    var isQuiet: Bool { !isHalfClosed && !(isReadable && isReadableOrClosed) }

    /// Whether the other side had closed before it got a single byte of the last `byteCount`.
    func hasRefusedAll(of byteCount: Int) -> Bool {
        switch kind {
        case .plain(let socket): socket.hasRefusedAll(of: byteCount)
        case .tls(let session): session.withSocket { $0.hasRefusedAll(of: byteCount) }
        case .inner: false
        case .none: false
        case .stream: false
        case .datagrams: false
        #if DEBUG
            case .scripted: false
        #endif
        }
    }

    // MARK: Receiving

    /// Receives into the free room of a buffer, at most once, and no more than `limit` bytes.
    mutating func receive(into buffer: inout Buffer, atMost limit: Int = .max) -> Transfer {
        guard isReadable else { return .wouldBlock }
        let room = min(buffer.room, limit)
        if let stream { return receive(from: stream, into: &buffer, room) }
        let outcome: Transfer
        var isDrained = false
        switch kind {
        case .plain(let socket): outcome = socket.receive(into: buffer.free(upTo: room))
        case .tls(let session):
            outcome = session.receive(into: buffer.free(upTo: room))
            isDrained = session.isDrained
        case .inner: outcome = .wouldBlock
        case .none: outcome = .wouldBlock
        case .stream: outcome = .wouldBlock
        case .datagrams: outcome = .wouldBlock
        #if DEBUG
            case .scripted(let script): outcome = script.receive(into: &buffer, atMost: room)
        #endif
        }
        switch outcome {
        case .bytes(let count):
            buffer.didFill(count)
            // A short read has drained the socket, unless its end is still to be read.
            if isDrained || count < room && !hasPieces, !isHalfClosed { isReadable = false }
        case .wouldBlock: noteDrained()
        case .endOfStream: isHalfClosed = true
        case .failed: break
        }
        return outcome
    }

    /// Takes note that a handshake goes on only when the socket is ready.
    mutating func noteBlocked() {
        isReadable = false
        isWritable = false
    }

    /// Takes both directions for ready: nobody has said otherwise since a handshake.
    mutating func noteSecured() {
        isReadable = true
        isWritable = true
    }

    /// Takes note that nothing can be received now.
    private mutating func noteDrained() {
        isReadable = false
        // Room to send is what it waits for: receiving is to be tried again then.
        if let session, session.wantsRoom {
            isReadable = true
            isWritable = false
        }
    }

    // MARK: TLS

    /// What speaks TLS on it, if anything does.
    var session: TLSSession? {
        switch kind {
        case .tls(let session): session
        default: nil
        }
    }

    /// Speaks TLS from now on, over the socket that it has.
    ///
    /// What has no socket stays as it is; where `make` fails, nothing is left.
    mutating func secure(
        _ make: (consuming Socket) throws(TLSFailure) -> TLSSession
    ) throws(TLSFailure) {
        var former = Kind.none
        swap(&former, &kind)
        switch consume former {
        case .plain(let socket):
            kind = .tls(try make(socket))
            hasPieces = true
        case let other: kind = other
        }
    }

    private mutating func receive(
        from stream: HTTP2Stream, into buffer: inout Buffer, _ room: Int
    ) -> Transfer {
        let count = stream.receive(into: &buffer, atMost: room)
        if count > 0 { return .bytes(count) }
        if stream.isClosed { return .failed(.connectionReset) }
        if stream.isInputEnded { return .endOfStream }
        isReadable = false
        return .wouldBlock
    }

    // MARK: Sending

    /// Sends one piece, at most once.
    mutating func send(_ bytes: RawSpan) -> Transfer {
        guard isWritable else { return .wouldBlock }
        let outcome: Transfer
        switch kind {
        case .plain(let socket): outcome = socket.send(bytes)
        case .tls(let session): outcome = session.send(bytes)
        case .none: outcome = .failed(.badDescriptor)
        case .inner(let subrequest): outcome = subrequest.send(bytes)
        case .stream(let stream): outcome = Self.send(bytes, by: stream)
        case .datagrams(let client): outcome = client.send(bytes)
        #if DEBUG
            case .scripted(let script): outcome = script.send(bytes)
        #endif
        }
        return noteSent(outcome, of: bytes.byteCount)
    }

    /// Sends two pieces with one call.
    mutating func send(_ first: RawSpan, _ second: RawSpan) -> Transfer {
        guard isWritable else { return .wouldBlock }
        let outcome: Transfer
        switch kind {
        case .plain(let socket): outcome = socket.send(first, second)
        case .tls(let session): outcome = session.send(first, second)
        case .none: outcome = .failed(.badDescriptor)
        case .inner(let subrequest):
            outcome = subrequest.send(first, second)
        case .stream(let stream):
            outcome = Self.send(first, second, by: stream)
        case .datagrams: outcome = .failed(.notSupported)
        #if DEBUG
            case .scripted(let script):
                outcome = first.byteCount > 0 ? script.send(first) : script.send(second)
        #endif
        }
        return noteSent(outcome, of: first.byteCount &+ second.byteCount)
    }

    /// Sends from a file without the bytes passing through this process; moves `offset` on.
    ///
    /// `.endOfStream` means that the file is shorter than it was.
    mutating func sendFile(from file: Int32, offset: inout Int, count: Int) -> Transfer {
        guard isWritable else { return .wouldBlock }
        switch kind {
        case .plain(let socket):
            // A short count is no sign of a full socket here: the kernel stops at its pipe's size.
            let outcome = socket.sendFile(from: file, offset: &offset, count: count)
            if outcome == .wouldBlock { isWritable = false }
            return outcome
        case .tls(let session):
            let outcome = session.sendFile(from: file, offset: &offset, count: count)
            if outcome == .wouldBlock { isWritable = false }
            return outcome
        case .none: return .failed(.notSupported)
        case .inner: return .failed(.notSupported)
        case .stream: return .failed(.notSupported)
        case .datagrams: return .failed(.notSupported)
        #if DEBUG
            case .scripted: return .failed(.notSupported)
        #endif
        }
    }

    private static func send(_ bytes: RawSpan, by stream: HTTP2Stream) -> Transfer {
        if stream.isClosed { return .failed(.brokenPipe) }
        let count = stream.send(bytes)
        return count > 0 || bytes.byteCount == 0 ? .bytes(count) : .wouldBlock
    }

    private static func send(
        _ first: RawSpan, _ second: RawSpan, by stream: HTTP2Stream
    ) -> Transfer {
        let outcome = send(first, by: stream)
        guard outcome == .bytes(first.byteCount), second.byteCount > 0 else { return outcome }
        guard case .bytes(let count) = send(second, by: stream) else {
            return first.byteCount > 0 ? outcome : .wouldBlock
        }
        return .bytes(first.byteCount + count)
    }

    private mutating func noteSent(_ outcome: Transfer, of byteCount: Int) -> Transfer {
        switch outcome {
        case .bytes(let count): if count < byteCount, !hasPieces { isWritable = false }
        case .wouldBlock: isWritable = false
        case .endOfStream, .failed: break
        }
        return outcome
    }

    /// Makes closing send a reset, and drop what the kernel has not sent.
    func resetOnClose() {
        switch kind {
        case .plain(let socket): socket.setLingerZero()
        case .tls(let session): session.resetOnClose()
        case .inner: break
        case .none: break
        case .stream: break
        case .datagrams: break
        #if DEBUG
            case .scripted(let script): script.willReset = true
        #endif
        }
    }

    /// Tells the other side that nothing more will come.
    func shutdownWrite() {
        switch kind {
        case .plain(let socket): socket.shutdownWrite()
        case .tls(let session): session.shutdownWrite()
        case .inner: break
        case .none: break
        case .stream(let stream): stream.finish()
        case .datagrams: break
        #if DEBUG
            case .scripted(let script): script.shutdownWrite()
        #endif
        }
    }
}
