// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The open channels to the servers of one source.

internal import OS

/// A channel of c-ares and what it tells.
final class NameServer {
    private let configuration: AresChannel.Configuration
    private var channel: AresChannel?
    private var isOpen = false
    let reports: AresReports

    /// Whether the servers could not be asked, so that /etc/resolv.conf has to be read anew.
    var isDoubtful = false

    init(_ configuration: AresChannel.Configuration) throws(ResolutionFailure) {
        self.configuration = configuration
        guard let reports = try? AresReports() else { throw .outOfResources }
        self.reports = reports
    }

    /// Asks for the addresses of a host, as the system does.
    func ask(_ question: Question) throws(ResolutionFailure) {
        try open()
        channel?.ask(question)
    }

    /// Asks for one kind of record.
    func query(_ query: ServerQuery, token: UInt64) throws(ResolutionFailure) {
        try open()
        channel?.query(query.name, query.type, token: token)
    }

    /// Moves what can move, and gives up what took too long.
    func process(isAsked: Bool) {
        channel?.processReady()
        if isAsked { channel?.processTimeouts() }
    }

    var timeoutMilliseconds: Int? {
        switch channel {
        case .some(let channel): channel.timeoutMilliseconds
        case .none: nil
        }
    }

    /// Reads the system's configuration again the next time; nobody may be waiting.
    func close() {
        channel = nil
        isOpen = false
    }

    private func open() throws(ResolutionFailure) {
        guard !isOpen else { return }
        channel = try AresChannel(configuration, reports: reports)
        isOpen = true
        isDoubtful = false
    }
}

/// The servers of one source: each with a channel of its own, so that it is known who is asked.
struct NameServers {
    let families: AddressFamilies
    private let configurations: [AresChannel.Configuration]
    private(set) var open: [NameServer?]
    /// The server that answered last: it is asked first.
    var good = 0

    init(_ source: ResolverSource, limits: ResolverLimits) {
        families = source.families
        let rounds = source.servers.count > 1 ? 1 : limits.namedServerRoundLimit
        configurations = source.servers.map { server in
            AresChannel.Configuration(
                servers: [server], systemFile: "/dev/null",
                questionTimeout: limits.questionTimeout, roundLimit: rounds, isPlain: true)
        }
        open = configurations.map { _ in nil }
    }

    var count: Int { configurations.count }

    /// The channel to a server; `wasOpened` tells of a new one.
    mutating func server(
        _ index: Int, wasOpened: (NameServer) -> Void
    ) throws(ResolutionFailure) -> NameServer {
        guard configurations.indices.contains(index) else { throw .unreachable }
        if let server = open[index] { return server }
        let server = try NameServer(configurations[index])
        open[index] = server
        wasOpened(server)
        return server
    }
}
