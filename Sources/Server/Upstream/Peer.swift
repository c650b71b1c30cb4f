// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// One peer of a group, as the configuration describes it.

internal import OS
internal import Synchronization

/// One `server` of a group.
struct Peer: Sendable {
    /// As the configuration writes it, with the port: what `$upstream_addr` says.
    var name: [UInt8]
    var target: PeerTarget
    /// The argument of `server` as it is written: what `hash … consistent` places on the ring.
    var serverText: [UInt8] = []
    var weight = 1
    var failureLimit = 1
    /// Units: seconds.
    var failureTimeout = 10
    /// The requests it may be answering at a time; 0 means any number.
    var connectionLimit = 0
    /// How long its weight grows after it has come back; 0 means not at all.
    ///
    /// Units: milliseconds.
    var slowStart = 0
    var isBackup = false
    var isDown = false
    /// Whether it only serves those who are bound to it.
    var isDraining = false
    /// What `sticky` calls it: what `route=` says, otherwise made of its name.
    var route: [UInt8] = []
    /// The process behind it, where the server starts it by itself.
    var process: ManagedPeer?
    /// What is resolved again and again, each address of it being a peer (`resolve`).
    var dynamicName: PeerName?
    var health = PeerHealth()

    /// Its weight at the moment.
    ///
    /// Spec: nginx: of a service, the weight of the record, unless the configuration says one.
    var currentWeight: Int {
        let recorded = health.recordWeight.load(ordering: .relaxed)
        return recorded > 0 ? recorded : weight
    }

    /// Whether it is not for requests that any peer could serve.
    var isOut: Bool { isDown || isDraining }

    /// Whether the server starts it by itself.
    var isStarted: Bool {
        if case .process = target { true } else { false }
    }

    /// Another one with the same parameters, of which nothing is known.
    var anew: Peer {
        var peer = Peer(name: name, target: target)
        peer.weight = weight
        peer.failureLimit = failureLimit
        peer.failureTimeout = failureTimeout
        peer.connectionLimit = connectionLimit
        peer.slowStart = slowStart
        peer.isBackup = isBackup
        peer.isDown = isDown
        peer.isDraining = isDraining
        return peer
    }
}

/// Where a peer is.
enum PeerTarget: Sendable {
    case address(SocketAddress)
    /// To be resolved when it is dialled.
    case name(host: [UInt8], port: UInt16)
    /// Wherever the process is that `Peer.process` stands for.
    case process
    /// One of the addresses that a name has at the moment.
    case slot(AddressSlot)

    /// Whether it is on this host.
    var isLocal: Bool {
        switch self {
        case .address(.unix), .process: true
        case .address(.ip(let address)): address.isLoopback
        // Spec: RFC 6761 §6.3.
        case .name(let host, _):
            host == Array("localhost".utf8) || host.suffix(10) == Array(".localhost".utf8)[...]
        case .slot: false
        }
    }
}

extension PeerTarget {
    /// Whether it cannot change where it is.
    var isFixed: Bool {
        if case .address = self { return true }
        return false
    }

    /// The name that is resolved; the address of others.
    var hostText: [UInt8] {
        switch self {
        case .address(let address): address.text
        case .name(let host, _): host
        case .slot(let slot): slot.host
        case .process: []
        }
    }
}
