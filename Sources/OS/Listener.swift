// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Bound sockets that wait for connections.

internal import CShims
internal import Glibc

/// How a listening socket is opened.
package struct ListenerOptions: Hashable, Sendable {
    /// How many connections may wait to be accepted; nginx's default on Linux.
    package var backlog: Int32 = 511
    /// Several sockets on one address, among which the kernel deals out connections.
    package var reusePort = false
    /// An IPv6 socket takes no IPv4 connections.
    package var ipv6Only = true
    /// The sizes of the kernel's buffers of each connection; nil for what the system thinks best.
    ///
    /// Units: bytes.
    package var receiveBufferSize: Int32?
    package var sendBufferSize: Int32?
    /// How many connections may have sent data with their first packet and wait; nil for none.
    package var fastOpenLimit: Int32?
    /// Whether a connection is only accepted once it has sent something.
    package var isDeferred = false
    /// Whether the kernel asks silent clients for signs of life; nil for what the system thinks.
    package var keepAlive: KeepAlive?
    /// Multipath TCP, where the kernel knows it.
    package var isMultipath = false
    /// Whether datagrams are waited for, and no connections.
    package var isDatagram = false

    /// How the kernel asks silent clients; 0 for what the system thinks best.
    package struct KeepAlive: Hashable, Sendable {
        package var isOn: Bool
        /// Units: seconds.
        package var idleTime: Int32 = 0
        package var interval: Int32 = 0
        package var probeCount: Int32 = 0

        package init(isOn: Bool) { self.isOn = isOn }
    }

    package init() {}
}

/// What `accept` came to.
package enum AcceptResult: ~Copyable {
    case connection(Socket, CompactAddress)
    /// Nobody waits any more.
    case wouldBlock
    /// That one is gone already; try the next.
    case retry
    /// No descriptor or memory is left: stop accepting for a while, or the loop spins.
    case outOfDescriptors(Errno)
    /// The listener itself is broken.
    case failed(Errno)
}

/// A bound, listening socket; closed when dropped.
package struct Listener: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    package var number: Int32 { descriptor.number }

    /// Takes over a listening socket that another process opened.
    package init(adopting descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    package consuming func take() -> FileDescriptor { descriptor }

    /// Binds and listens.
    ///
    /// The file of a Unix socket that nobody answers on is replaced.
    package static func open(
        _ address: SocketAddress, options: ListenerOptions = ListenerOptions()
    ) throws(Errno) -> FileDescriptor {
        let family = address.compact.family
        if options.isDatagram { return try openDatagrams(address, options) }
        let socket = try makeSocket(family, isMultipath: options.isMultipath)
        if family != .unix {
            try set(socket.number, SOL_SOCKET, SO_REUSEADDR, 1)
            if options.reusePort { try set(socket.number, SOL_SOCKET, SO_REUSEPORT, 1) }
            // Accepted connections inherit it, which saves a call for each.
            try set(socket.number, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
            try apply(options.keepAlive, to: socket.number)
        }
        if let size = options.receiveBufferSize {
            try set(socket.number, SOL_SOCKET, SO_RCVBUF, size)
        }
        if let size = options.sendBufferSize { try set(socket.number, SOL_SOCKET, SO_SNDBUF, size) }
        if family == .ipv6 {
            try set(socket.number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, options.ipv6Only ? 1 : 0)
        }
        try bind(socket.number, to: address)
        _ = try check { listen(socket.number, options.backlog) }
        if family != .unix {
            // What some kernels lack is worth no refusal to serve.
            if let limit = options.fastOpenLimit {
                try? set(socket.number, Int32(IPPROTO_TCP), TCP_FASTOPEN, limit)
            }
            if options.isDeferred {
                try? set(socket.number, Int32(IPPROTO_TCP), TCP_DEFER_ACCEPT, 1)
            }
        }
        return socket
    }

    /// Binds a socket for datagrams.
    private static func openDatagrams(
        _ address: SocketAddress, _ options: ListenerOptions
    ) throws(Errno) -> FileDescriptor {
        let family = address.compact.family
        let socket = FileDescriptor(
            owning: try check { cshims_datagram_socket(family.rawValue) })
        if family != .unix {
            if options.reusePort { try set(socket.number, SOL_SOCKET, SO_REUSEPORT, 1) }
            _ = try check { cshims_tell_destination(socket.number, family.rawValue) }
        }
        if let size = options.receiveBufferSize {
            try set(socket.number, SOL_SOCKET, SO_RCVBUF, size)
        }
        if let size = options.sendBufferSize { try set(socket.number, SOL_SOCKET, SO_SNDBUF, size) }
        if family == .ipv6 {
            try set(socket.number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, options.ipv6Only ? 1 : 0)
        }
        try bind(socket.number, to: address)
        return socket
    }

    private static func makeSocket(
        _ family: CompactAddress.Family, isMultipath: Bool
    ) throws(Errno) -> FileDescriptor {
        if isMultipath, family != .unix {
            let number = cshims_multipath_socket(family.rawValue)
            if number >= 0 { return FileDescriptor(owning: number) }
        }
        return FileDescriptor(owning: try check { cshims_socket(family.rawValue) })
    }

    private static func apply(
        _ keepAlive: ListenerOptions.KeepAlive?, to number: Int32
    ) throws(Errno) {
        guard let keepAlive else { return }
        try set(number, SOL_SOCKET, SO_KEEPALIVE, keepAlive.isOn ? 1 : 0)
        let values = [
            (TCP_KEEPIDLE, keepAlive.idleTime), (TCP_KEEPINTVL, keepAlive.interval),
            (TCP_KEEPCNT, keepAlive.probeCount),
        ]
        for (name, value) in values where value > 0 {
            try set(number, Int32(IPPROTO_TCP), name, value)
        }
    }

    /// Where this listens: the port that the kernel chose, if it was asked for port 0.
    package var localAddress: SocketAddress? {
        var address = cshims_address()
        var path = [CChar](repeating: 0, count: SocketAddress.unixPathByteLimit + 1)
        let count = unsafe cshims_local_address(number, &address, &path, path.count)
        guard count >= 0 else { return nil }
        guard address.family == 1 else { return .ip(CompactAddress(address)) }
        return .unix(path: path[..<Int(count)].map { UInt8(bitPattern: $0) })
    }

    /// Takes the next waiting connection, non-blocking and close-on-exec.
    package func accept() -> AcceptResult { Self.accept(on: number) }

    /// The same on a listening socket that somebody else owns.
    package static func accept(on number: Int32) -> AcceptResult {
        var peer = cshims_address()
        let connection = unsafe cshims_accept(number, &peer)
        if connection >= 0 { return .connection(Socket(owning: connection), CompactAddress(peer)) }
        let error = Errno.current
        switch error.rawValue {
        case EAGAIN: return .wouldBlock
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .outOfDescriptors(error)
        // What accept(2) says Linux passes on from the new connection, and a firewall's refusal.
        case EINTR, ECONNABORTED, EPROTO, EPERM, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET,
            EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH, ETIMEDOUT:
            return .retry
        default: return .failed(error)
        }
    }

    private static func set(
        _ number: Int32, _ level: Int32, _ name: Int32, _ value: Int32
    ) throws(Errno) {
        _ = try check { cshims_set_option(number, level, name, value) }
    }

    private static func bind(_ number: Int32, to address: SocketAddress) throws(Errno) {
        do {
            try bindOnce(number, to: address)
        } catch {
            guard case .unix(let path) = address, error == .addressInUse, isAbandoned(path)
            else {
                throw error
            }
            try FileSystem.unlink(path)
            try bindOnce(number, to: address)
        }
        // As nginx: the directory decides who may connect.
        if case .unix(let path) = address { try FileSystem.setMode(path, 0o666) }
    }

    private static func bindOnce(_ number: Int32, to address: SocketAddress) throws(Errno) {
        _ = try check {
            unsafe address.withShim { unsafe cshims_bind(number, $0, $1, $2) }
        }
    }

    /// Whether the file is a socket that nobody listens on.
    ///
    /// A connect is refused by any file, so the kind is asked for first.
    private static func isAbandoned(_ path: [UInt8]) -> Bool {
        do {
            let status = try FileSystem.status(path, followsLink: false)
            guard status.kind == .socket else { return false }
            _ = try Socket.connect(to: .unix(path: path))
            return false
        } catch {
            return error == .connectionRefused
        }
    }
}
