// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about who is asked for names, and where connections to peers come from.

internal import Configuration
internal import Memory
internal import OS
internal import Resolver

/// The rows of names and of outgoing connections.
enum ResolverDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "resolver", in: .httpServerLocation, .atLeast(1), syntax: syntax,
            summary: """
                The name servers that are asked for names with variables in them, and for servers \
                of an `upstream` that are to be resolved. Without it, such names are resolved as \
                the system does. `valid` replaces the TTL of answers.
                """
        ) { level, invocation in
            level.settings.proxy.policy.resolver = level.site.resolver(
                try invocation.resolverSource(level.site))
        },
        .simple(
            "resolver_timeout", in: .httpServerLocation, .exactly(1), syntax: "time",
            default: "30s", summary: "How long a request waits for a name."
        ) { $0.settings.proxy.policy.resolverTimeout = try $1.time(0) },
        .simple(
            "proxy_bind", in: .httpServerLocation, .between(1, 2),
            syntax: "address [transparent] | off",
            summary: """
                The address, and with it the port, that connections to peers come from; nothing \
                where variables make it empty. `transparent` allows addresses of others, such as \
                `$remote_addr`; it needs CAP_NET_RAW and routes that lead answers back.
                """
        ) { level, invocation in
            try level.bind(invocation)
        },
        .simple(
            "proxy_socket_keepalive", in: .httpServerLocation, .flag, default: "off",
            summary: "Whether the kernel asks after peers that are silent for long."
        ) { $0.settings.proxy.policy.keepsSocketsAlive = try $1.flag() },
    ]

    static let upstreamRows: [Directive<UpstreamDraft>] = [
        .simple(
            "resolver", in: [.upstream], .atLeast(1), syntax: syntax,
            summary: "The name servers that are asked for the servers of the group."
        ) { upstream, invocation in
            guard let site = upstream.site else { return }
            upstream.resolver = site.resolver(try invocation.resolverSource(site))
        },
        .simple(
            "resolver_timeout", in: [.upstream], .exactly(1), syntax: "time", default: "30s",
            summary: """
                How long the first addresses of the servers of the group are waited for, by \
                requests that nobody else can answer, too. Then the error log says so, and they \
                fail; addresses that come later count all the same.
                """
        ) { $0.resolverTimeout = try $1.time(0) },
    ]

    private static let syntax =
        "address[:port] ... [valid=time] [ipv4=on|off] [ipv6=on|off] [status_zone=zone]"
}

extension SiteDraft {
    /// Gives the groups of a block that have no `resolver` the one of the block, and its timeout.
    func inheritResolver(of level: LevelDraft, in language: BlockLanguage) {
        let policy = level.settings.proxy.policy
        for index in upstreams.indices where upstreams[index].language == language {
            if upstreams[index].resolver == nil { upstreams[index].resolver = policy.resolver }
            if upstreams[index].resolverTimeout == nil {
                upstreams[index].resolverTimeout = policy.resolverTimeout
            }
        }
    }

    /// The number of whom to ask; equal ones have one.
    func resolver(_ source: ResolverSource) -> Int {
        if let index = resolvers.firstIndex(of: source) { return index + 1 }
        resolvers.append(source)
        return resolvers.count
    }
}

extension Invocation {
    /// Reads the arguments of `resolver`.
    func resolverSource(_ site: SiteDraft) throws(Diagnostic) -> ResolverSource {
        var source = ResolverSource(servers: [])
        for index in arguments.indices {
            if let (name, value) = parameter(index) {
                try read(name, value, index, into: &source)
            } else {
                source.servers += try nameServers(index, site)
            }
        }
        guard !source.servers.isEmpty else {
            throw error("no name servers defined", expected: "expected an address")
        }
        guard !source.families.isEmpty else {
            throw error("\"ipv4\" and \"ipv6\" cannot both be \"off\"")
        }
        return source
    }

    private func read(
        _ name: String, _ value: [UInt8], _ index: Int, into source: inout ResolverSource
    ) throws(Diagnostic) {
        switch name {
        case "valid":
            guard let seconds = ValueSyntax.seconds(value) else {
                throw invalidParameter(at: index, expected: "expected a time such as valid=30s")
            }
            source.validity = Int64(seconds) * 1_000
        case "ipv4", "ipv6":
            let family: AddressFamilies = name == "ipv4" ? .ipv4 : .ipv6
            switch String(decoding: value, as: UTF8.self) {
            case "on": source.families.insert(family)
            case "off": source.families.remove(family)
            default: throw invalidParameter(at: index, expected: "expected `on` or `off`")
            }
        // Nobody shows the counters of resolvers.
        case "status_zone": break
        default:
            throw invalidParameter(
                at: index, expected: "expected valid=, ipv4=, ipv6= or status_zone=")
        }
    }

    /// An address, or all those of a name, which must be known at once.
    private func nameServers(
        _ index: Int, _ site: SiteDraft
    ) throws(Diagnostic) -> [SocketAddress] {
        let text = bytes(index)
        let port = ResolverSource.defaultPort
        if let address = CompactAddress(parsing: text.span, defaultPort: port) {
            return [.ip(address)]
        }
        let colon = text.lastIndex(of: UInt8(ascii: ":"))
        let host = Array(text[..<(colon ?? text.endIndex)])
        var number = port
        if let colon {
            let digits = Array(text[(colon + 1)...])
            guard let given = CompactAddress.parsePort(digits.span) else {
                throw error(at: index, "invalid port in resolver \"\(self.text(index))\"")
            }
            number = given
        }
        let found = site.resolve(host)
        guard !found.isEmpty else {
            throw error(
                at: index, "host not found in resolver \"\(self.text(index))\"",
                expected: "expected an address, or a name that is known now")
        }
        return found.map { .ip($0.with(port: number)) }
    }
}

extension LevelDraft {
    /// Reads the arguments of `proxy_bind`.
    fileprivate mutating func bind(_ invocation: Invocation) throws(Diagnostic) {
        if invocation.arguments.count == 1, invocation.argument(0, is: "off") {
            settings.proxy.bind = nil
            settings.proxy.policy.bindsSource = false
            settings.proxy.policy.bindsTransparently = false
            return
        }
        let isTransparent = invocation.arguments.count > 1
        if isTransparent, !invocation.argument(1, is: "transparent") {
            throw invocation.invalidParameter(at: 1, expected: "expected `transparent`")
        }
        let template = try invocation.template(0, site)
        if let text = template.constant, CompactAddress(parsing: text.span, defaultPort: 0) == nil {
            throw invocation.error(
                at: 0, "invalid address \"\(invocation.text(0))\"",
                expected: "expected an address of this machine, or `off`")
        }
        settings.proxy.bind = ProxyBind(address: template)
        settings.proxy.policy.bindsSource = true
        settings.proxy.policy.bindsTransparently = isTransparent
    }
}
