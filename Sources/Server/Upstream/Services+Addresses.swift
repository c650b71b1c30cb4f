// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where peers are: names are resolved when a peer is dialled, never at the start.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS
internal import Resolver

/// What is known of a peer's addresses.
enum PeerAddresses {
    /// At least one, in the order in which to try them.
    case addresses([SocketAddress])
    case pending
    case failed(ResolutionFailure)
}

/// What a thread remembers of addresses that it has dialled.
struct DialMemory {
    /// By peer: the family that answered last.
    private var families: [Services.PeerKey: CompactAddress.Family] = [:]
    /// Those that could not be reached, and until when that counts.
    private var bad: [CompactAddress: Instant] = [:]
    private var turn = 0

    /// The order in which the addresses of a peer are to be tried.
    ///
    /// Those of the family that answered last come first; within a family each has its turn, and
    /// those that could not be reached a moment ago come last of all.
    mutating func ordered(
        _ addresses: [CompactAddress], of key: Services.PeerKey, at now: Instant
    ) -> [CompactAddress] {
        guard addresses.count > 1 else { return addresses }
        turn &+= 1
        let family = families[key] ?? addresses[0].family
        let first = rotated(addresses.filter { $0.family == family })
        let all = first + rotated(addresses.filter { $0.family != family })
        guard !bad.isEmpty else { return all }
        return all.filter { !isBad($0, at: now) } + all.filter { isBad($0, at: now) }
    }

    private func rotated(_ list: [CompactAddress]) -> [CompactAddress] {
        guard list.count > 1 else { return list }
        let start = Int(UInt(bitPattern: turn) % UInt(list.count))
        return Array(list[start...] + list[..<start])
    }

    private func isBad(_ address: CompactAddress, at now: Instant) -> Bool {
        bad[address].map { now < $0 } ?? false
    }

    mutating func noteGood(_ address: CompactAddress, of key: Services.PeerKey) {
        if families[key] != address.family { families[key] = address.family }
        if !bad.isEmpty { bad[address] = nil }
    }

    mutating func noteBad(_ address: CompactAddress, at now: Instant) {
        if bad.count >= Self.badLimit { bad = [:] }
        bad[address] = now + Self.badTime
    }

    private static var badLimit: Int { 1_024 }

    /// How long an address that could not be reached is tried after the others.
    ///
    /// Units: milliseconds.
    private static var badTime: Int64 { 10_000 }
}

extension Services {
    /// Finds the addresses of a peer.
    mutating func addresses(of peer: Int, in group: Int, for client: SlotID) -> PeerAddresses {
        switch groups[group].peers[peer].target {
        case .address(let address): return .addresses([address])
        case .process:
            let door = groups[group].peers[peer].process?.door
            return door.map { .addresses([$0.address]) } ?? .failed(.refused)
        case .slot(let slot):
            guard let address = slot.address else { return .failed(.noAddress) }
            return .addresses([.ip(address)])
        case .name(let name, let port):
            let source = groups[group].resolver
            switch resolver.resolve(name, from: source, waiter: client, now: clock.now) {
            case .pending:
                watchResolver()
                return .pending
            case .failed(let failure): return .failed(failure)
            case .addresses(let found):
                // A stale answer may be in use while a new one is being asked for.
                watchResolver()
                let list = found.map { $0.with(port: port) }
                let key = PeerKey(group: group, peer: peer)
                return .addresses(
                    dials.ordered(list, of: key, at: clock.now).map(SocketAddress.ip))
            }
        }
    }

    /// Whether an address is known to be one of a peer's by now.
    mutating func isAddress(_ address: CompactAddress, of peer: Int, in group: Int) -> Bool {
        let name: [UInt8]
        let port: UInt16
        switch groups[group].peers[peer].target {
        // Which process it belongs to, its connections know.
        case .address, .process: return true
        case .slot(let slot): return slot.address == address
        case .name(let host, let number): (name, port) = (host, number)
        }
        let nobody = SlotID(index: 0, generation: 0)
        let source = groups[group].resolver
        let resolution = resolver.resolve(name, from: source, waiter: nobody, now: clock.now)
        watchResolver()
        guard case .addresses(let found) = resolution else { return false }
        return found.contains { $0.with(port: port) == address }
    }

    /// How long a connection to a name may be used before the name is looked at again.
    ///
    /// Units: milliseconds.
    static var addressTrust: Int64 { 1_000 }

    /// Remembers which address of a peer answered.
    mutating func noteGoodAddress(_ address: CompactAddress, of peer: Int, in group: Int) {
        dials.noteGood(address, of: PeerKey(group: group, peer: peer))
    }

    /// Remembers that an address could not be reached.
    mutating func noteBadAddress(_ address: SocketAddress) {
        if case .ip(let address) = address { dials.noteBad(address, at: clock.now) }
    }

    /// Registers the resolver's descriptor when it has one.
    mutating func watchResolver() {
        guard let descriptor = resolver.takeDescriptor() else { return }
        do throws(Errno) {
            try poller.addLevel(descriptor, token: UInt64(TokenTag.resolver) << 60)
        } catch {
            logError(.alert, "epoll_ctl() failed (\(error))")
        }
    }
}

extension CompactAddress {
    func with(port: UInt16) -> CompactAddress {
        var address = self
        address.port = port
        return address
    }
}
