// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Peers that come and go with what DNS says about a name.
//
// A `server … resolve` is as many peers as the name may have addresses, most of which are absent.
// So peers keep their places for the life of the process, and no request meets a changing list.

internal import Configuration
internal import OS
internal import Resolver
internal import Synchronization

/// What a `server` with `resolve` names.
struct PeerName: Sendable, Equatable {
    var host: [UInt8]
    var port: UInt16
    /// What is asked for (`service=`), such as "_http._tcp.example.com"; nil for plain addresses.
    var service: [UInt8]?
}

/// A `server` with `resolve`, and the places of its peers in the group.
struct NamedPeers: Sendable {
    let name: PeerName
    let primaries: Range<Int>
    /// For lines of a service that are not its best ones.
    let backups: Range<Int>

    /// How many addresses of one name take part.
    static var slotLimit: Int { 16 }
}

/// Where the address of one place comes to stand, for all threads.
///
/// Why: a lock. It is read when a connection is made, which costs a thousand times more.
final class AddressSlot: Sendable {
    private let current = Mutex<CompactAddress?>(nil)
    /// The name that the address is one of.
    let host: [UInt8]

    init(host: [UInt8]) { self.host = host }

    /// The address, with its port; nil while the place is empty.
    var address: CompactAddress? {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}

extension Peer {
    /// Notes that its name is to be resolved again and again.
    mutating func beginName() { dynamicName = dynamicName ?? PeerName(host: [], port: 0) }

    /// Completes what `resolve` and `service=` began.
    mutating func finishName(
        _ invocation: Invocation, _ address: UpstreamURL
    ) throws(Diagnostic) {
        guard var name = dynamicName else { return }
        let text = invocation.text(0)
        guard invocation.arguments.contains(where: { $0.equals("resolve") }) else {
            throw invocation.error(
                at: 0, "service upstream \"\(text)\" requires \"resolve\" parameter")
        }
        guard case .name(let host) = address.host else {
            guard name.service == nil else {
                throw invocation.error(
                    at: 0, "service upstream \"\(text)\" requires domain name")
            }
            // An address is what it is.
            dynamicName = nil
            return
        }
        name.host = host
        name.port = address.effectivePort
        if let service = name.service {
            guard address.port == nil else {
                throw invocation.error(
                    at: 0, "service upstream \"\(text)\" may not have port")
            }
            let dot = [UInt8(ascii: ".")]
            // Spec: nginx: "http" stands for "_http._tcp".
            name.service =
                service.contains(dot[0])
                ? service + dot + host
                : [UInt8(ascii: "_")] + service + Array("._tcp.".utf8) + host
        }
        dynamicName = name
    }
}

extension UpstreamDraft {
    /// Adds a peer, or the places for all that its name may turn out to be.
    mutating func append(_ peer: Peer) {
        guard let name = peer.dynamicName else { return peers.append(peer) }
        let start = peers.count
        addSlots(like: peer, isBackup: peer.isBackup)
        let middle = peers.count
        if name.service != nil, !peer.isBackup { addSlots(like: peer, isBackup: true) }
        named.append(
            NamedPeers(name: name, primaries: start..<middle, backups: middle..<peers.count))
    }

    private mutating func addSlots(like peer: Peer, isBackup: Bool) {
        for _ in 0..<NamedPeers.slotLimit {
            var slot = peer
            slot.health = PeerHealth()
            slot.health.isAbsent.store(true, ordering: .relaxed)
            slot.target = .slot(AddressSlot(host: peer.dynamicName?.host ?? []))
            slot.isBackup = isBackup
            peers.append(slot)
        }
    }
}

extension UpstreamGroup {
    /// Puts what a name stands for now into its places.
    ///
    /// An address that stays, with its weight, keeps its place, and with it all that is known of
    /// the peer.
    ///
    /// Spec: nginx: of a service, those of the lowest priority are primaries, all others backups.
    /// - Returns: how many there was no place for.
    func place(_ endpoints: [ServiceEndpoint], of line: NamedPeers) -> Int {
        let first = endpoints.map(\.priority).min() ?? 0
        let isService = line.name.service != nil
        let addressed = endpoints.map { endpoint in
            var endpoint = endpoint
            if !isService { endpoint.address = endpoint.address.with(port: line.name.port) }
            return endpoint
        }
        let left = place(addressed.filter { $0.priority == first }, in: line.primaries, isService)
        // A line that is a backup itself has no second rank.
        return left + place(addressed.filter { $0.priority != first }, in: line.backups, isService)
    }

    private func place(
        _ endpoints: [ServiceEndpoint], in places: Range<Int>, _ isService: Bool
    ) -> Int {
        var wanted = endpoints
        var empty: [Int] = []
        for index in places {
            guard case .slot(let slot) = peers[index].target else { continue }
            if let address = slot.address {
                let match = wanted.firstIndex { endpoint in
                    endpoint.address == address
                        && recordWeight(endpoint, at: index, isService)
                            == peers[index].health.recordWeight.load(ordering: .relaxed)
                }
                if let match {
                    wanted.remove(at: match)
                    continue
                }
                peers[index].health.isAbsent.store(true, ordering: .relaxed)
                slot.address = nil
            }
            empty.append(index)
        }
        for (index, endpoint) in zip(empty, wanted) {
            guard case .slot(let slot) = peers[index].target else { continue }
            let weight = recordWeight(endpoint, at: index, isService)
            slot.address = endpoint.address
            peers[index].health.recordWeight.store(weight, ordering: .relaxed)
            peers[index].health.noteReturn()
            turns.begin(index, among: peers)
            peers[index].health.isAbsent.store(false, ordering: .relaxed)
        }
        return max(0, wanted.count - empty.count)
    }

    /// The weight that a record gives a peer; 0 for none.
    ///
    /// Spec: nginx: a weight of the configuration counts for more, and 0 is as good as 1.
    private func recordWeight(
        _ endpoint: ServiceEndpoint, at index: Int, _ isService: Bool
    ) -> Int {
        isService && peers[index].weight == 1 ? max(1, Int(endpoint.weight)) : 0
    }
}
