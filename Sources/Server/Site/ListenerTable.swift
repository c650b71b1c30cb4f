// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The addresses of all servers, which server is whose default, and who answers to which name.

internal import Configuration
internal import HTTP2
internal import Memory
internal import OS

/// Collects the listeners of a configuration.
struct ListenerTable {
    /// One address while servers are added to it.
    private struct Address {
        let address: SocketAddress
        let language: BlockLanguage
        let isDatagram: Bool
        var options = ListenerOptions()
        var hasOptions = false
        var protocols = ListenProtocols()
        var defaultServer: Int?
        /// The servers in the order of the text.
        var servers: [Int] = []
    }

    /// A listener with everything resolved.
    struct Plan {
        fileprivate var address: SocketAddress
        fileprivate var options: ListenerOptions
        fileprivate var names: ServerNames
        fileprivate var client: ClientSettings
        fileprivate var protocols: ListenProtocols.Kinds
        fileprivate var http2: ListenerHTTP2
        fileprivate var isStream: Bool
        fileprivate var isBound = true
        fileprivate var covered: [SiteListener.Covered] = []
        /// All servers of the address.
        fileprivate var servers: [Int]

        /// A server that is to speak TLS and has nothing to do it with.
        ///
        /// Spec: nginx ngx_http_ssl_init: the certificate of the default server does for all.
        func serverWithoutTLS(_ hosts: [HostTLS?]) -> Int? {
            guard protocols.contains(.tls) else { return nil }
            guard let tls = hosts[names.defaultHost] else { return names.defaultHost }
            guard !tls.hasCertificates else { return nil }
            return servers.first { hosts[$0] == nil }
        }

        /// Whether its socket takes what comes to another one.
        fileprivate func covers(_ other: Plan) -> Bool {
            options.isDatagram == other.options.isDatagram && address.covers(other.address)
        }

        /// The listener as it is used.
        var listener: SiteListener {
            SiteListener(
                address: address, options: options, names: names, client: client,
                headLimits: HeadLimitNumbers(
                    line: client.largeHeadBufferSize,
                    head: client.headBufferSize
                        + client.largeHeadBufferSize * client.largeHeadBufferCount),
                protocols: protocols, http2: http2, isStream: isStream, isBound: isBound,
                covered: covered)
        }
    }

    private let servers: [ServerDraft]
    private let usualPort: UInt16
    private var addresses: [Address] = []

    /// The listeners: those with a socket first.
    private(set) var plans: [Plan] = []

    init(_ servers: [ServerDraft], isPrivileged: Bool) {
        self.servers = servers
        usualPort = isPrivileged ? 80 : 8000
    }

    /// Fills `plans`.
    mutating func build(_ diagnostics: inout Diagnostics) {
        for (number, server) in servers.enumerated() { add(server, number, &diagnostics) }
        plans = addresses.map { plan($0, &diagnostics) }
        coverSpecificAddresses()
    }

    private mutating func add(
        _ server: ServerDraft, _ number: Int, _ diagnostics: inout Diagnostics
    ) {
        var listens = server.listens
        if listens.isEmpty {
            let address = SocketAddress.ip(CompactAddress(ipv4: 0, port: usualPort))
            listens = [ListenDraft(address: address, location: nil)]
        }
        for listen in listens {
            if let flaw = add(listen, of: number, &diagnostics) {
                diagnostics.add(Diagnostic(flaw + " \(listen.address)", at: listen.location))
            }
        }
    }

    /// Adds one address of a server; returns what is wrong with it.
    private mutating func add(
        _ listen: ListenDraft, of server: Int, _ diagnostics: inout Diagnostics
    ) -> String? {
        let known = addresses.firstIndex {
            $0.address == listen.address && $0.isDatagram == listen.options.isDatagram
        }
        let index = known ?? addresses.count
        let language = servers[server].language
        if known == nil {
            addresses.append(
                Address(
                    address: listen.address, language: language,
                    isDatagram: listen.options.isDatagram))
            addresses[index].options.isDatagram = listen.options.isDatagram
        }
        if addresses[index].language != language { return "http and stream cannot share" }
        if addresses[index].servers.contains(server) { return "a duplicate listen" }
        addresses[index].servers.append(server)
        if known == nil {
            addresses[index].protocols = ListenProtocols(listen)
        } else if addresses[index].protocols.add(listen, afterOptions: addresses[index].hasOptions)
        {
            diagnostics.add(
                Diagnostic(
                    "protocol options redefined for \(listen.address)", at: listen.location,
                    severity: .warning))
        }
        if listen.isDefault {
            if addresses[index].defaultServer != nil { return "a duplicate default server for" }
            addresses[index].defaultServer = server
        }
        if listen.hasOptions {
            if addresses[index].hasOptions { return "duplicate listen options for" }
            addresses[index].hasOptions = true
            addresses[index].options = listen.options
        }
        return nil
    }

    private func plan(_ address: Address, _ diagnostics: inout Diagnostics) -> Plan {
        let chosen = address.defaultServer ?? address.servers[0]
        var names = ServerNames(defaultHost: chosen)
        for server in address.servers {
            // A server without a name is for requests without a host.
            if servers[server].names.isEmpty {
                insert([], servers[server].location, server, address, &names, &diagnostics)
            }
            for name in servers[server].names {
                switch name {
                case .pattern(let regex, _): names.insert(regex: regex, host: server)
                case .name(let name, let location):
                    insert(name, location, server, address, &names, &diagnostics)
                }
            }
        }
        return Plan(
            address: address.address, options: address.options, names: names,
            client: servers[chosen].place.level.settings.client,
            protocols: address.protocols.kinds,
            http2: http2(address, servers[chosen].place.level.settings),
            isStream: address.language == .stream, servers: address.servers)
    }

    /// What holds for HTTP/2 before a host is known.
    private func http2(_ address: Address, _ settings: Settings) -> ListenerHTTP2 {
        var http2 = ListenerHTTP2()
        http2.isForAll = address.protocols.kinds.contains(.http2)
        http2.isOn = settings.http2.isOn || http2.isForAll
        http2.receiveBufferSize = settings.http2.receiveBufferSize
        http2.settings.concurrentStreamLimit = settings.http2.concurrentStreamLimit
        http2.settings.streamWindow = settings.http2.prereadSize
        http2.settings.fieldByteLimit = settings.client.largeHeadBufferSize
        http2.settings.headByteLimit =
            settings.client.largeHeadBufferSize * settings.client.largeHeadBufferCount
        return http2
    }

    private func insert(
        _ name: [UInt8], _ location: SourceLocation, _ server: Int, _ address: Address,
        _ names: inout ServerNames, _ diagnostics: inout Diagnostics
    ) {
        if names.insert(name, host: server) { return }
        let text = String(decoding: name, as: UTF8.self)
        diagnostics.add(
            Diagnostic(
                "conflicting server name \"\(text)\" on \(address.address), ignored", at: location,
                label: "an earlier server has this name", severity: .warning))
    }

    /// Leaves the sockets of specific addresses to that of the wildcard with the same port.
    ///
    /// Why: the system refuses to listen on both. Spec: so does nginx.
    private mutating func coverSpecificAddresses() {
        for index in plans.indices {
            plans[index].isBound = !plans.contains { $0.covers(plans[index]) }
        }
        plans = plans.filter(\.isBound) + plans.filter { !$0.isBound }
        for index in plans.indices where !plans[index].isBound {
            let address = plans[index].address
            for wildcard in plans.indices where plans[wildcard].covers(plans[index]) {
                plans[wildcard].covered.append(
                    SiteListener.Covered(address: address.compact, listener: index))
            }
        }
    }
}

/// What the `listen` directives of an address say about its protocols.
///
/// Spec: nginx ngx_http_add_addresses: what one of them says holds for all, and it is told where
///       they contradict each other; those that say nothing may follow one that does.
struct ListenProtocols {
    /// What comes before requests, or instead of them in the way of HTTP/1.
    struct Kinds: OptionSet, BitwiseCopyable, Sendable {
        let rawValue: UInt8
        /// `proxy_protocol`.
        static let proxyHeader = Kinds(rawValue: 1)
        /// `ssl`.
        static let tls = Kinds(rawValue: 2)
        /// `http2`.
        static let http2 = Kinds(rawValue: 4)
    }

    private(set) var kinds: Kinds = []
    /// What was said before the first change.
    private var expected: Kinds?
    private var hasChanged = false

    init() {}

    init(_ listen: ListenDraft) { kinds = listen.protocols }

    /// Adds another `listen` of the address.
    ///
    /// - Parameter afterOptions: whether one before it has options of the socket.
    /// - Returns: whether it contradicts those before it.
    mutating func add(_ listen: ListenDraft, afterOptions: Bool) -> Bool {
        let (now, before) = (listen.protocols, kinds)
        defer { kinds = now.union(before) }
        if !before.isSuperset(of: now) {
            let isContradiction =
                (afterOptions && !listen.hasOptions) || hasChanged || !now.isSuperset(of: before)
            (expected, hasChanged) = (before, true)
            return isContradiction
        }
        let differs = expected.map { $0 != now } ?? false
        let isRemoval = before != now
        let isContradiction = differs || listen.hasOptions && (isRemoval || hasChanged)
        (expected, hasChanged) = (now, hasChanged || isRemoval)
        return isContradiction
    }
}

extension SocketAddress {
    /// Whether it is the wildcard of the same family and port as a specific address.
    fileprivate func covers(_ other: SocketAddress) -> Bool {
        guard case .ip(let wildcard) = self, case .ip(let specific) = other else { return false }
        return wildcard.port == specific.port && wildcard.family == specific.family
            && wildcard.isUnspecified && !specific.isUnspecified
    }
}

extension CompactAddress {
    /// Whether it is 0.0.0.0 or [::].
    var isUnspecified: Bool {
        switch family {
        case .ipv4: self == CompactAddress(ipv4: 0, port: port)
        case .ipv6: self == CompactAddress(ipv6: 0, 0, port: port)
        default: false
        }
    }
}
