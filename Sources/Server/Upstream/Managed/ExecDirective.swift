// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `exec`: peers that the server starts by itself.

internal import Configuration
internal import Memory
internal import OS

/// The row of `exec`, and what its arguments mean.
enum ExecDirective {
    static let rows: [Directive<UpstreamDraft>] = [
        .simple(
            "exec", in: [.upstream], .atLeast(1),
            syntax: """
                command [instances=n] [cwd=dir] [user=name[:group]] [env=NAME=value] [socket] \
                [start_timeout=time] [stop_timeout=time] [weight=n] [max_fails=n] \
                [fail_timeout=time] [max_conns=n] [slow_start=time] [backup] [down]
                """,
            repeats: true, origin: .beranda,
            summary: """
                A command whose processes are peers of the group (1 instance). Each finds the port \
                that it must listen on in `PORT`, or with `socket` the path of a Unix socket, its \
                number in `INSTANCE` and its address in `HOST`. It gets requests once it accepts \
                connections, which may take `start_timeout` (60s); one that ends is started again. \
                Before one is ended it may finish its requests, and then has `stop_timeout` (10s) \
                to obey.
                """
        ) { upstream, invocation in
            var reading = ExecReading(
                PeerCommand(words: [], directory: upstream.directory), Peer.started)
            try reading.read(&invocation)
            reading.lookForProgram(&invocation)
            upstream.add(reading.command, reading.peer)
        }
    ]
}

/// The arguments of `exec`, while they are read.
private struct ExecReading {
    var command: PeerCommand
    var peer: Peer

    static let names = [
        "instances", "cwd", "user", "env", "start_timeout", "stop_timeout", "weight", "max_fails",
        "fail_timeout", "max_conns", "slow_start",
    ]
    static let flags = ["socket", "backup", "down"]

    init(_ command: PeerCommand, _ peer: Peer) {
        self.command = command
        self.peer = peer
    }

    mutating func read(_ invocation: inout Invocation) throws(Diagnostic) {
        let first = firstParameter(invocation)
        command.words = try words(invocation, before: first)
        for index in first..<invocation.arguments.count { try take(index, &invocation) }
    }

    /// Where the command ends: a text in quotes is all of it, words go on up to a parameter.
    private func firstParameter(_ invocation: Invocation) -> Int {
        if isText(invocation) { return 1 }
        return invocation.arguments.indices.dropFirst().first { isParameter($0, invocation) }
            ?? invocation.arguments.count
    }

    private func isText(_ invocation: Invocation) -> Bool {
        invocation.arguments[0].isQuoted
            || invocation.text(0).contains(where: \.isWhitespace)
    }

    private func isParameter(_ index: Int, _ invocation: Invocation) -> Bool {
        guard !invocation.arguments[index].isQuoted else { return false }
        guard let name = invocation.parameter(index)?.name else {
            return Self.flags.contains(invocation.text(index))
        }
        return Self.names.contains(name)
    }

    private func words(_ invocation: Invocation, before end: Int) throws(Diagnostic) -> [String] {
        guard isText(invocation) else { return (0..<end).map { invocation.text($0) } }
        do throws(CommandText.Flaw) {
            return try CommandText.words(of: invocation.text(0))
        } catch {
            throw invocation.error(
                at: 0, error == .empty ? "there is no command" : "a quote is not closed",
                expected: "expected a command such as \"node server.js\"")
        }
    }

    /// Warns when there is no such program now: it may come before the server starts.
    func lookForProgram(_ invocation: inout Invocation) {
        let variables = Process.environment + command.environment
        let path = variables.last { $0.hasPrefix("PATH=") }.map { String($0.dropFirst(5)) }
        let name = command.words.first ?? ""
        switch ProgramSearch.find(name, path: path, directory: command.directory) {
        case .found: break
        case .notExecutable(let file):
            invocation.warn(at: 0, "\"\(file)\" is nothing that can be executed")
        case .notFound where name.contains("/"):
            invocation.warn(
                at: 0, "there is no program \"\(name)\"",
                expected: "looked for from \(command.directory)")
        case .notFound:
            invocation.warn(
                at: 0, "there is no program \"\(name)\" in PATH",
                expected: "PATH is \(path ?? ProgramSearch.usualPath)")
        }
    }

    // MARK: Parameters

    private mutating func take(_ index: Int, _ invocation: inout Invocation) throws(Diagnostic) {
        guard let (name, value) = invocation.parameter(index) else {
            return try takeFlag(index, invocation)
        }
        switch name {
        case "instances": command.instanceCount = try number(value, 1...64, index, invocation)
        case "cwd":
            let path = String(decoding: value, as: UTF8.self)
            guard !path.isEmpty else { throw flaw(index, invocation, "a folder") }
            command.directory = path.hasPrefix("/") ? path : command.directory + path
        case "user": try takeUser(value, index, invocation)
        case "env":
            guard let end = value.firstIndex(of: UInt8(ascii: "=")), end > 0 else {
                throw flaw(index, invocation, "a variable such as env=NODE_ENV=production")
            }
            command.environment.append(String(decoding: value, as: UTF8.self))
            if value.starts(with: "PORT=".utf8) {
                invocation.warn(at: index, "\"PORT\" is chosen by the server")
            }
        case "start_timeout": command.startTimeout = try time(value, index, invocation)
        case "stop_timeout": command.stopTimeout = try time(value, index, invocation)
        default: try takeServerParameter(name, value, index, invocation)
        }
    }

    /// What a `server` takes as well.
    private mutating func takeServerParameter(
        _ name: String, _ value: [UInt8], _ index: Int, _ invocation: Invocation
    ) throws(Diagnostic) {
        switch name {
        case "weight": peer.weight = try number(value, 1...1 << 20, index, invocation)
        case "max_fails": peer.failureLimit = try number(value, 0...1 << 20, index, invocation)
        case "max_conns": peer.connectionLimit = try number(value, 0...1 << 20, index, invocation)
        case "fail_timeout":
            guard let seconds = ValueSyntax.seconds(value) else {
                throw flaw(index, invocation, "a time such as fail_timeout=30s")
            }
            peer.failureTimeout = seconds
        case "slow_start": peer.slowStart = try time(value, index, invocation)
        default: throw unknown(index, invocation)
        }
    }

    private mutating func takeFlag(
        _ index: Int, _ invocation: Invocation
    ) throws(Diagnostic) {
        switch invocation.text(index) {
        case "socket": command.usesSocket = true
        case "backup": peer.isBackup = true
        case "down": peer.isDown = true
        default: throw unknown(index, invocation)
        }
    }

    private mutating func takeUser(
        _ value: [UInt8], _ index: Int, _ invocation: Invocation
    ) throws(Diagnostic) {
        let parts = value.split(
            separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty }) else {
            throw flaw(index, invocation, "a user such as user=www-data")
        }
        command.user = String(decoding: parts[0], as: UTF8.self)
        command.group = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : nil
    }

    // MARK: Values

    private func number(
        _ value: [UInt8], _ range: ClosedRange<Int>, _ index: Int, _ invocation: Invocation
    ) throws(Diagnostic) -> Int {
        guard let number = ValueSyntax.integer(value[...]), range.contains(number) else {
            throw flaw(
                index, invocation, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func time(
        _ value: [UInt8], _ index: Int, _ invocation: Invocation
    ) throws(Diagnostic) -> Int {
        guard let time = ValueSyntax.milliseconds(value) else {
            throw flaw(index, invocation, "a time such as 30s")
        }
        return time
    }

    private func flaw(_ index: Int, _ invocation: Invocation, _ expected: String) -> Diagnostic {
        invocation.invalidParameter(at: index, expected: "expected " + expected)
    }

    private func unknown(_ index: Int, _ invocation: Invocation) -> Diagnostic {
        let typed =
            invocation.parameter(index).map { Array($0.name.utf8) } ?? invocation.bytes(index)
        let near = closestName(to: typed, among: Self.names + Self.flags)
        return invocation.invalidParameter(
            at: index,
            expected: near.map { "did you mean `\($0)`?" }
                ?? "a command of several words stands in quotes: exec \"node server.js\"")
    }
}

extension Peer {
    /// One that is started here.
    fileprivate static var started: Peer { Peer(name: [], target: .process) }
}

extension UpstreamDraft {
    /// Adds a command, and a peer for each of its processes.
    fileprivate mutating func add(_ command: PeerCommand, _ peer: Peer) {
        var command = command
        let group = String(decoding: name, as: UTF8.self)
        command.name = commands.isEmpty ? group : "\(group)-\(commands.count + 1)"
        commands.append(command)
        for number in 1...command.instanceCount {
            // Each has a record of its own.
            var started = peer.anew
            started.name = Array("\(command.name).\(number)".utf8)
            started.serverText = started.name
            started.route = Peer.route(ofName: started.name)
            peers.append(started)
        }
    }

    /// Gives each peer that is started here its place.
    mutating func seat(_ next: inout Int, _ managed: ManagedPeers?, _ slots: [PeerSlot]) {
        for index in peers.indices where peers[index].isStarted {
            peers[index].process = ManagedPeer(managed, next < slots.count ? slots[next] : nil)
            next += 1
        }
    }
}
