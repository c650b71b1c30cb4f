// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Deals the datagrams of a socket out to the sessions of their clients.

internal import EventLoop
internal import Memory
internal import OS

extension Worker {
    /// Takes what waits on a socket, a bounded number at a time.
    mutating func receiveDatagrams(on listener: WorkerListener) {
        for _ in 0..<Self.datagramsPerTurnLimit {
            datagram.removeAll()
            datagram.reserve(DatagramListener.byteLimit)
            switch DatagramListener.receive(on: listener.descriptor, into: datagram.free) {
            case .datagram(let count, let client, let local):
                datagram.didFill(count)
                deliver(from: client, to: local, listener)
            case .wouldBlock: return
            case .failed(let error):
                return services.logError(.alert, "recvmsg() failed (\(error))")
            }
        }
    }

    private static var datagramsPerTurnLimit: Int { 64 }

    private mutating func deliver(
        from client: CompactAddress, to local: CompactAddress?, _ listener: WorkerListener
    ) {
        let index = covering(listener.index, local)
        let isWildcard: Bool
        if case .ip(let address) = services.site.listeners[listener.index].address {
            isWildcard = address.isUnspecified
        } else {
            isWildcard = false
        }
        let key = DatagramKey(
            listener: index, client: client, local: isWildcard ? local : nil)
        guard let slot = session(of: key, listener.descriptor, to: local) else { return }
        clients[slot].transport.datagrams?.append(datagram.readable)
        turn(slot)
    }

    /// The listener of the very address that a datagram came to, if a wildcard covers it.
    private func covering(_ listener: Int, _ local: CompactAddress?) -> Int {
        guard var local else { return listener }
        local.port = services.site.listeners[listener].address.compact.port
        return services.site.listeners[listener].covered.first { $0.address == local }?.listener
            ?? listener
    }

    /// The session of a client: the present one, or a new one.
    private mutating func session(
        of key: DatagramKey, _ descriptor: Int32, to local: CompactAddress?
    ) -> Int? {
        if let slot = datagramClients[key].flatMap({ clients.slot(for: $0) }),
            clients[slot].transport.datagrams?.isComplete == false
        {
            return slot
        }
        guard !clients.isFull || closeOneAtRest() else { return nil }
        let now = services.clock.now
        var facts = ClientFacts()
        facts.address = key.client
        facts.listener = key.listener
        facts.number = nextConnectionNumber
        facts.descriptor = descriptor
        facts.acceptedAt = now
        nextConnectionNumber += connectionNumberStep
        services.counters.add(1, to: .accepted)
        let transport = Transport(DatagramClient(key, to: local, descriptor: descriptor))
        guard let id = clients.insert(ClientConnection(transport, facts, at: now)),
            let slot = clients.slot(for: id)
        else { return nil }
        clients[slot].id = id
        clients[slot].writing = .session
        ClientConnection.countBeginning(services)
        datagramClients[key] = id
        return slot
    }

    /// Forgets the session of a client that is closed.
    mutating func forgetDatagrams(of slot: Int) {
        guard let key = clients[slot].transport.datagrams?.key,
            datagramClients[key] == clients[slot].id
        else { return }
        datagramClients[key] = nil
    }

    /// Ends all sessions of datagrams: their sockets are let go.
    ///
    /// Spec: nginx does so when a worker is to end: the next datagrams go to another process.
    mutating func endDatagrams() {
        for id in Array(datagramClients.values) {
            guard let slot = clients.slot(for: id) else { continue }
            clients[slot].endDatagrams(&exchanges, &services)
            close(slot)
        }
    }
}
