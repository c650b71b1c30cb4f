// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What an exchange does as a session of `stream`: its phases, and whom it is passed to.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Makes a session of an exchange that has no request.
    mutating func becomeSession(_ site: Site) {
        session = StreamSession()
        hostIndex = site.listeners[facts.listener].names.defaultHost
        locationIndex = site.hosts[hostIndex].rootLocation
        // Dialling another peer does no harm, and a connection that rests is never taken.
        method = .get
        content.isStreamed = true
        content.isComplete = true
    }

    /// Makes it a session of datagrams.
    mutating func takeDatagrams(_ client: DatagramClient, _ site: Site) {
        let bound = site.listeners[facts.listener].address.compact
        var destination = client.destination ?? bound
        destination.port = bound.port
        session?.datagramDestination = destination
        client.byteLimit = site.locations[locationIndex].settings.stream.policy.bufferSize
    }

    /// The address that the client has connected, or sends, to.
    func localAddress(_ services: borrowing Services) -> CompactAddress {
        session?.datagramDestination ?? services.localAddress(of: facts)
    }

    /// What messages call a session of datagrams.
    var sessionKind: String { session?.datagramDestination == nil ? "" : "udp " }

    /// The settings of its server.
    func streamPolicy(_ services: borrowing Services) -> StreamPolicy {
        services.site.locations[locationIndex].settings.stream.policy
    }

    /// Runs the phases before anything of the client is looked at.
    ///
    /// - Returns: the status of a session that is not to be.
    /// Spec: nginx: post-accept (who the client is), preaccess (limits, `set`), access.
    mutating func runSessionPhases(_ services: inout Services) -> Int? {
        let steps = services.site.locations[locationIndex].steps
        if steps.contains(.findsClient) { findClient(by: locationIndex, &services) }
        if steps.contains(.limitsRequests), keepLimits(&services) != nil { return response.status }
        assignVariables(&services)
        if steps.contains(.checksAccess) {
            forgetAccess()
            if checkAccess(&services) != nil { return response.status }
        }
        return nil
    }

    private mutating func assignVariables(_ services: inout Services) {
        guard let plan = services.site.locations[locationIndex].stream else { return }
        for assignment in plan.assignments {
            values[assignment.variable] = evaluate(assignment.value, &services)
        }
    }

    // MARK: Peers

    /// Prepares to find a peer.
    ///
    /// - Returns: the status of a session that cannot be passed on.
    mutating func beginPassing(
        to destination: ProxyPass.Destination, _ services: inout Services
    ) -> Int? {
        guard let group = group(destination, &services) else { return 500 }
        proxy.reset()
        proxy.group = group
        if let tls = services.site.locations[locationIndex].stream?.tls { proxy.tls = tls }
        proxy.stage = .choosing
        proxy.firstTryAt = services.clock.now
        countTries(services)
        prepareChoice(&services)
        stage = .proxying
        return nil
    }

    private mutating func group(
        _ destination: ProxyPass.Destination, _ services: inout Services
    ) -> Int? {
        switch destination {
        case .group(let index): return index
        case .template(let template):
            let resolver = services.site.locations[locationIndex].settings.proxy.policy.resolver
            let text = copy(evaluate(template, &services))
            let name = LogEscape.text(text)
            do throws(UpstreamURL.Flaw) {
                let url = try UpstreamURL(parsing: text)
                guard url.path == nil else { throw UpstreamURL.Flaw(message: "invalid host") }
                return try services.streamGroup(for: url, resolver)
            } catch {
                services.logError(.error, self, "\(error.message) in upstream \"\(name)\"")
                return nil
            }
        }
    }

    /// Notes that the peer has been connected to, and what it is sent first.
    mutating func peerDidConnect(_ peers: inout PeerConnections, _ services: inout Services) {
        guard let session, let attempt = proxy.attempts.last else { return }
        note(.answered, &services)
        proxy.lease?.noteConnection(at: services.clock.now)
        let settings = services.site.locations[locationIndex].settings.stream
        session.upload.rate = size(settings.uploadRate, "proxy_upload_rate", &services)
        session.download.rate = size(settings.downloadRate, "proxy_download_rate", &services)
        let local = proxy.connection.flatMap { peers.connections.slot(for: $0) }.map {
            CompactAddress.local(of: peers.connections[$0].transport.number)
        }
        let address = String(decoding: attempt.address, as: UTF8.self)
        services.logSession(
            .information, self, "\(sessionKind)proxy \(local ?? .unix) connected to \(address)")
        if proxy.tls == nil {
            writeProxyHeader(settings.policy.sentHeader, &session.prelude, services)
        }
    }

    /// Writes what tells the peer who the client is.
    func writeProxyHeader(
        _ header: StreamPolicy.SentHeader, _ bytes: inout Buffer, _ services: borrowing Services
    ) {
        let destination = localAddress(services)
        switch header {
        case .none: break
        case .line: ProxyHeaderWriter.writeLine(facts.address, destination, to: &bytes)
        case .binary: ProxyHeaderWriter.writeBinary(facts.address, destination, to: &bytes)
        }
    }

    /// Notes when the first byte of the peer came.
    mutating func noteFirstByte(_ now: Instant) {
        let last = proxy.attempts.count - 1
        guard last >= 0, proxy.attempts[last].headTime == nil else { return }
        proxy.attempts[last].headTime = Int(now - proxy.attempts[last].startedAt)
        proxy.lease?.noteHead(at: now)
    }
}

extension Services {
    /// The group that an address with variables means: one of the configuration by its name, else
    /// one that is made for the address.
    ///
    /// Limits: as those of requests, see `group(for:)`.
    mutating func streamGroup(
        for url: UpstreamURL, _ resolver: Int
    ) throws(UpstreamURL.Flaw) -> Int {
        if case .name(let name) = url.host, url.port == nil, let group = site.streamGroups[name] {
            return group
        }
        guard !url.lacksPort else { throw UpstreamURL.Flaw(message: "no port") }
        guard let group = implicitGroup(for: url, resolver) else {
            throw UpstreamURL.Flaw(message: "too many different hosts")
        }
        return group
    }
}
