// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the supervisor hands to a worker: descriptors by their numbers, and who to become.
//
// Both sides are here, so that they cannot disagree.

package import OS

/// The contents of the environment variable with which a worker is started.
package struct WorkerHandover: Equatable, Sendable {
    /// The variable; a process without it is no worker.
    package static let variable = "BERANDA_WORKER"

    /// Which configuration the worker runs, counted from 1.
    package var generation: Int

    /// Who started the worker.
    package var supervisor: ProcessID

    /// A memory file with the configuration as it was read.
    ///
    /// Read it with offsets: the workers of a generation share one position.
    package var snapshot: Int32

    /// A pipe that takes one byte when the worker serves.
    package var ready: Int32

    /// A pipe that nobody writes to, and whose end is the end of the supervisor.
    package var control: Int32

    /// The sockets of each listener, in the order of the plan.
    package var listeners: [[Int32]]

    /// The memory that says which workers live, and the number of this one in it.
    package var board: Int32
    package var lease: ProcessLease

    /// The memory that workers share, in the order of the plan.
    package var zones: [Int32]

    /// The managed peers.
    package var peers: PeerHandover?

    /// Where the worker hears of files that have changed.
    package var files: Int32?

    /// Who the worker becomes before it reads from the network.
    package var user: UserIdentity?

    /// The form in the environment: `generation=1 supervisor=7 snapshot=3 … listeners=6,7+8 …`.
    package var text: String {
        var words = [
            "generation=\(generation)", "supervisor=\(supervisor)", "snapshot=\(snapshot)",
            "ready=\(ready)", "control=\(control)",
            "listeners="
                + listeners.map { $0.map(String.init).joined(separator: "+") }
                .joined(separator: ","),
            "board=\(board)", "lease=\(lease.rawValue)",
            "zones=" + zones.map(String.init).joined(separator: ","),
        ]
        if let peers { words.append("peers=\(peers.text)") }
        if let files { words.append("files=\(files)") }
        if let user {
            let groups = user.supplementaryGroups.map(String.init).joined(separator: ",")
            words.append("user=\(user.userID):\(user.groupID):\(groups)")
        }
        return words.joined(separator: " ")
    }

    /// Reads the form in the environment; fails for anything that `text` would not have written.
    package init?(parsing text: String) {
        var values: [Substring: Substring] = [:]
        for word in text.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            values[parts[0]] = parts[1]
        }
        guard let generation = values["generation"].flatMap({ Int($0) }),
            let supervisor = values["supervisor"].flatMap({ Int32($0) }),
            let snapshot = values["snapshot"].flatMap({ Int32($0) }),
            let ready = values["ready"].flatMap({ Int32($0) }),
            let control = values["control"].flatMap({ Int32($0) }),
            let listeners = values["listeners"].flatMap(Self.parseListeners),
            let board = values["board"].flatMap({ Int32($0) }),
            let lease = values["lease"].flatMap({ UInt32($0) }),
            let zones = values["zones"].flatMap(Self.parseNumbers)
        else { return nil }
        self.init(
            generation: generation, supervisor: ProcessID(rawValue: supervisor),
            snapshot: snapshot, ready: ready, control: control, listeners: listeners,
            board: board, lease: ProcessLease(rawValue: lease), zones: zones)
        if let text = values["peers"] {
            guard let peers = PeerHandover(parsing: text) else { return nil }
            self.peers = peers
        }
        if let text = values["files"] {
            guard let number = Int32(text) else { return nil }
            files = number
        }
        if let user = values["user"] {
            guard let identity = Self.parseUser(user) else { return nil }
            self.user = identity
        }
    }

    package init(
        generation: Int, supervisor: ProcessID, snapshot: Int32, ready: Int32, control: Int32,
        listeners: [[Int32]], board: Int32, lease: ProcessLease, zones: [Int32] = [],
        peers: PeerHandover? = nil, user: UserIdentity? = nil, files: Int32? = nil
    ) {
        self.generation = generation
        self.supervisor = supervisor
        self.snapshot = snapshot
        self.ready = ready
        self.control = control
        self.listeners = listeners
        self.board = board
        self.lease = lease
        self.zones = zones
        self.peers = peers
        self.user = user
        self.files = files
    }

    private static func parseListeners(_ text: Substring) -> [[Int32]]? {
        var listeners: [[Int32]] = []
        for group in text.split(separator: ",") {
            let numbers = group.split(separator: "+").map { Int32($0) }
            let sockets = numbers.compactMap(\.self)
            guard sockets.count == numbers.count else { return nil }
            listeners.append(sockets)
        }
        return listeners
    }

    private static func parseNumbers(_ text: Substring) -> [Int32]? {
        let words = text.split(separator: ",")
        let numbers = words.compactMap { Int32($0) }
        return numbers.count == words.count ? numbers : nil
    }

    private static func parseUser(_ text: Substring) -> UserIdentity? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let userID = UInt32(parts[0]), let groupID = UInt32(parts[1])
        else { return nil }
        let words = parts[2].split(separator: ",")
        let groups = words.compactMap { UInt32($0) }
        guard groups.count == words.count else { return nil }
        return UserIdentity(userID: userID, groupID: groupID, supplementaryGroups: groups)
    }
}
