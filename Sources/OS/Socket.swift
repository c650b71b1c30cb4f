// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A connected stream socket. Knows nothing of what is said on it.

internal import CShims
internal import Glibc

/// A non-blocking stream socket; closed when dropped.
package struct Socket: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    package init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    /// Takes over `number`, which nobody else may close.
    package init(owning number: Int32) { descriptor = FileDescriptor(owning: number) }

    package var number: Int32 { descriptor.number }

    /// Gives the number away; the receiver must close it.
    package consuming func take() -> Int32 { descriptor.take() }

    /// Another descriptor for the same connection.
    package func duplicate() throws(Errno) -> Socket { Socket(try descriptor.duplicate()) }

    // MARK: Moving bytes

    /// Receives what is there, as far as it fits.
    ///
    /// Fewer bytes than asked for mean: drained.
    package func receive(into space: consuming MutableRawSpan) -> Transfer {
        unsafe space.withUnsafeMutableBytes { room in
            Transfer.of { unsafe recv(number, room.baseAddress, room.count, 0) }
        }
    }

    /// Sends as much as the kernel takes.
    ///
    /// `more` says that further bytes follow at once.
    package func send(_ bytes: RawSpan, more: Bool = false) -> Transfer {
        let flags = Int32(MSG_NOSIGNAL) | (more ? Int32(MSG_MORE) : 0)
        return unsafe bytes.withUnsafeBytes { part in
            Transfer.of { unsafe Glibc.send(number, part.baseAddress, part.count, flags) }
        }
    }

    /// Sends two pieces with one call.
    package func send(_ first: RawSpan, _ second: RawSpan, more: Bool = false) -> Transfer {
        unsafe first.withUnsafeBytes { one in
            unsafe second.withUnsafeBytes { two in
                Transfer.of {
                    unsafe cshims_send_parts(
                        number, one.baseAddress, one.count, two.baseAddress, two.count, nil, 0,
                        more ? 1 : 0)
                }
            }
        }
    }

    /// Sends three pieces with one call.
    package func send(
        _ first: RawSpan, _ second: RawSpan, _ third: RawSpan, more: Bool = false
    ) -> Transfer {
        unsafe first.withUnsafeBytes { one in
            unsafe second.withUnsafeBytes { two in
                unsafe third.withUnsafeBytes { three in
                    Transfer.of {
                        unsafe cshims_send_parts(
                            number, one.baseAddress, one.count, two.baseAddress, two.count,
                            three.baseAddress, three.count, more ? 1 : 0)
                    }
                }
            }
        }
    }

    /// Sends from a file, without the bytes passing through this process; moves `offset` on.
    ///
    /// `endOfStream` means that the file ends before `offset`: it was cut short by somebody.
    package func sendFile(from file: Int32, offset: inout Int, count: Int) -> Transfer {
        var position = off_t(offset)
        let outcome = Transfer.of { unsafe sendfile(number, file, &position, count) }
        offset = Int(position)
        return outcome
    }

    /// Tells the other side that nothing more will come.
    package func shutdownWrite() { _ = shutdown(number, Int32(SHUT_WR)) }

    // MARK: State

    /// Whether the other side has closed or has sent something that nobody asked for.
    ///
    /// Why: a pooled connection for which this holds must not be used again.
    package var isReadableOrClosed: Bool {
        var byte: UInt8 = 0
        let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
        let outcome = Transfer.of { unsafe recv(number, &byte, 1, flags) }
        return outcome != .wouldBlock
    }

    /// What became of a connect that was in progress; nil when it succeeded.
    package var pendingError: Errno? {
        let error = cshims_pending_error(number)
        return error == 0 ? nil : Errno(rawValue: error)
    }

    /// How far connecting has come.
    package enum ConnectOutcome: Equatable, Sendable {
        case pending
        case connected
        case failed(Errno)
    }

    /// How far connecting has come, without waiting for it.
    ///
    /// Why: between programs of one host the outcome is known at once, although the call that
    ///      connects does not say so.
    package var connectOutcome: ConnectOutcome {
        var request = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        guard unsafe poll(&request, 1, 0) == 1 else { return .pending }
        return pendingError.map(ConnectOutcome.failed) ?? .connected
    }

    /// Whether the other side had closed before it got a single byte of the last `byteCount`.
    ///
    /// Why: it has ended its side in order, so what it had received by then would be confirmed; and
    ///      it has answered what came later with a reset, so nobody is there to read that.
    /// Spec: RFC 9293 §3.10.7.4, §3.6.
    package func hasRefusedAll(of byteCount: Int) -> Bool {
        pendingError == .brokenPipe && cshims_unaccepted(number) >= byteCount
    }

    /// Our side's address.
    package var localAddress: CompactAddress? {
        var address = cshims_address()
        guard unsafe cshims_local_address(number, &address, nil, 0) >= 0 else { return nil }
        return CompactAddress(address)
    }

    // MARK: Options. They fail only on sockets that do not know them, where they mean nothing.

    package func setNoDelay() { _ = cshims_set_option(number, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }

    package func setKeepAlive() { _ = cshims_set_option(number, SOL_SOCKET, SO_KEEPALIVE, 1) }

    /// Makes closing send a reset and forget what is unsent.
    package func setLingerZero() { _ = cshims_linger_zero(number) }

    // MARK: Connecting

    /// A socket on its way to an address.
    package struct Connecting: ~Copyable {
        package var socket: Socket
        /// Whether the outcome is still open: wait until writable, then ask `pendingError`.
        package let inProgress: Bool

        /// Takes the socket out; other modules cannot take a value of ours apart.
        package consuming func take() -> Socket { socket }
    }

    /// What is to be so about a socket before it is connected.
    package struct DialOptions: BitwiseCopyable, Sendable {
        /// Where it is bound; with port 0, one is chosen that is free for this very destination.
        package var source: CompactAddress?
        /// Whether `source` may be an address that this machine does not have.
        package var isTransparent: Bool
        /// Whether the kernel asks after a peer that is silent for long.
        package var isKeptAlive: Bool
        package var isDatagram: Bool

        package init(
            source: CompactAddress? = nil, isTransparent: Bool = false, isKeptAlive: Bool = false,
            isDatagram: Bool = false
        ) {
            self.source = source
            self.isTransparent = isTransparent
            self.isKeptAlive = isKeptAlive
            self.isDatagram = isDatagram
        }
    }

    /// Makes a socket that can be connected to `address`.
    package static func outgoing(
        to address: SocketAddress, _ options: DialOptions = DialOptions()
    ) throws(Errno) -> Socket {
        let family = address.compact.family.rawValue
        let socket = Socket(
            owning: try check {
                options.isDatagram ? cshims_datagram_socket(family) : cshims_socket(family)
            })
        if options.isKeptAlive { socket.setKeepAlive() }
        if let source = options.source, !address.isUnix {
            if options.isTransparent { try socket.setTransparent(source.family) }
            if source.port == 0 {
                _ = cshims_set_option(socket.number, Int32(IPPROTO_IP), Self.bindWithoutPort, 1)
            } else {
                _ = cshims_set_option(socket.number, SOL_SOCKET, SO_REUSEADDR, 1)
            }
            var local = source.shim
            _ = try check { unsafe cshims_bind(socket.number, &local, nil, 0) }
        }
        return socket
    }

    /// Lets the socket be bound to an address of somebody else; it needs CAP_NET_RAW.
    private func setTransparent(_ family: CompactAddress.Family) throws(Errno) {
        let (level, option) =
            family == .ipv6
            ? (Int32(IPPROTO_IPV6), Self.ipv6Transparent) : (Int32(IPPROTO_IP), Self.transparent)
        _ = try check { cshims_set_option(number, level, option, 1) }
    }

    // Linux's numbers, which not every libc's headers have.
    private static var transparent: Int32 { 19 }
    private static var bindWithoutPort: Int32 { 24 }
    private static var ipv6Transparent: Int32 { 75 }

    /// Begins to connect to `address`.
    package consuming func connect(to address: SocketAddress) throws(Errno) -> Connecting {
        let result = unsafe address.withShim { shim, path, length in
            unsafe cshims_connect(number, shim, path, length)
        }
        if result == 0 { return Connecting(socket: self, inProgress: false) }
        let error = Errno.current
        // Interrupted: the kernel goes on connecting, and calling again would only say so.
        guard error == .inProgress || error == .interrupted else { throw error }
        return Connecting(socket: self, inProgress: true)
    }

    /// Begins to connect to `address`, from `source` if one is given.
    package static func connect(
        to address: SocketAddress, bindTo source: CompactAddress? = nil, isDatagram: Bool = false
    ) throws(Errno) -> Connecting {
        let options = DialOptions(source: source, isDatagram: isDatagram)
        return try outgoing(to: address, options).connect(to: address)
    }

    /// Two sockets connected to each other.
    package struct Pair: ~Copyable {
        package let first: Socket
        package let second: Socket

        package init(first: consuming Socket, second: consuming Socket) {
            self.first = first
            self.second = second
        }

        /// Gives both numbers away; the receiver must close them.
        package consuming func take() -> (first: Int32, second: Int32) {
            (first.take(), second.take())
        }
    }

    /// Makes two sockets that are connected to each other.
    package static func pair() throws(Errno) -> Pair {
        var numbers: (Int32, Int32) = (-1, -1)
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        _ = try check {
            unsafe withUnsafeMutablePointer(to: &numbers) { pointer in
                unsafe pointer.withMemoryRebound(to: Int32.self, capacity: 2) { pointer in
                    unsafe socketpair(AF_UNIX, type, 0, pointer)
                }
            }
        }
        return Pair(first: Socket(owning: numbers.0), second: Socket(owning: numbers.1))
    }
}

extension SocketAddress {
    /// Calls `body` with the form that the C side takes: a path only for a Unix socket.
    func withShim(
        _ body: (UnsafePointer<cshims_address>, UnsafePointer<CChar>?, Int) -> Int32
    ) -> Int32 {
        var shim = compact.shim
        switch self {
        case .ip:
            return unsafe body(&shim, nil, 0)
        case .unix(let path):
            return unsafe path.withUnsafeBytes { bytes in
                unsafe body(
                    &shim, bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count)
            }
        }
    }
}
