// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A configuration as it is used: everything resolved, nothing looked up by name.
//
// Immutable, and shared by all worker threads.

internal import FileCache
internal import HTTP
internal import Memory
internal import OS
internal import Regex
internal import Resolver

/// A loaded configuration.
///
/// Why: a class that is held once for each thread. Its parts lie in stores whose elements are
///      borrowed in place, so that reading them touches no reference count.
package final class Site: @unchecked Sendable {
    let processes: ProcessSettings
    let listeners: FixedStore<SiteListener>
    let hosts: FixedStore<VirtualHost>
    let locations: FixedStore<Location>
    let computed: [ComputedVariable]
    let charsetMaps: [CharsetMap]
    /// Every charset that is named anywhere.
    let charsetNames: [[UInt8]]
    let regexes: [SiteRegex]
    let groups: [UpstreamGroup]
    /// Those of `stream` by their names: indexes of `groups`.
    let streamGroups: [[UInt8]: Int]
    let healthChecks: [HealthCheck]
    /// Where their verdicts are kept: an index of `zones`; nil without checks.
    var healthZone: Int? { zone(for: .health) }
    /// Where the addresses of names are kept; nil where no group follows one.
    var nameZone: Int? { zone(for: .names) }
    /// What peers answered last, where somebody may be told.
    let lastAnswers = LastAnswers()
    /// What is started beside the workers.
    package let commands: [PeerCommand]
    /// Whom `resolver` names: number n of a location is the n-th, 0 is the system.
    let resolvers: [ResolverSource]
    let zones: FixedStore<SiteZone>
    let logFiles: [LogFile]
    let fileProfiles: [FileProfile]
    let fileLimits: FileCacheLimits
    /// Whether any template asks for fields of a peer.
    let usesUpstreamFields: Bool
    /// Whether any template asks for fields behind the content of a peer.
    let usesUpstreamTrailers: Bool
    /// By the index of a value, the name of its variable.
    let variableNames: [String]
    /// By the index of a value, the name of the variable that a `set` gives it; empty for others.
    let setVariables: [String]
    /// Those that the configuration defines, by their names, for pages that ask for them.
    let variables: [[UInt8]: Variable]
    /// Whether any template asks for the content of a request.
    let usesRequestContent: Bool
    /// The variables of families that a `set` gives values to.
    let assignedVariables: [AssignedVariable]
    let hasAssignedVariables: Bool
    /// What relative paths are relative to; ends with a slash.
    let prefix: [UInt8]
    /// Where the main file is; ends with a slash.
    let configurationFolder: [UInt8]
    let hostName: [UInt8]
    /// The files of certificates that are followed.
    let certificates: FollowedCertificates
    /// The keys of tickets; nil where nobody gets one that we have keys for.
    let ticketKeys: TicketKeyring?
    /// Where they are kept: an index of `zones`.
    var ticketZone: Int? { zone(for: .tickets) }

    init(
        processes: ProcessSettings, listeners: consuming FixedStore<SiteListener>,
        hosts: consuming FixedStore<VirtualHost>, locations: consuming FixedStore<Location>,
        computed: [ComputedVariable], charsetMaps: [CharsetMap], charsetNames: [[UInt8]],
        regexes: [SiteRegex], groups: [UpstreamGroup], streamGroups: [[UInt8]: Int],
        healthChecks: [HealthCheck], commands: [PeerCommand], resolvers: [ResolverSource],
        zones: consuming FixedStore<SiteZone>, logFiles: [LogFile],
        fileProfiles: [FileProfile], fileLimits: FileCacheLimits, usesUpstreamFields: Bool,
        usesUpstreamTrailers: Bool, usesRequestContent: Bool, variableNames: [String],
        setVariables: [String], variables: [[UInt8]: Variable],
        assignedVariables: [AssignedVariable],
        prefix: [UInt8], configurationFolder: [UInt8], hostName: [UInt8],
        certificates: FollowedCertificates, ticketKeys: TicketKeyring? = nil
    ) {
        self.processes = processes
        self.listeners = listeners
        self.hosts = hosts
        self.locations = locations
        self.computed = computed
        self.charsetMaps = charsetMaps
        self.charsetNames = charsetNames
        self.regexes = regexes
        self.groups = groups
        self.streamGroups = streamGroups
        self.healthChecks = healthChecks
        self.commands = commands
        self.resolvers = resolvers
        self.zones = zones
        self.logFiles = logFiles
        self.fileProfiles = fileProfiles
        self.fileLimits = fileLimits
        self.usesUpstreamFields = usesUpstreamFields
        self.usesUpstreamTrailers = usesUpstreamTrailers
        self.variableNames = variableNames
        self.setVariables = setVariables
        self.variables = variables
        self.usesRequestContent = usesRequestContent
        self.assignedVariables = assignedVariables
        hasAssignedVariables = !assignedVariables.isEmpty
        self.prefix = prefix
        self.configurationFolder = configurationFolder
        self.hostName = hostName
        self.certificates = certificates
        self.ticketKeys = ticketKeys
    }

    /// Appends a path, made absolute.
    func appendAbsolute(_ path: Span<UInt8>, to buffer: inout Buffer) {
        if !path.startsWith("/") { buffer.append(prefix) }
        buffer.append(path)
    }
}

/// A regular expression, and the variables that its named captures set.
struct SiteRegex: Sendable {
    struct Name: Sendable {
        /// The number of the group.
        var number: Int
        /// An index into an exchange's values.
        var variable: Int
    }

    let regex: Regex
    let names: [Name]
}

/// What log lines go to.
struct LogFile: Sendable, Equatable {
    enum Destination: Sendable, Equatable {
        case file([UInt8])
        case standardError
        case standardOutput
        case syslog(SyslogServer)
        /// A ring of so many bytes.
        case memory(Int)
        case none

        /// How lines are handed over.
        enum Kind: BitwiseCopyable, Sendable { case appended, syslog, none }

        var kind: Kind {
            switch self {
            case .file, .standardError, .standardOutput, .memory: .appended
            case .syslog: .syslog
            case .none: .none
            }
        }
    }

    let destination: Destination
    /// nil for a log that is written in each turn of a thread.
    var batch: LogBatch?
}

/// An address that is listened on.
struct SiteListener: ~Copyable, Sendable {
    let address: SocketAddress
    let options: ListenerOptions
    let names: ServerNames
    /// Of the default server: what holds before a host is known.
    let client: ClientSettings
    let headLimits: HeadLimitNumbers
    /// What its connections begin with.
    let protocols: ListenProtocols.Kinds
    let http2: ListenerHTTP2
    /// Whether what arrives are streams without requests.
    let isStream: Bool
    /// Whether connections begin with the header of the PROXY protocol.
    var expectsProxyHeader: Bool { protocols.contains(.proxyHeader) }
    /// Whether connections begin with a TLS handshake.
    var isSecure: Bool { protocols.contains(.tls) }
    /// Whether it has a socket of its own; those without follow those with one.
    let isBound: Bool
    /// The specific addresses whose connections arrive at this wildcard.
    let covered: [Covered]

    /// A listener whose connections are accepted by the socket of another one.
    struct Covered: BitwiseCopyable, Sendable {
        var address: CompactAddress
        var listener: Int
    }
}

/// The limits of a request head.
struct HeadLimitNumbers: BitwiseCopyable, Sendable {
    var line: Int
    var head: Int
}

/// A `server` block.
struct VirtualHost: ~Copyable, Sendable {
    /// The first `server_name`.
    let name: [UInt8]
    /// The location that stands for the server itself: what answers where no location does.
    let rootLocation: Int
    /// Named locations, with the at sign.
    let named: [[UInt8]: Int]
    /// What it speaks TLS with; nil without certificates.
    let tls: HostTLS?
    /// `ssl_verify_client`.
    let verification: ClientVerification
}
