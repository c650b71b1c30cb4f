// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// One TLS connection over a socket, of whichever side: handshake, bytes both ways, goodbye.
//
// It knows nothing of who is at the other end, nor of epoll: as a socket does, it says that nothing
// can be moved now, and is asked again when the socket is ready.

internal import COpenSSL
package import Memory
package import OS

/// A TLS connection; its socket is closed with it.
///
/// Invariant: OpenSSL's queue of errors is empty between calls.
/// Why: a class, because OpenSSL's callbacks need an address that stays.
@safe package final class TLSSession {
    let ssl: OpaquePointer
    /// What it began with.
    let context: TLSContext
    /// What it goes on with: that of the server that was chosen.
    package private(set) var current: TLSContext
    private let socket: Socket
    /// What had been received before it was known that TLS begins.
    private var early = Buffer(capacity: 0)
    /// Whether the last receive took all that the socket had.
    private var isSocketDrained = false
    /// Whether the socket's end has been read.
    private var hasEnded = false
    /// Why the socket is of no further use.
    private var socketError: Errno?
    /// The size of the record that the socket has not taken whole yet; 0 when there is none.
    private var pendingRecord = 0
    /// How many bytes have been put into records without having been reported as sent.
    ///
    /// Why: what is encrypted cannot be taken back, but whoever sends is told that it is sent only
    ///      when the socket has all of it. They offer the same bytes again, which are then skipped.
    private var unreported = 0
    /// Whether more records follow the one that is being sent.
    private var hasMore = false
    /// Whether receiving must wait for room to send something first.
    package private(set) var wantsRoom = false
    /// Whether the handshake is done and nothing has gone wrong since.
    private var mayShutDown = false
    /// Whether everything is to be dropped without goodbye.
    private var isBroken = false
    /// The largest record that is sent.
    package var recordByteLimit = 16 << 10
    /// Whether the kernel encrypts what is sent, so that it can take files by itself.
    package private(set) var sendsFiles = false
    /// What went wrong last.
    package private(set) var failure: TLSFailure?

    /// Whether a server was chosen by the name that the client asks for.
    package var isNameKnown = false

    /// The number of the server whose certificate it shows; -1 before one is chosen.
    package var serverNumber = -1
    /// What authorities say of the client's certificate, where they are asked.
    package var clientStatus: ClientStatus?

    // MARK: What the handshake needs to know

    /// The protocols that it may agree to speak, as ALPN has them: each behind its length.
    package var protocols: [UInt8] = []
    /// Whether the ClientHello has been looked at by whoever chooses the server.
    var hasChosen = false
    /// Whether what the other side said first has been read.
    package var hasBegun: Bool { hasChosen }
    /// Why the client is not to be served.
    var refusal: Refusal?
    /// The name that the client asks for: checked to be one; nil without.
    package internal(set) var serverName: [UInt8]?

    /// Where it is kept when it can be resumed, as a client's.
    var memory: (sessions: SavedSessions, key: [UInt8])?

    /// Becomes the server's side of a connection.
    ///
    /// - Parameter received: what has been received of it already.
    package convenience init(
        server context: TLSContext, _ socket: consuming Socket, received: borrowing Buffer
    ) throws(TLSFailure) {
        try self.init(context, socket)
        early.append(contentsOf: received)
        unsafe SSL_set_accept_state(ssl)
        unsafe SSL_set_options(ssl, beranda_op_no_renegotiation)
    }

    /// Becomes the client's side of a connection.
    package convenience init(
        client context: TLSContext, _ socket: consuming Socket
    ) throws(TLSFailure) {
        try self.init(context, socket)
        hasChosen = true
        unsafe SSL_set_connect_state(ssl)
    }

    private init(_ context: TLSContext, _ socket: consuming Socket) throws(TLSFailure) {
        self.socket = socket
        self.context = context
        current = context
        let made: OpaquePointer? = unsafe context.withPointer { unsafe SSL_new($0) }
        guard let ssl = unsafe made else { throw TLSFailure("SSL_new()") }
        unsafe self.ssl = ssl
        guard let wire = unsafe TLSWire.make(for: self) else {
            throw TLSFailure("BIO_new()")
        }
        // Both directions; it counts as one reference when they are the same.
        unsafe SSL_set_bio(ssl, wire, TLSKernel.output(for: ssl, to: number) ?? wire)
        unsafe SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        shutDown()
        unsafe SSL_free(ssl)
    }

    /// The descriptor, for registration and for asking about addresses.
    package var number: Int32 { socket.number }

    /// The socket, for what does not concern its bytes.
    package func withSocket<Result>(_ body: (borrowing Socket) -> Result) -> Result {
        body(socket)
    }

    // MARK: The handshake

    /// How far the handshake has come.
    package enum Handshake: Equatable, Sendable {
        case done
        /// It goes on when the socket is ready.
        case wouldBlock
        /// The client has said whom it wants: choose, then go on.
        case hello
        /// The other side has gone; nil without a reason.
        case closed(Errno?)
        case failed(TLSFailure)
    }

    /// Goes on with the handshake.
    package func handshake() -> Handshake {
        ERR_clear_error()
        let code = unsafe SSL_do_handshake(ssl)
        if code == 1 {
            mayShutDown = true
            sendsFiles = unsafe beranda_ssl_kernel_sends(ssl) > 0
            return .done
        }
        let error = unsafe SSL_get_error(ssl, code)
        switch error {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wouldBlock
        case SSL_ERROR_WANT_CLIENT_HELLO_CB: return .hello
        default: break
        }
        isBroken = true
        if error == SSL_ERROR_ZERO_RETURN || ERR_peek_error() == 0 { return .closed(socketError) }
        let failure = TLSFailure("SSL_do_handshake()")
        self.failure = failure
        return .failed(failure)
    }

    /// What the two sides have agreed to speak; empty when they have not talked about it.
    package var negotiatedProtocol: [UInt8] {
        var start: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl, &start, &count)
        return unsafe [UInt8](UnsafeBufferPointer(start: start, count: Int(count)))
    }

    /// Why a handshake is refused: the alert that says so.
    package enum Refusal: Int32, Sendable {
        case accessDenied = 49
        case internalError = 80
        case unrecognizedName = 112
    }

    /// Lets the handshake fail when it goes on.
    package func refuse(_ reason: Refusal) { refusal = reason }

    /// Whether it has been refused.
    package var isRefused: Bool { refusal != nil }

    /// Goes on with the certificates and rules of another server.
    ///
    /// Spec: nginx ngx_http_ssl_servername: the call alone changes only certificates.
    package func use(_ context: TLSContext) {
        current = context
        unsafe context.withPointer { pointer in
            _ = unsafe SSL_set_SSL_CTX(ssl, pointer)
            unsafe SSL_set_verify(
                ssl, SSL_CTX_get_verify_mode(pointer), SSL_CTX_get_verify_callback(pointer))
            unsafe SSL_set_verify_depth(ssl, SSL_CTX_get_verify_depth(pointer))
            let options = unsafe SSL_CTX_get_options(pointer)
            unsafe SSL_clear_options(ssl, SSL_get_options(ssl) & ~options)
            unsafe SSL_set_options(ssl, options | beranda_op_no_renegotiation)
        }
    }

    /// Shows a certificate, beside those of the context with other kinds of keys.
    package func use(_ credential: Credential) throws(CertificateFlaw) {
        try unsafe credential.install(inSession: ssl)
    }

    // MARK: Receiving

    /// Receives what is there, as far as it fits, and at most one record of it.
    package func receive(into space: consuming MutableRawSpan) -> Transfer {
        guard !isBroken else { return .failed(socketError ?? .connectionReset) }
        wantsRoom = false
        return unsafe space.withUnsafeMutableBytes { room in
            var count = 0
            let code = unsafe SSL_read_ex(ssl, room.baseAddress, room.count, &count)
            return code > 0 ? .bytes(count) : outcome(of: code, "SSL_read()")
        }
    }

    /// Whether nothing can be received until the socket is ready again.
    package var isDrained: Bool {
        unsafe isSocketDrained && early.isEmpty && SSL_has_pending(ssl) == 0
    }

    /// Whether the other side has closed or has sent something that nobody asked for.
    package var isReadableOrClosed: Bool {
        guard !isBroken else { return true }
        var byte: UInt8 = 0
        var count = 0
        let code = unsafe SSL_peek_ex(ssl, &byte, 1, &count)
        if code > 0 { return true }
        return outcome(of: code, "SSL_peek()") != .wouldBlock
    }

    // MARK: Sending

    /// Sends one piece, or a part of it.
    ///
    /// Fewer bytes than offered do not mean that the socket is full: `wouldBlock` says so.
    package func send(_ bytes: RawSpan) -> Transfer {
        if let earlier = finishEarlier(bytes.byteCount) { return earlier }
        return unsafe bytes.withUnsafeBytes { part in
            let count = min(part.count, recordByteLimit)
            hasMore = count < part.count
            defer { hasMore = false }
            var written = 0
            return finish(
                unsafe SSL_write_ex(ssl, part.baseAddress, count, &written), count)
        }
    }

    /// Sends two pieces, in one record if they are not too large.
    package func send(_ first: RawSpan, _ second: RawSpan) -> Transfer {
        if second.byteCount == 0 { return send(first) }
        if first.byteCount == 0 { return send(second) }
        if let earlier = finishEarlier(first.byteCount &+ second.byteCount) { return earlier }
        return unsafe first.withUnsafeBytes { one in
            unsafe second.withUnsafeBytes { two in
                var taken = 0
                let code = unsafe beranda_ssl_write_joined(
                    ssl, one.baseAddress, one.count, two.baseAddress, two.count, recordByteLimit,
                    &taken)
                return finish(code, taken)
            }
        }
    }

    /// Has the kernel send from a file; moves `offset` on.
    ///
    /// `.endOfStream` means that the file is shorter than it was.
    package func sendFile(from file: Int32, offset: inout Int, count: Int) -> Transfer {
        guard !isBroken else { return .failed(socketError ?? .brokenPipe) }
        // What was offered before is reported before anybody gets here.
        guard sendsFiles, pendingRecord == 0, unreported == 0 else {
            return .failed(.notSupported)
        }
        let sent = unsafe SSL_sendfile(ssl, file, off_t(offset), count, 0)
        guard sent <= 0 else {
            offset += sent
            return .bytes(sent)
        }
        if sent == 0 { return .endOfStream }
        return outcome(of: Int32(clamping: sent), "SSL_sendfile()")
    }

    /// Has the socket take the rest of an earlier record, and reports what is in it.
    ///
    /// - Returns: nil when new bytes may be sent.
    private func finishEarlier(_ byteCount: Int) -> Transfer? {
        guard !isBroken else { return .failed(socketError ?? .brokenPipe) }
        if pendingRecord > 0 {
            var byte: UInt8 = 0
            var written = 0
            // The bytes are in the record already: OpenSSL looks at their number only.
            let code = unsafe SSL_write_ex(ssl, &byte, pendingRecord, &written)
            if code <= 0 { return outcome(of: code, "SSL_write()") }
            pendingRecord = 0
        }
        guard unreported > 0 else { return nil }
        let count = min(unreported, byteCount)
        unreported -= count
        return .bytes(count)
    }

    private func finish(_ code: Int32, _ count: Int) -> Transfer {
        if code > 0 { return .bytes(count) }
        let outcome = outcome(of: code, "SSL_write()")
        if outcome == .wouldBlock {
            pendingRecord = count
            unreported = count
        }
        return outcome
    }

    // MARK: The end

    /// Says that nothing more will be sent.
    package func shutdownWrite() {
        shutDown()
        socket.shutdownWrite()
    }

    /// Drops everything without a word.
    package func resetOnClose() {
        isBroken = true
        socket.setLingerZero()
    }

    private func shutDown() {
        guard mayShutDown, !isBroken, pendingRecord == 0 else { return }
        mayShutDown = false
        if unsafe SSL_shutdown(ssl) < 0 { ERR_clear_error() }
    }

    /// What a call that has moved nothing means.
    private func outcome(of code: Int32, _ call: String) -> Transfer {
        switch unsafe SSL_get_error(ssl, code) {
        case SSL_ERROR_WANT_READ: return .wouldBlock
        case SSL_ERROR_WANT_WRITE:
            wantsRoom = true
            return .wouldBlock
        case SSL_ERROR_ZERO_RETURN: return .endOfStream
        case SSL_ERROR_SYSCALL where ERR_peek_error() == 0:
            isBroken = true
            return hasEnded && socketError == nil
                ? .endOfStream : .failed(socketError ?? .connectionReset)
        default:
            isBroken = true
            failure = TLSFailure(call)
            return .failed(.protocolError)
        }
    }

    // MARK: What OpenSSL calls

    /// Receives what OpenSSL decrypts.
    func receiveWire(into start: UnsafeMutableRawPointer, _ room: Int) -> Transfer {
        if !early.isEmpty {
            let count = min(early.count, room)
            unsafe Self.copy(early, count, to: start)
            early.consume(count)
            if early.isEmpty { early = Buffer(capacity: 0) }
            return .bytes(count)
        }
        let outcome = unsafe socket.receive(
            into: MutableRawSpan(_unsafeStart: start, byteCount: room))
        isSocketDrained = false
        switch outcome {
        case .bytes(let count): isSocketDrained = count < room
        case .wouldBlock: isSocketDrained = true
        case .endOfStream: hasEnded = true
        case .failed(let error): socketError = error
        }
        return outcome
    }

    private static func copy(
        _ buffer: borrowing Buffer, _ count: Int, to start: UnsafeMutableRawPointer
    ) {
        unsafe buffer.bytes(0..<count).withUnsafeBytes { bytes in
            guard let first = bytes.baseAddress else { return }
            unsafe start.copyMemory(from: first, byteCount: count)
        }
    }

    /// Sends what OpenSSL has encrypted.
    func sendWire(_ bytes: RawSpan) -> Transfer {
        let outcome = socket.send(bytes, more: hasMore)
        if case .failed(let error) = outcome { socketError = error }
        return outcome
    }

    /// Whether the socket's end has been read.
    var hasWireEnded: Bool { hasEnded && early.isEmpty }
}
