// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What all blocks of a configuration have in common while it is loaded: names, and the tables that
// they lead to.

internal import Configuration
internal import Memory
internal import OS
internal import Regex
internal import Resolver

/// A configuration that is being loaded.
///
/// Why: a class, because every scope that a directive may change needs it.
final class SiteDraft {
    /// What relative paths are relative to; ends with a slash.
    let prefix: [UInt8]
    /// Where the main file is, with a final slash: what files of secrets are relative to.
    let configurationFolder: [UInt8]
    /// What `$hostname` says.
    let hostName: [UInt8]
    /// Whether ports below 1024 can be opened.
    let isPrivileged: Bool
    /// Finds the addresses of a name; none if it has none.
    let resolve: ([UInt8]) -> [CompactAddress]
    /// Where the peers are that are started here, and the place of each.
    var managed: ManagedPeers?
    var slots: [PeerSlot] = []
    private var seatCount = 0

    var variables = VariableRegistry()
    var zones = ZoneRegistry()
    var regexes: [SiteRegex] = []
    var computed: [ComputedVariable] = []
    var charsetMaps: [CharsetMap] = []
    /// Every charset that is named.
    var charsetNames: [[UInt8]] = []
    /// How many blocks that compute a variable have a number already.
    var declaredCount = 0
    private(set) var logFiles: [LogFile] = []
    /// The blocks that are being read.
    var language: BlockLanguage {
        get { variables.language }
        set { variables.language = newValue }
    }
    private var formats: [BlockLanguage: [String: LogFormat]] = [:]
    /// The forms of lines that the present blocks know.
    var logFormats: [String: LogFormat] {
        get { formats[language] ?? [:] }
        set { formats[language] = newValue }
    }
    var upstreams: [UpstreamDraft] = []
    /// What servers of TLS have in common: the keys of tickets, and sessions that are kept.
    var ticketKeys: TicketKeyring?
    var sessionCaches: [[UInt8]: SharedSessions] = [:]
    var healthMatches: [HealthMatch] = []
    var sessionMatches: [SessionMatch] = []
    /// Whom `resolver` names, each once.
    var resolvers: [ResolverSource] = []
    var servers: [ServerDraft] = []
    /// The files of certificates and keys.
    let certificates: CertificateShelf
    private var levelCount = 0
    private var logFileCacheCount = 0

    init(
        prefix: [UInt8], configurationFolder: [UInt8]? = nil, hostName: [UInt8],
        isPrivileged: Bool, resolve: @escaping ([UInt8]) -> [CompactAddress] = { _ in [] },
        reader: FileReader? = nil
    ) {
        certificates = CertificateShelf(reader)
        self.prefix = prefix
        self.configurationFolder = configurationFolder ?? prefix
        self.hostName = hostName
        self.isPrivileged = isPrivileged
        self.resolve = resolve
    }

    /// Gives the peers of a group that are started here their places.
    func seat(_ upstream: inout UpstreamDraft) { upstream.seat(&seatCount, managed, slots) }

    /// The number of a block that begins.
    func beginLevel() -> Int {
        levelCount += 1
        return levelCount
    }

    /// A path of the configuration, seen from the prefix.
    func absolute(_ path: [UInt8]) -> [UInt8] {
        path.first == UInt8(ascii: "/") ? path : prefix + path
    }

    /// The number of a file that log lines go to; each file has one.
    func logFile(_ destination: LogFile.Destination) -> Int {
        if let index = logFiles.firstIndex(where: { $0.destination == destination }) {
            return index
        }
        logFiles.append(LogFile(destination: destination))
        return logFiles.count - 1
    }

    /// Has the lines of a file collected; false if they are already, in another way.
    func collectLines(of file: Int, _ batch: LogBatch) -> Bool {
        if let known = logFiles[file].batch { return known == batch }
        logFiles[file].batch = batch
        return true
    }

    /// The number of another `open_log_file_cache`.
    func beginLogFileCache() -> Int {
        logFileCacheCount += 1
        return logFileCacheCount
    }

    /// The number of the file at a path, which may be the name of a device.
    func logFile(path: [UInt8]) -> Int {
        switch String(decoding: path, as: UTF8.self) {
        case "stderr", "/dev/stderr": logFile(.standardError)
        case "/dev/stdout": logFile(.standardOutput)
        case "/dev/null": logFile(.none)
        default: logFile(.file(absolute(path)))
        }
    }

    // MARK: Words with a meaning

    /// Compiles a word with variables.
    func template(_ word: Word) throws(Diagnostic) -> Template {
        var segments: [Template.Segment] = []
        for segment in try TemplateParser.parse(word) {
            switch segment {
            case .literal(let text): segments.append(.literal(text))
            case .capture(let number): segments.append(.variable(.capture(number)))
            case .variable(let name, let location):
                segments.append(.variable(variables.resolve(name, at: location)))
            }
        }
        return Template(segments)
    }

    /// Compiles a regular expression, and defines its named captures.
    func regex(
        _ pattern: [UInt8], caseless: Bool, at location: SourceLocation
    ) throws(Diagnostic) -> Int {
        let regex: Regex
        do throws(RegexError) {
            regex = try Regex(pattern: pattern, caseless: caseless)
        } catch {
            let text = String(decoding: pattern, as: UTF8.self)
            let isWhole = location.length == pattern.count
            throw Diagnostic(
                "pcre2_compile() failed: \(error.message) in \"\(text)\" at offset \(error.offset)",
                at: isWhole
                    ? location.part(at: min(error.offset, pattern.count), length: 1) : location)
        }
        var names: [SiteRegex.Name] = []
        for (name, number) in regex.names {
            guard let variable = variables.define(Array(name.utf8)) else {
                throw Diagnostic("the duplicate \"\(name)\" variable", at: location)
            }
            names.append(SiteRegex.Name(number: number, variable: variable))
        }
        regexes.append(SiteRegex(regex: regex, names: names))
        return regexes.count - 1
    }
}

extension Invocation {
    /// An argument with variables.
    func template(_ index: Int, _ site: SiteDraft) throws(Diagnostic) -> Template {
        try site.template(arguments[index])
    }

    /// An argument that may not have variables in it; a `$` that begins none is a byte.
    func constant(_ index: Int) throws(Diagnostic) -> [UInt8] {
        guard let segments = try? template(index) else { return bytes(index) }
        for segment in segments {
            if case .variable(_, let location) = segment {
                throw Diagnostic(
                    "variables are not supported in \"\(name.text)\" yet", at: location)
            }
        }
        return bytes(index)
    }
}
