// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// One peer that the supervisor starts, with the processes that fill its place one after the other.

internal import OS

/// The place of one peer.
struct PeerSeat {
    let slot: PeerSlot
    let key: SeatKey
    var command: ManagedCommand
    /// The oldest first.
    ///
    /// At most one serves; a successor may be starting beside it.
    var processes: [Process] = []
    /// The life that is on the board.
    var published: UInt32?
    /// When a process is started, after one that ended.
    var restartAt: Int64?
    var policy = RestartPolicy()
    /// Whether a process of it ever accepted connections.
    var hasServed = false
    /// How many processes in a row ended without ever accepting connections.
    var failedStarts = 0
    /// What was last said of a process that could not even be started.
    var complaint: String?
    var state = State.active

    /// Who wants it.
    enum State: Equatable {
        /// A configuration that does not serve yet.
        case reserved
        case active
        /// Nobody: it is given up when its processes have ended.
        case leaving
    }

    /// One process.
    struct Process: Equatable {
        let id: ProcessID
        let incarnation: UInt32
        let startedAt: Int64
        var state: State
        /// When it is looked at next: whether it accepts, or is still used.
        var lookAt: Int64
        /// When it is killed.
        var killAt: Int64?

        /// What it was last told, or has shown.
        enum State: Equatable {
            /// It does not accept connections yet.
            case starting(until: Int64)
            case serving
            /// It gets no new requests, and finishes what it has.
            case draining(until: Int64)
            /// It was told to end.
            case terminated
            case killed
        }

        /// Whether it is, or may soon be, of use.
        var isHopeful: Bool {
            switch state {
            case .starting, .serving: true
            case .draining, .terminated, .killed: false
            }
        }

        var isStarting: Bool {
            if case .starting = state { true } else { false }
        }
    }

    func index(of id: ProcessID) -> Int? { processes.firstIndex { $0.id == id } }

    func index(ofLife incarnation: UInt32) -> Int? {
        processes.firstIndex { $0.incarnation == incarnation }
    }

    /// The process that serves.
    var servingIndex: Int? { processes.firstIndex { $0.state == .serving } }

    /// The process that is to serve.
    var startingIndex: Int? { processes.firstIndex(where: \.isStarting) }

    /// Whether it needs a process and nobody is about to start one.
    var isVacant: Bool {
        state == .active && restartAt == nil && !processes.contains(where: \.isHopeful)
    }
}
