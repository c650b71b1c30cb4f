// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which group of peers a request goes to.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Finds the group of peers, which may depend on variables.
    mutating func chooseGroup(_ services: inout Services) -> Bool {
        switch services.site.locations[locationIndex].proxyPass.pass.destination {
        case .group(let index):
            proxy.group = index
            proxy.dynamicTarget = nil
            return true
        case .template(let template):
            let resolver = services.site.locations[locationIndex].settings.proxy.policy.resolver
            let address = evaluate(template, &services)
            guard let target = ProxyTarget(parsing: copy(address)) else {
                services.logError(.error, self, "invalid URL prefix in proxy_pass")
                return false
            }
            guard let group = services.group(for: target, resolver) else {
                services.logError(.error, self, "proxy_pass names too many different hosts")
                return false
            }
            proxy.group = group
            proxy.dynamicTarget = target
            return true
        }
    }

    /// Spec: nginx `$proxy_host`.
    mutating func proxyHost(_ services: inout Services) -> ByteRange? {
        guard services.site.locations[locationIndex].handler == .proxy else { return nil }
        if let target = proxy.dynamicTarget { return store(target.host) }
        return store(services.site.locations[locationIndex].proxyPass.pass.hostText)
    }

    /// Spec: nginx `$proxy_port`.
    mutating func proxyPort(_ services: inout Services) -> ByteRange? {
        guard services.site.locations[locationIndex].handler == .proxy else { return nil }
        if let target = proxy.dynamicTarget { return store(decimal: target.port) }
        return store(decimal: services.site.locations[locationIndex].proxyPass.pass.port)
    }

    /// Sets when to give up waiting for the peer.
    ///
    /// Why: inlined, the path is a place in the settings; otherwise an object that is looked up.
    @inline(__always)
    mutating func setPeerDeadline(
        _ timeout: KeyPath<ProxyPolicy, Int>, _ services: inout Services
    ) {
        let milliseconds =
            services.site.locations[locationIndex].settings.proxy.policy[keyPath: timeout]
        deadline = services.clock.now + Int64(milliseconds)
    }
}

extension Services {
    /// The group that an address with variables means: one of the configuration by its name, else
    /// one that is made for the address.
    ///
    /// Limits: `dynamicGroupLimit` addresses for each thread; variables come from clients.
    mutating func group(for target: ProxyTarget, _ resolver: Int) -> Int? {
        for index in 0..<groups.count
        where groups[index].name == target.host && !site.streamGroups.values.contains(index)
            && (index < site.groups.count || groups[index].resolver == resolver)
            && groups[index].isMeant(by: target)
        {
            return index
        }
        return addGroup(
            named: target.host, Peer(name: target.peerName, target: target.peer), resolver)
    }

    /// The group of the only peer at an address of a stream.
    mutating func implicitGroup(for url: UpstreamURL, _ resolver: Int) -> Int? {
        let name = url.peerName
        for index in 0..<groups.count
        where groups[index].isImplicit && groups[index].name == name
            && (index < site.groups.count || groups[index].resolver == resolver)
        {
            return index
        }
        return addGroup(named: name, Peer(name: name, target: url.target), resolver)
    }

    private mutating func addGroup(
        named name: [UInt8], _ peer: Peer, _ resolver: Int
    ) -> Int? {
        guard groups.count - site.groups.count < Self.dynamicGroupLimit else { return nil }
        let group = UpstreamGroup(
            name: name, peers: [peer], keepAlive: UpstreamKeepAlive(), isImplicit: true,
            resolver: resolver)
        groups.append(group)
        return groups.count - 1
    }

    private static var dynamicGroupLimit: Int { 256 }
}

extension UpstreamGroup {
    /// Whether an address with the name of a group means this one.
    ///
    /// Why: all Unix sockets have the same name, which says nothing of where they are.
    fileprivate func isMeant(by target: ProxyTarget) -> Bool {
        isImplicit ? peers.first?.name == target.peerName : target.mayBeGroup
    }
}
