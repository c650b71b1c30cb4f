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
    /// At least one, the one that answered last at the front.
    case addresses([SocketAddress])
    case pending
    case failed(ResolutionFailure)
}

extension Services {
    /// Finds the addresses of a peer.
    mutating func addresses(of peer: Int, in group: Int, for client: SlotID) -> PeerAddresses {
        switch groups[group].peers[peer].target {
        case .address(let address): return .addresses([address])
        case .process:
            let door = groups[group].peers[peer].process?.door
            return door.map { .addresses([$0.address]) } ?? .failed(.refused)
        case .name(let name, let port):
            switch resolver.resolve(name, waiter: client, now: clock.now) {
            case .pending:
                watchResolver()
                return .pending
            case .failed(let failure): return .failed(failure)
            case .addresses(let found):
                return .addresses(ordered(found, port, PeerKey(group: group, peer: peer)))
            }
        }
    }

    /// Puts the port in, and the address that answered last first.
    private func ordered(
        _ found: [CompactAddress], _ port: UInt16, _ key: PeerKey
    ) -> [SocketAddress] {
        var addresses = found.map { address in
            var address = address
            address.port = port
            return address
        }
        if let good = goodAddresses[key], let index = addresses.firstIndex(of: good) {
            addresses.swapAt(0, index)
        }
        return addresses.map(SocketAddress.ip)
    }

    /// Remembers which address of a peer answered.
    mutating func noteGoodAddress(_ index: Int, of peer: Int, in group: Int) {
        guard index > 0, case .name(let name, let port) = groups[group].peers[peer].target,
            case .addresses(let found) = resolver.resolve(
                name, waiter: SlotID(index: 0, generation: 0), now: clock.now)
        else { return }
        let key = PeerKey(group: group, peer: peer)
        let addresses = ordered(found, port, key)
        guard index < addresses.count, case .ip(let address) = addresses[index] else { return }
        goodAddresses[key] = address
    }

    /// Registers the resolver's descriptor when it has one.
    private mutating func watchResolver() {
        guard let descriptor = resolver.takeDescriptor() else { return }
        do throws(Errno) {
            try poller.addLevel(descriptor, token: UInt64(TokenTag.resolver) << 60)
        } catch {
            logError(.alert, "epoll_ctl() failed (\(error))")
        }
    }
}
