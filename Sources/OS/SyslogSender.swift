// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Sends lines to a syslog server, which may not be there.

internal import Synchronization

/// The socket to a syslog server, shared by all threads.
///
/// Why: nothing here waits. What cannot be sent is lost, and that is told once a minute.
package final class SyslogSender: Sendable {
    package let server: SyslogServer
    private let state = Mutex(State())

    private struct State: ~Copyable {
        var socket: DatagramSocket?
        /// When to try again to open the socket.
        var retriesAt = 0
        /// When it was last told that lines are lost.
        var toldAt: Int?
    }

    package init(_ server: SyslogServer) {
        self.server = server
    }

    /// Sends a message with its head.
    ///
    /// - Parameter seconds: the time.
    /// - Returns: why it is lost, if that should be told now.
    package func send(_ message: RawSpan, at seconds: Int) -> Errno? {
        state.withLock { state in
            guard let error = Self.send(message, to: server.address, seconds, &state) else {
                return nil
            }
            if let told = state.toldAt, seconds - told < Self.secondsBetweenComplaints {
                return nil
            }
            state.toldAt = seconds
            return error
        }
    }

    /// Why a second try: the error may be of the datagram before this one, or the server may have
    /// been started anew and have another socket under the same path.
    private static func send(
        _ message: RawSpan, to address: SocketAddress, _ seconds: Int, _ state: inout State
    ) -> Errno? {
        for attempt in 1...2 {
            do throws(Errno) {
                try open(address, seconds, &state)
            } catch {
                state.retriesAt = seconds + 1
                return error
            }
            guard let outcome = transfer(message, state.socket) else { return nil }
            switch outcome {
            case .bytes, .endOfStream: return nil
            case .wouldBlock: return .again
            case .failed(let error):
                state.socket = nil
                if attempt == 2 || error == .messageTooLong { return error }
            }
        }
        return nil
    }

    private static func open(
        _ address: SocketAddress, _ seconds: Int, _ state: inout State
    ) throws(Errno) {
        guard !isOpen(state.socket), seconds >= state.retriesAt else { return }
        state.socket = try DatagramSocket.connected(to: address)
    }

    private static func isOpen(_ socket: borrowing DatagramSocket?) -> Bool {
        switch socket {
        case .some: true
        case .none: false
        }
    }

    /// Sends; nil while there is no socket.
    private static func transfer(
        _ message: RawSpan, _ socket: borrowing DatagramSocket?
    ) -> Transfer? {
        switch socket {
        case .some(let socket): socket.send(message)
        case .none: nil
        }
    }

    private static var secondsBetweenComplaints: Int { 60 }
}
