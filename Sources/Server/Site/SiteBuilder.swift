// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Makes a `Site` of the drafts: numbers instead of names, and tables to look things up in.

internal import Configuration
internal import FileCache
internal import HTTP
internal import Memory

/// Puts a site together.
struct SiteBuilder {
    private let draft: SiteDraft
    private let processes: ProcessSettings
    private var upstreams: UpstreamTable
    private var profiles: FileProfileTable
    private var locations: [LocationPlan] = []
    private var hosts: [HostPlan] = []
    private var healthChecks: [HealthCheck] = []
    private var peerTLS = PeerTLSTable()

    /// A virtual host with its number still outside.
    private struct HostPlan {
        var name: [UInt8]
        var rootLocation: Int
        var named: [[UInt8]: Int] = [:]
        var tls: HostTLS?
        var verification = ClientVerification.off
    }

    init(_ draft: SiteDraft, _ processes: ProcessSettings) {
        self.draft = draft
        self.processes = processes
        upstreams = UpstreamTable(draft.upstreams)
        profiles = FileProfileTable(processes.fileCache)
    }

    /// Builds the site, even of a draft with errors, so that all of them are found.
    mutating func build(_ diagnostics: inout Diagnostics) -> Site? {
        for server in draft.servers { addHost(server, &diagnostics) }
        var listeners = ListenerTable(draft.servers, isPrivileged: draft.isPrivileged)
        listeners.build(&diagnostics)
        checkTLS(listeners.plans, &diagnostics)
        guard !diagnostics.hasErrors else { return nil }
        let (locations, hosts, listens) = (locations, hosts, listeners.plans)
        let followsNames = upstreams.groups.contains { !$0.named.isEmpty }
        let zones =
            draft.zones.zones + (healthChecks.isEmpty ? [] : [HealthMemory.zone])
            + (draft.ticketKeys == nil ? [] : [TicketKeyring.zone])
            + (followsNames ? [NameMemory.zone] : [])
        return Site(
            processes: processes,
            listeners: FixedStore(count: listens.count) { listens[$0].listener },
            hosts: FixedStore(count: hosts.count) { index in
                VirtualHost(
                    name: hosts[index].name, rootLocation: hosts[index].rootLocation,
                    named: hosts[index].named, tls: hosts[index].tls,
                    verification: hosts[index].verification)
            },
            locations: FixedStore(count: locations.count) { locations[$0].location },
            computed: draft.computed, charsetMaps: draft.charsetMaps,
            charsetNames: draft.charsetNames, regexes: draft.regexes,
            groups: upstreams.groups.map(UpstreamGroup.init),
            streamGroups: upstreams.streamGroups, healthChecks: healthChecks,
            commands: draft.upstreams.flatMap(\.commands),
            resolvers: draft.resolvers,
            zones: FixedStore(count: zones.count) { zones[$0] }, logFiles: draft.logFiles,
            fileProfiles: profiles.profiles, fileLimits: profiles.limits,
            usesUpstreamFields: draft.variables.usesUpstreamFields,
            usesUpstreamTrailers: draft.variables.usesUpstreamTrailers,
            usesRequestContent: draft.variables.usesRequestContent,
            variableNames: draft.variables.names, setVariables: draft.variables.setNames,
            variables: draft.variables.named,
            assignedVariables: draft.variables.assigned, prefix: draft.prefix,
            configurationFolder: draft.configurationFolder,
            hostName: draft.hostName,
            certificates: FollowedCertificates(draft.certificates, peers: peerTLS.all),
            ticketKeys: draft.ticketKeys)
    }

    // MARK: Steps

    private func checkTLS(_ plans: [ListenerTable.Plan], _ diagnostics: inout Diagnostics) {
        for plan in plans {
            guard let server = plan.serverWithoutTLS(hosts.map(\.tls)),
                !diagnostics.hasErrors
            else { continue }
            diagnostics.add(
                Diagnostic(
                    "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive",
                    at: draft.servers[server].location,
                    label: "expected ssl_certificate and ssl_certificate_key in this server"))
        }
    }

    private mutating func addHost(_ server: ServerDraft, _ diagnostics: inout Diagnostics) {
        serverNames = server.names
        var place = server.place
        place.origin.place = server.location
        let root = add(place, &diagnostics)
        var host = HostPlan(name: server.names.first?.text ?? [], rootLocation: root)
        for (location, index) in named { host.named[location] = index }
        named = [:]
        host.verification = server.place.level.settings.tls.verification
        host.tls = server.place.level.settings.tls.host(
            draft, names: server.names.compactMap(\.plainName), at: server.location, &diagnostics)
        hosts.append(host)
    }

    /// The names of the server at hand.
    private var serverNames: [ServerNameDraft] = []
    /// The named locations of the server at hand.
    private var named: [[UInt8]: Int] = [:]

    /// Spec: nginx: two charsets that a location names must have a map.
    private mutating func checkConversion(
        _ charset: CharsetSettings, _ diagnostics: inout Diagnostics
    ) {
        guard let (source, target) = charset.conversion, let place = charset.location,
            !draft.charsetMaps.contains(where: { $0.connects(source.span, target.span) }),
            reportedCharsets.insert(source + [0] + target).inserted
        else { return }
        let names = [source, target].map { "\"\(String(decoding: $0, as: UTF8.self))\"" }
        diagnostics.add(
            Diagnostic(
                "no \"charset_map\" between the charsets \(names[0]) and \(names[1])", at: place,
                label: "contents cannot be converted"))
    }

    /// Pairs of charsets that have been complained of.
    private var reportedCharsets: Set<[UInt8]> = []

    /// How a place speaks TLS with its peers.
    private mutating func tls(
        of place: LocationDraft, at location: SourceLocation
    ) throws(Diagnostic) -> PeerTLS {
        try peerTLS.entry(
            for: place.level.settings.peerTLS, in: draft, at: location)
    }

    /// Resolves what a server of streams does.
    private mutating func addStream(
        _ stream: StreamDraft, _ place: LocationDraft, to location: Int,
        _ diagnostics: inout Diagnostics
    ) {
        do throws(Diagnostic) {
            var tls: PeerTLS?
            if place.level.settings.peerTLS.isOn, let peers = stream.peersLocation {
                tls = try self.tls(of: place, at: peers)
            }
            let plan = try StreamPlan(stream, groups: &upstreams, tls: tls)
            locations[location].stream = plan
            addHealthCheck(place, plan.destination, at: location, &diagnostics)
        } catch {
            diagnostics.add(error)
        }
    }

    /// Adds the `health_check` of a location.
    private mutating func addHealthCheck(
        _ place: LocationDraft, _ destination: ProxyPass.Destination?, at location: Int,
        _ diagnostics: inout Diagnostics
    ) {
        guard let written = place.healthCheck else { return }
        do throws(Diagnostic) {
            var check = try written.resolved(by: destination, draft)
            check.location = location
            check.host = hosts.count
            check.header = place.level.settings.stream.policy.sentHeader
            healthChecks.append(check)
        } catch {
            diagnostics.add(error)
        }
    }

    /// Adds a location and those within it.
    ///
    /// - Returns: its number.
    private mutating func add(_ written: LocationDraft, _ diagnostics: inout Diagnostics) -> Int {
        var draft = written
        draft.level.settings.referers.resolve(serverNames, &diagnostics)
        var pass: ProxyPass?
        if let written = draft.proxyPass ?? draft.inheritedPass {
            do throws(Diagnostic) {
                pass = try ProxyPass(
                    written, of: draft, groups: &upstreams,
                    tls: written.mayBeSecure ? try tls(of: draft, at: written.location) : nil)
            } catch {
                diagnostics.add(error)
            }
        }
        if draft.stream == nil, draft.proxyPass == nil || pass != nil {
            addHealthCheck(draft, pass?.destination, at: locations.count, &diagnostics)
        }
        checkConversion(draft.level.settings.charset, &diagnostics)
        draft.level.warnOfHiddenFields(&diagnostics)
        let profile = profiles.index(of: draft.fileSettings, draft.settingsOfFiles)
        let index = locations.count
        locations.append(LocationPlan(draft, pass, profile: profile))
        if let stream = draft.stream { addStream(stream, draft, to: index, &diagnostics) }
        let inner = draft.innerLocations.map { add($0, &diagnostics) }
        locations[index].setInner(inner)
        for child in draft.nested {
            let number = add(child, &diagnostics)
            switch child.match {
            case .named: named[child.name] = number
            default: locations[index].nested.insert(child, number)
            }
        }
        return index
    }
}

/// A location with everything resolved.
struct LocationPlan {
    private let draft: LocationDraft
    private let pass: ProxyPass?
    private let profile: Int
    var nested = NestedLocations()
    var stream: StreamPlan?
    private var script: [RewriteStep]
    private var limitedLocation: Int?

    init(_ draft: LocationDraft, _ pass: ProxyPass?, profile: Int) {
        self.draft = draft
        self.pass = pass
        self.profile = profile
        script = draft.script.steps
    }

    /// Takes the numbers of the blocks of `if` and `limit_except`.
    mutating func setInner(_ numbers: [Int]) {
        limitedLocation = draft.limitedLocation.map { numbers[$0] }
        for index in script.indices {
            guard case .test(let condition, let inner?, let count) = script[index] else { continue }
            script[index] = .test(condition, inner: numbers[inner], count: count)
        }
    }

    /// The location as it is used.
    var location: Location {
        let settings = draft.level.settings
        let index = settings.files.index
        let root = settings.files.root.constant
        return Location(
            name: draft.match == .server ? [] : draft.name, origin: draft.origin,
            settings: settings, steps: steps,
            handler: stream != nil ? .stream : draft.ownHandler ?? (pass == nil ? .files : .proxy),
            script: script,
            limitedLocation: limitedLocation ?? -1, exceptedMethods: draft.exceptedMethods,
            tryFiles: draft.tryFiles,
            proxyPass: SharedProxyPass(pass ?? .none),
            indexNames: index.isEmpty ? [Template("index.html")] : index.elements, nested: nested,
            hasNoNested: nested.isEmpty, constantRoot: Buffer(root ?? []),
            hasConstantRoot: root != nil,
            trustedRootCount: settings.links.trustedRootCount(settings.files), fileProfile: profile,
            hasFileCharset: settings.charset.fileParameter != nil,
            encodings: EncodingPlan(settings.encodings), headers: HeaderPlan(settings.headers),
            accessLogs: FixedStore(count: settings.log.access.elements.count) {
                settings.log.access.elements[$0]
            }, substitution: SubstitutionPlan(settings.substitution), stream: stream)
    }

    private var steps: Location.Steps {
        var steps: Location.Steps = []
        let settings = draft.level.settings
        if draft.isInternal { steps.insert(.isInternal) }
        if !script.isEmpty { steps.insert(.hasScript) }
        if limitedLocation != nil { steps.insert(.limitsMethods) }
        if draft.tryFiles != nil { steps.insert(.triesFiles) }
        if !settings.response.errorPages.isEmpty { steps.insert(.hasErrorPages) }
        steps.formUnion(settings.headers.steps)
        if settings.hints.isAutomatic { steps.insert(.hints) }
        if settings.files.cachesAssets, !settings.headers.decidesCaching {
            steps.insert(.guardsErrors)
        }
        if settings.listing.picksIndex { steps.insert(.picksIndex) }
        if settings.listing.isOn { steps.insert(.listsDirectories) }
        if settings.charset.target != .off { steps.insert(.namesCharset) }
        if settings.links.policy != .follow { steps.insert(.checksLinks) }
        if settings.files.treatmentOfDotfiles != .allow { steps.insert(.hidesDotfiles) }
        if settings.limits.isOn { steps.insert(.limitsRequests) }
        if settings.rate.limit != nil { steps.insert(.limitsRate) }
        if !settings.substitution.pairs.isEmpty { steps.insert(.substitutes) }
        if !settings.clientAddress.trusted.isEmpty { steps.insert(.findsClient) }
        if settings.access.isOn { steps.insert(.checksAccess) }
        if !settings.mirror.paths.isEmpty { steps.insert(.mirrors) }
        if settings.addition.isOn { steps.insert(.surrounds) }
        if settings.includes.isOn { steps.insert(.includes) }
        if settings.authRequest.path != nil { steps.insert(.checksAccess) }
        if !settings.log.access.isEmpty { steps.insert(.logsAccess) }
        if !EncodingPlan(settings.encodings).passing.isEmpty { steps.insert(.encodes) }
        if draft.match == .prefix(skipsRegexes: true) { steps.insert(.skipsRegexes) }
        return steps
    }
}

extension LocationDraft {
    /// How files are treated.
    ///
    /// Spec: nginx: a media type belongs to the extension of the path. Where an alias gives one
    ///       path a file of any name, that is decided here.
    fileprivate var fileSettings: StaticFileSettings {
        var settings = level.settings.files
        if level.settings.headers.replaces("Last-Modified") { settings.hasLastModified = false }
        if level.settings.headers.replaces("ETag") { settings.hasEntityTags = false }
        if let parameter = level.settings.charset.fileParameter, !parameter.isEmpty {
            settings.charset = parameter
            settings.charsetTypes = level.settings.charset.mediaTypes
        }
        settings.allowsRanges = level.settings.conditions.rangeLimit > 0
        settings.findsHints = level.settings.hints.isAutomatic
        // Two of them would contradict each other.
        if level.settings.headers.decidesCaching { settings.cachesAssets = false }
        guard match == .exact, settings.isAlias, tryFiles == nil else { return settings }
        settings.defaultType = settings.mediaType(of: name.span)
        settings.mediaTypes = MediaTypes()
        settings.mediaTypesLevel = StaticFileSettings.levelOfNoTypes
        return settings
    }
}

extension LocationDraft {
    /// All settings, as they hold for files: the cache encodes nothing whose characters are changed
    /// before.
    fileprivate var settingsOfFiles: Settings {
        var settings = level.settings
        guard settings.charset.mayConvert else { return settings }
        for coding in ContentCoding.allCases { settings.encodings[coding].isOn = false }
        return settings
    }
}

extension NestedLocations {
    /// Whether there is none.
    var isEmpty: Bool { count == 0 }

    /// Adds a location by the way it is chosen.
    fileprivate mutating func insert(_ draft: LocationDraft, _ number: Int) {
        count += 1
        switch draft.match {
        case .exact: tree.insert(exact: draft.name, number)
        case .prefix:
            let passesOn = draft.proxyPass != nil
            tree.insert(prefix: draft.name, number, redirectsWithoutSlash: passesOn)
        case .pattern(let regex): patterns.append(Pattern(regex: regex, location: number))
        case .named, .server: break
        }
    }
}

extension UpstreamGroup {
    fileprivate convenience init(_ draft: UpstreamDraft) {
        self.init(
            name: draft.name, peers: draft.peers,
            balancing: draft.balancing.balancing(draft.peers), key: draft.balancing.key,
            sticky: draft.sticky, queue: draft.queue,
            keepAlive: draft.keepAlive, holdTime: draft.holdTime,
            startTime: draft.commands.map(\.startTimeout).max() ?? 0,
            isImplicit: draft.isImplicit,
            resolver: draft.resolver ?? 0,
            resolverTimeout: draft.resolverTimeout ?? UpstreamGroup.resolverTimeout,
            named: draft.named)
    }
}
