// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The listening sockets. They belong to the supervisor and stay open from generation to generation,
// so that no connection is refused while workers come and go.

package import OS

/// The open sockets of every address.
struct ListenerSet: ~Copyable {
    /// One socket; closed when the last reference is dropped.
    private final class ListeningSocket {
        let descriptor: FileDescriptor

        init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
    }

    /// The sockets of one address, and how they were opened.
    private struct Group {
        var sockets: [ListeningSocket] = []
        var plan: ListenerPlan
    }

    /// An address that cannot be listened on.
    struct Failure: Error, Equatable {
        let address: SocketAddress
        let error: Errno

        /// nginx's words.
        var message: String { "bind() to \(address) failed (\(error))" }
    }

    /// What cannot be bound twice: an address for connections, or one for datagrams.
    private struct Place: Hashable {
        let address: SocketAddress
        let isDatagram: Bool

        init(_ plan: ListenerPlan) {
            address = plan.address
            isDatagram = plan.options.isDatagram
        }
    }

    private var groups: [Place: Group] = [:]

    /// Opens what is not open yet: all of it, or, where something fails, none.
    ///
    /// A socket that is open already is kept as it is, and not one of its waiting connections is
    /// lost. Its backlog is changed; its other options cannot be.
    mutating func open(_ plans: [ListenerPlan]) -> [Failure] {
        let before = groups
        var failures: [Failure] = []
        for plan in plans {
            do {
                try open(plan)
            } catch {
                failures.append(Failure(address: plan.address, error: error))
            }
        }
        if !failures.isEmpty {
            for plan in plans where before[Place(plan)] == nil && groups[Place(plan)] != nil {
                Self.removeFile(of: plan.address)
            }
            groups = before
        }
        return failures
    }

    private mutating func open(_ plan: ListenerPlan) throws(Errno) {
        var group = groups[Place(plan)] ?? Group(plan: plan)
        if !group.sockets.isEmpty, !plan.options.isDatagram,
            group.plan.options.backlog != plan.options.backlog
        {
            for socket in group.sockets {
                try Process.setBacklog(Int(plan.options.backlog), of: socket.descriptor.number)
            }
        }
        let isShared = group.sockets.isEmpty || group.plan.options.reusePort
        let wanted = isShared ? max(1, plan.socketCount) : 1
        while group.sockets.count < wanted {
            group.sockets.append(
                ListeningSocket(try Listener.open(plan.address, options: plan.options)))
        }
        group.plan.options.backlog = plan.options.backlog
        groups[Place(plan)] = group
    }

    /// Addresses whose open sockets have other options than planned, which only a restart changes.
    func addressesWithOldOptions(_ plans: [ListenerPlan]) -> [SocketAddress] {
        plans.filter { plan in
            guard var open = groups[Place(plan)]?.plan.options else { return false }
            open.backlog = plan.options.backlog
            return open != plan.options
        }
        .map(\.address)
    }

    /// The sockets of each plan, in its order.
    ///
    /// It can be more of them than planned: closing one of several sockets of an address would drop
    /// the connections that wait on it, so a worker takes from all that there are.
    func numbers(for plans: [ListenerPlan]) -> [[Int32]] {
        plans.map { plan in groups[Place(plan)]?.sockets.map { $0.descriptor.number } ?? [] }
    }

    /// Closes the sockets of every address that is not among the plans.
    mutating func close(except plans: [ListenerPlan]) {
        let kept = Set(plans.map { Place($0) })
        for place in groups.keys where !kept.contains(place) {
            Self.removeFile(of: place.address)
            groups[place] = nil
        }
    }

    /// Closes all.
    mutating func closeAll() { close(except: []) }

    private static func removeFile(of address: SocketAddress) {
        guard case .unix(let path) = address else { return }
        // Nothing is left to do when somebody removed it before.
        _ = try? FileSystem.unlink(path)
    }
}

/// Looks for ports that nobody uses.
package enum FreePort {
    /// How many ports are tried.
    static let triesLimit = 100

    /// The next port after that of `address` on which one could listen, at the same address.
    package static func next(after address: SocketAddress) -> UInt16? {
        guard case .ip = address, address.port > 0 else { return nil }
        let host = String(decoding: address.addressText, as: UTF8.self)
        let prefix = address.binary.count == 16 && !host.hasPrefix("[") ? "[\(host)]" : host
        for step in 1...triesLimit {
            guard let port = UInt16(exactly: Int(address.port) + step),
                let candidate = SocketAddress("\(prefix):\(port)")
            else { return nil }
            if (try? Listener.open(candidate)) != nil { return port }
        }
        return nil
    }
}
