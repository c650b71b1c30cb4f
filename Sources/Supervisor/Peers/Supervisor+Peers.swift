// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the supervisor does for managed peers: starts them, tries whether they accept connections,
// passes on what they print, and ends them.

internal import OS

/// What the supervisor holds for managed peers beside the roster.
struct PeerKeeping: ~Copyable {
    let board: PeerBoard
    let boardFile: Supervisor.SharedDescriptor
    var output = PeerOutput()
    /// How each life is reached.
    var doors: [UInt32: PeerDoor] = [:]
    /// What processes that have ended left running.
    var remnants: [Remnant] = []
    /// Where sockets are; made when the first is needed.
    var folder: String?

    /// Processes that outlived the one that started them.
    struct Remnant {
        let leader: ProcessID
        let killAt: Int64
    }

    /// How often it is looked whether they are still there.
    ///
    /// Units: milliseconds.
    static let remnantStep: Int64 = 100

    /// How often it is tried to write what could not be written at once.
    ///
    /// Units: milliseconds.
    static let outputStep: Int64 = 20

    init() throws(Errno) {
        let file = try SharedMemory.makeFile("beranda peers", byteCount: PeerBoard.byteCount)
        board = PeerBoard(try SharedMemory(mapping: file.number, byteCount: PeerBoard.byteCount))
        boardFile = Supervisor.SharedDescriptor(file)
    }
}

extension Supervisor {
    /// The tokens of what peers print: their descriptors, above all process numbers.
    static var outputTokenBase: UInt64 { 1 << 40 }

    /// Carries out orders, and those that follow from them.
    mutating func perform(_ orders: [PeerRoster.Order]) {
        var queue = orders[...]
        while let order = queue.popFirst() {
            switch order {
            case .start(let life): queue += startPeer(life)
            case .probe(let life): queue += probe(life)
            case .publish(let life): publish(life)
            case .withdraw(let slot): keeping.board.withdraw(slot)
            case .signal(let signal, let id):
                // It may have ended a moment ago, which is about to be noticed.
                _ = try? Process.sendToGroup(signal, of: id)
            case .log(let level, let message): log.write(level, message)
            case .giveUp(let reason): giveUp(reason)
            }
        }
    }

    /// Does what is due by now.
    mutating func lookAfterPeers(at now: Int64) {
        let board = keeping.board
        if let due = peers.nextDeadline, due <= now {
            perform(peers.advance(to: now) { board.useCount(of: $0) })
        }
        if keeping.output.isWaiting { keeping.output.flush() }
        sweepRemnants(at: now)
        finishIfDone()
    }

    /// When there is something to do for peers next.
    var nextPeerDeadline: Int64? {
        let now = Instant.now().milliseconds
        var deadlines = [peers.nextDeadline].compactMap(\.self)
        if keeping.output.isWaiting { deadlines.append(now + PeerKeeping.outputStep) }
        if !keeping.remnants.isEmpty { deadlines.append(now + PeerKeeping.remnantStep) }
        return deadlines.min()
    }

    /// Ends the peers after the workers, and then everything.
    mutating func finish(code: Int32) {
        guard finalCode == nil else { return }
        finalCode = code
        perform(peers.stop(at: Instant.now().milliseconds))
        finishIfDone()
    }

    private mutating func finishIfDone() {
        guard let finalCode, peers.isEmpty, keeping.remnants.isEmpty else { return }
        keeping.output.flush()
        if let folder = keeping.folder { PeerSockets.removeFolder(folder) }
        exitCode = finalCode
    }

    // MARK: Starting

    private mutating func startPeer(_ life: PeerLife) -> [PeerRoster.Order] {
        guard let index = peers.index(of: life.slot) else { return [] }
        let seat = peers.seats[index]
        let now = Instant.now().milliseconds
        do throws(PeerStartFailure) {
            let door = try makeDoor(for: life, seat.command)
            let id = try launch(seat, life, door)
            keeping.doors[life.incarnation] = door
            return peers.didStart(life, id, at: now)
        } catch {
            return peers.couldNotStart(life, reason: error.message, at: now)
        }
    }

    /// Where the process will be reached.
    private mutating func makeDoor(
        for life: PeerLife, _ command: ManagedCommand
    ) throws(PeerStartFailure) -> PeerDoor {
        if command.usesSocket {
            let folder =
                if let folder = keeping.folder { folder } else { try PeerSockets.makeFolder() }
            keeping.folder = folder
            keeping.board.setFolder(Array(folder.utf8))
            try PeerSockets.prepare(folder, slot: life.slot, owner: command.user)
            return .socket
        }
        let taken = keeping.doors.values.compactMap { door in
            if case .port(let port) = door { port } else { nil }
        }
        guard let port = LocalPort.unused(except: Set(taken)) else {
            throw PeerStartFailure(message: "no port from \(LocalPort.range) is free")
        }
        return .port(port)
    }

    private mutating func launch(
        _ seat: PeerSeat, _ life: PeerLife, _ door: PeerDoor
    ) throws(PeerStartFailure) -> ProcessID {
        let command = seat.command
        let port =
            switch door {
            case .port(let port), .ipv6Port(let port): "\(port)"
            case .socket:
                String(
                    decoding: keeping.board.address(of: life, door).text.dropFirst(5), as: UTF8.self
                )
            }
        let environment = PeerEnvironment.make(
            for: command, number: seat.key.number, port: port, inherited: Process.environment)
        var launch = Launch(try program(of: command, environment))
        launch.environment = environment
        launch.directory = command.directory
        launch.user = Process.isPrivileged ? command.user : nil
        do {
            let output = try Pipe()
            let errors = try Pipe()
            try output.makeReadingPatient()
            try errors.makeReadingPatient()
            launch.output = output.writing.number
            launch.errors = errors.writing.number
            // Before there is a process that nobody would know of, should it fail. What is closed
            // is not watched any more.
            for number in [output.reading.number, errors.reading.number] {
                try poller.addLevel(number, token: Self.outputTokenBase | UInt64(number))
            }
            let id = try Process.launch(launch)
            keeping.output.add(
                id, name: "\(seat.key)", slot: seat.slot, output: output.finishWriting(),
                errors: errors.finishWriting())
            return id
        } catch let failure as Launch.Failure {
            throw PeerStartFailure(failure, launch)
        } catch {
            throw PeerStartFailure(message: "\(error)")
        }
    }

    private func program(
        of command: ManagedCommand, _ environment: [String]
    ) throws(PeerStartFailure) -> Program {
        let name = command.words.first ?? ""
        let path = PeerEnvironment.value("PATH", in: environment)
        switch ProgramSearch.find(name, path: path, directory: command.directory) {
        case .found(let file): return Program(path: file, arguments: command.words)
        case .notExecutable(let file):
            throw PeerStartFailure(message: "\"\(file)\" is nothing that can be executed")
        case .notFound:
            let place = name.contains("/") ? "" : " in PATH (\(path ?? ProgramSearch.usualPath))"
            throw PeerStartFailure(message: "there is no \"\(name)\"\(place)")
        }
    }

    // MARK: Serving

    /// Tries whether a process accepts connections.
    ///
    /// Why here: it is known before any request waits for it, and nothing is read. A port that is
    ///      only open on ::1 counts, too: that is where some programs listen as `localhost`.
    private mutating func probe(_ life: PeerLife) -> [PeerRoster.Order] {
        guard let door = keeping.doors[life.incarnation] else { return [] }
        var doors = [door]
        if case .port(let port) = door { doors.append(.ipv6Port(port)) }
        for door in doors {
            let address = keeping.board.address(of: life, door)
            guard LocalPort.accepts(address) else { continue }
            keeping.doors[life.incarnation] = door
            return peers.didAnswer(life, "\(address)", at: Instant.now().milliseconds)
        }
        return []
    }

    private mutating func publish(_ life: PeerLife) {
        guard let door = keeping.doors[life.incarnation] else { return }
        let worker = roster.active.flatMap { generations[$0]?.plan.effectiveUser }
        if case .socket = door, let worker,
            case .unix(let path) = keeping.board.address(of: life, door)
        {
            do {
                try Process.giveSocket(path, to: worker.userID)
            } catch {
                let name = String(decoding: path, as: UTF8.self)
                log.write(
                    .alert, "the socket \"\(name)\" cannot be given to the workers (\(error))")
            }
        }
        keeping.board.publish(life, door)
    }

    // MARK: Ending

    /// Notes the end of a process, if it was a peer.
    mutating func peerDidEnd(_ id: ProcessID, _ reason: ExitReason, at now: Int64) {
        guard let seat = peers.seats.first(where: { $0.index(of: id) != nil }),
            let process = seat.index(of: id)
        else { return }
        let incarnation = seat.processes[process].incarnation
        let lastWords = keeping.output.takeLastWords(of: id)
        keeping.output.flush()
        if Process.hasGroup(of: id) {
            // A shell or a package manager ends before what it has started.
            _ = try? Process.sendToGroup(Signal.terminate, of: id)
            keeping.remnants.append(
                PeerKeeping.Remnant(leader: id, killAt: now + seat.command.stopTimeout))
        }
        perform(peers.didEnd(id, reason: reason, lastWords: lastWords, at: now))
        let life = PeerLife(slot: seat.slot, incarnation: incarnation)
        if let door = keeping.doors.removeValue(forKey: incarnation),
            case .unix(let path) = keeping.board.address(of: life, door)
        {
            // Most programs remove it themselves.
            _ = try? FileSystem.unlink(path)
        }
    }

    private mutating func sweepRemnants(at now: Int64) {
        guard !keeping.remnants.isEmpty else { return }
        keeping.remnants.removeAll { remnant in
            guard Process.hasGroup(of: remnant.leader) else { return true }
            if remnant.killAt <= now {
                _ = try? Process.sendToGroup(Signal.kill, of: remnant.leader)
            }
            return false
        }
    }

    /// Passes on what a peer prints.
    mutating func takeOutput(_ token: UInt64) {
        let number = Int32(truncatingIfNeeded: token)
        if !keeping.output.read(number) {
            poller.remove(number)
            keeping.output.remove(number)
        }
        keeping.output.flush()
    }

    /// Ends what has hardly begun, as a command cannot be started.
    private mutating func giveUp(_ reason: String) {
        keeping.output.flush()
        log.announce(.emergency, reason)
        listeners.closeAll()
        perform(roster.stop(gracefully: false, code: 1, at: Instant.now().milliseconds))
    }
}

/// Why a peer cannot be started, ready to print.
struct PeerStartFailure: Error {
    let message: String

    init(message: String) { self.message = message }

    init(_ failure: Launch.Failure, _ launch: Launch) {
        switch failure.step {
        case .fork: message = "fork() failed (\(failure.error))"
        case .user: message = "it cannot become another user (\(failure.error))"
        case .directory:
            message =
                "there is no way into the folder \"\(launch.directory ?? "")\" "
                + "(\(failure.error))"
        case .program: message = "\"\(launch.program.path)\" cannot be run (\(failure.error))"
        }
    }
}
