// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The steps of managed peers: what the passing of time asks for, how one process follows another,
// and what is said of those that ended.

internal import OS

extension PeerRoster {
    // MARK: Time

    /// Does what is due by now.
    ///
    /// - Parameter useCount: how many connections are at work with a life of a peer.
    mutating func advance(to now: Int64, useCount: (PeerLife) -> Int) -> [Order] {
        var orders: [Order] = []
        for index in seats.indices {
            if let restartAt = seats[index].restartAt, restartAt <= now {
                update(index) { $0.restartAt = nil }
            }
            for process in seats[index].processes.indices {
                orders += look(at: process, in: index, now, useCount)
            }
        }
        return orders + fillVacancies()
    }

    /// When `advance` has something to do next.
    var nextDeadline: Int64? {
        seats.flatMap { seat in
            [seat.restartAt].compactMap(\.self) + seat.processes.compactMap(\.nextDeadline)
        }.min()
    }

    private mutating func look(
        at process: Int, in index: Int, _ now: Int64, _ useCount: (PeerLife) -> Int
    ) -> [Order] {
        let known = seats[index].processes[process]
        let life = PeerLife(slot: seats[index].slot, incarnation: known.incarnation)
        switch known.state {
        case .starting(let deadline) where deadline <= now:
            return endLateStart(process, in: index, at: now)
        case .starting where known.lookAt <= now:
            // Often at first: a start shall not take longer than it must.
            let step = min(Self.probeStep, max(Self.firstProbeStep, (now - known.startedAt) / 4))
            update(index) { $0.processes[process].lookAt = now + step }
            return [.probe(life)]
        case .draining(let deadline) where known.lookAt <= now:
            guard useCount(life) > 0, deadline > now else {
                return terminate(process, in: index, at: now)
            }
            update(index) { $0.processes[process].lookAt = min(deadline, now + Self.drainStep) }
            return []
        case .terminated:
            guard let killAt = known.killAt, killAt <= now else { return [] }
            let name = "peer \(seats[index].key), process \(known.id),"
            return [.log(.alert, "\(name) did not end in time and is killed")]
                + kill(process, in: index)
        case .starting, .serving, .draining, .killed:
            return []
        }
    }

    private mutating func endLateStart(
        _ process: Int, in index: Int, at now: Int64
    ) -> [Order] {
        let seat = seats[index]
        let text =
            "peer \(seat.key), process \(seat.processes[process].id), did not accept connections "
            + "within \(seat.command.startTimeout) ms and is ended"
        var orders: [Order] = [.log(.alert, text)]
        orders += terminate(process, in: index, at: now)
        update(index) { seat in
            guard seat.servingIndex == nil, seat.state == .active else { return }
            seat.restartAt = now + max(1_000, seat.policy.delayAfterDeath(livedFor: 0))
        }
        return orders + endRoll(of: seat.slot, failed: true) + rollNext(at: now)
    }

    // MARK: Processes

    /// Starts a process in every seat that needs one.
    mutating func fillVacancies() -> [Order] {
        guard !isStopping, !hasGivenUp else { return [] }
        return seats.filter(\.isVacant).map { .start(nextLife(of: $0.slot)) }
    }

    mutating func terminate(_ process: Int, in index: Int, at now: Int64) -> [Order] {
        update(index) { seat in
            seat.processes[process].state = .terminated
            seat.processes[process].killAt = now + seat.command.stopTimeout
            return [.signal(Signal.terminate, seat.processes[process].id)]
        }
    }

    mutating func kill(_ process: Int, in index: Int) -> [Order] {
        update(index) { seat in
            seat.processes[process].state = .killed
            seat.processes[process].killAt = nil
            return [.signal(Signal.kill, seat.processes[process].id)]
        }
    }

    /// Gives a process no new requests.
    mutating func drain(_ process: Int, in index: Int, at now: Int64, minimum: Int64) {
        update(index) { seat in
            let deadline = now + max(minimum, seat.command.stopTimeout)
            seat.processes[process].state = .draining(until: deadline)
            seat.processes[process].lookAt = now + minimum
        }
    }

    /// Ends the processes of a seat that nobody wants any more.
    mutating func dismiss(_ index: Int, at now: Int64) -> [Order] {
        var orders: [Order] = []
        update(index) {
            $0.state = .leaving
            $0.restartAt = nil
        }
        rollQueue.removeAll { $0 == seats[index].slot }
        if rolling == seats[index].slot { rolling = nil }
        for process in seats[index].processes.indices {
            switch seats[index].processes[process].state {
            case .starting: orders += terminate(process, in: index, at: now)
            case .serving: drain(process, in: index, at: now, minimum: Self.leaveMinimum)
            case .draining, .terminated, .killed: continue
            }
        }
        return orders
    }

    /// Sees to it that another process takes the place of the present one.
    mutating func replace(_ index: Int, at now: Int64) -> [Order] {
        update(index) {
            $0.restartAt = nil
            $0.failedStarts = 0
            $0.policy = RestartPolicy()
        }
        let slot = seats[index].slot
        var orders: [Order] = []
        // Whoever is still starting starts with what was so before.
        if let starting = seats[index].startingIndex {
            orders += terminate(starting, in: index, at: now)
            if rolling == slot { rolling = nil }
        }
        if seats[index].servingIndex != nil, !rollQueue.contains(slot) { rollQueue.append(slot) }
        return orders
    }

    // MARK: Rolling over

    /// Starts the successor of the next process that is to be replaced, when none is.
    mutating func rollNext(at now: Int64) -> [Order] {
        guard rolling == nil, !isStopping else { return [] }
        while !rollQueue.isEmpty {
            let slot = rollQueue.removeFirst()
            // One that has ended meanwhile was replaced already.
            guard let index = index(of: slot), seats[index].servingIndex != nil else { continue }
            rolling = slot
            return [.start(nextLife(of: slot))]
        }
        return []
    }

    /// Ends the turn of a seat.
    mutating func endRoll(of slot: PeerSlot, failed: Bool) -> [Order] {
        guard rolling == slot else { return [] }
        rolling = nil
        guard failed, let index = index(of: slot) else { return [] }
        // What cannot be started for one would not be for the others.
        rollQueue.removeAll { other in
            seats.contains { $0.slot == other && $0.key.command == seats[index].key.command }
        }
        return [
            .log(
                .error,
                "the restart of peers \"\(seats[index].key.command)\" ends, the old ones stay")
        ]
    }

    /// Ends the turn of a seat whose successor serves and whose old process is gone.
    mutating func endRollIfSettled(_ index: Int) -> [Order] {
        let seat = seats[index]
        guard rolling == seat.slot, seat.startingIndex == nil,
            seat.processes.allSatisfy({ $0.state == .serving })
        else { return [] }
        return endRoll(of: seat.slot, failed: false)
    }

    // MARK: Deaths

    /// Decides what follows when a process ended that nobody told to.
    mutating func replaceDead(
        _ process: PeerSeat.Process, in index: Int, _ reason: ExitReason, at now: Int64
    ) -> [Order] {
        guard !isStopping, seats[index].state != .leaving else { return [] }
        if process.isStarting {
            update(index) { $0.failedStarts += 1 }
            let seat = seats[index]
            if givesUpFirstStart, seat.failedStarts >= Self.failedStartLimit,
                !seats.contains(where: \.hasServed)
            {
                return giveUp(
                    "peer \(seat.key) \(Self.ending(reason)) \(seat.failedStarts) times before it "
                        + "accepted a connection on the port that it finds in PORT")
            }
        }
        // The old one of a pair that changes places is still there.
        guard !seats[index].processes.contains(where: \.isHopeful) else {
            return endRoll(of: seats[index].slot, failed: process.isStarting)
        }
        if rolling == seats[index].slot { rolling = nil }
        let lifetime = now - process.startedAt
        let delay = update(index) { $0.policy.delayAfterDeath(livedFor: lifetime) }
        guard delay > 0 else { return [] }
        update(index) { $0.restartAt = now + delay }
        return [.log(.notice, "peer \(seats[index].key) is started again in \(delay) ms")]
    }

    func obituary(
        _ process: PeerSeat.Process, of seat: PeerSeat, _ reason: ExitReason, _ lastWords: [String]
    ) -> Order {
        var text = "peer \(seat.key), process \(process.id), \(Self.ending(reason))"
        guard process.isHopeful, !isStopping else { return .log(.notice, text) }
        if !lastWords.isEmpty {
            text += "; its last words:" + lastWords.map { "\n    " + $0 }.joined()
        }
        return .log(.alert, text)
    }

    private static func ending(_ reason: ExitReason) -> String {
        switch reason {
        case .exited(let code): "exited with code \(code)"
        case .signalled(let number, let dumpedCore):
            "exited on signal \(number)" + (dumpedCore ? " (core dumped)" : "")
        }
    }
}

extension PeerSeat.Process {
    /// When something is due.
    var nextDeadline: Int64? {
        switch state {
        case .starting(let deadline): min(deadline, lookAt)
        case .draining(let deadline): min(deadline, lookAt)
        case .terminated: killAt
        case .serving, .killed: nil
        }
    }
}
