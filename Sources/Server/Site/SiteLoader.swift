// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// From the text of a configuration to a `Site`.

package import Configuration
internal import Memory
package import OS
internal import Resolver

/// What a configuration is loaded from, and what it may know of the machine.
package struct LoadOptions {
    /// Where the text is.
    package enum Source {
        case file(path: String)
        /// A text that is no file; `name` stands for its path in messages.
        case text(String, name: String)
    }

    package var source: Source
    /// What relative paths are relative to: absolute, with a final slash.
    package var prefix: String
    /// How files are read.
    package var reader: FileReader
    /// Directives of the main level from the command line.
    package var globals: String?
    /// Where errors go unless the configuration says otherwise; standard error if nil.
    package var errorLogPath: String?
    /// What `${NAME}` stands for.
    package var environment: [String: String] = [:]
    /// What `$hostname` says.
    package var hostName = "localhost"
    /// Whether ports below 1024 can be opened.
    package var isPrivileged = false
    /// Finds the addresses of a name that must be known now; everybody knows `localhost`.
    ///
    /// `askSystem` has names looked up as the system does.
    package var resolve: ([UInt8]) -> [CompactAddress] = LoadOptions.loopback
    /// Where the peers are that the supervisor starts, and the place of each in the order of
    /// `Site.commands`; only a worker knows.
    package var managed: ManagedPeers?
    package var slots: [PeerSlot] = []
    /// What checks may ask of the machine; nil where nobody wants to be told what loads but hurts.
    package var surroundings: CheckSurroundings?

    package init(_ source: Source, prefix: String, reader: FileReader) {
        self.source = source
        self.prefix = prefix
        self.reader = reader
    }
}

extension LoadOptions {
    /// Has names looked up that must be known now, each for some seconds at most.
    package mutating func askSystem() {
        let lookups = HostLookups()
        resolve = { lookups.addresses(of: $0) }
    }

    /// The addresses of `localhost`, and of nobody else.
    package static func loopback(_ name: [UInt8]) -> [CompactAddress] {
        guard name.map(\.asciiLowercased) == Array("localhost".utf8) else { return [] }
        return [
            CompactAddress(ipv4: 0x7F00_0001, port: 0), CompactAddress(ipv6: 0, 1, port: 0),
        ]
    }
}

/// What came of loading a configuration.
package struct LoadedSite {
    /// Nil when there are errors.
    package let site: Site?
    /// Everything that is wrong or worth knowing.
    package let diagnostics: Diagnostics
    /// Every file that was read, each once, in the order of opening.
    package let sources: [SourceFile]
    /// Files with keys and certificates, which are nobody's business but the workers'.
    package let secrets: [SourceFile]
}

/// Loads configurations.
package enum SiteLoader {
    /// Every directive there is.
    package static var catalog: DirectiveCatalog { SiteTables.catalog }

    /// The page about what of nginx works here.
    package static var nginxReference: String {
        catalog.nginxReference { Variable(name: Array($0.utf8), in: $1 ? .stream : .http) != nil }
    }

    /// Reads a configuration with all that it includes, and makes a site of it.
    package static func load(_ options: LoadOptions) -> LoadedSite {
        let missing = MissingIncludes(options.reader)
        let parser = ConfigurationParser(reader: missing.reader, environment: options.environment)
        let parsed =
            switch options.source {
            case .file(let path): parser.parse(path: path, globals: options.globals)
            case .text(let text, let name):
                parser.parse(
                    text: text, name: name, directory: options.prefix, globals: options.globals)
            }
        var diagnostics = parsed.diagnostics
        diagnostics.catalog = catalog
        missing.report(parsed.sources, to: &diagnostics)
        let draft = SiteDraft(options)
        let site = apply(parsed.statements, options, to: draft, &diagnostics)
        if let surroundings = options.surroundings {
            Checks(prefix: options.prefix, surroundings: surroundings)
                .run(parsed.statements, &diagnostics)
        }
        return LoadedSite(
            site: diagnostics.hasErrors ? nil : site, diagnostics: diagnostics,
            sources: parsed.sources, secrets: draft.certificates.sources)
    }

    static func apply(
        _ statements: [Statement], _ options: LoadOptions, to draft: SiteDraft,
        _ diagnostics: inout Diagnostics
    ) -> Site? {
        // Every block holds the draft, and the draft its servers: they would keep each other.
        defer {
            draft.servers = []
            draft.upstreams = []
        }
        var main = MainDraft(level: LevelDraft(draft))
        main.level.settings.files.root = Template(literal: draft.absolute(Array("html".utf8)))
        let errorLog = options.errorLogPath.map { Array($0.utf8) } ?? Array("stderr".utf8)
        let usual = ErrorLog(file: draft.logFile(path: errorLog), level: .error)
        main.addErrorLog(usual, at: LevelDraft.levelOfDefaults)
        draft.declareComputed(statements)
        // A file may be a bare list of servers, as those in conf.d are.
        SiteTables.main.apply(
            SiteDraft.formatsFirst(statements), in: [.main, .http], to: &main, &diagnostics)
        main.keepUsualErrorLog(usual)
        draft.variables.reportUnknown(to: &diagnostics)
        draft.zones.reportUndeclared(to: &diagnostics)
        draft.zones.reportUnsized(to: &diagnostics)
        draft.inheritResolver(of: main.level, in: .http)
        var builder = SiteBuilder(draft, main.processes)
        return builder.build(&diagnostics)
    }
}

extension SiteDraft {
    convenience init(_ options: LoadOptions) {
        self.init(
            prefix: Array(options.prefix.utf8), configurationFolder: options.source.folder,
            hostName: options.hostName.utf8.map(\.asciiLowercased),
            isPrivileged: options.isPrivileged, resolve: options.resolve,
            reader: options.reader)
        managed = options.managed
        slots = options.slots
    }
}

extension LoadOptions.Source {
    /// Where the main file is; nil for a text, or when only whoever opens it knows.
    fileprivate var folder: [UInt8]? {
        guard case .file(let path) = self else { return nil }
        let bytes = Array(path.utf8)
        guard bytes.first == UInt8(ascii: "/"),
            let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
        else { return nil }
        return Array(bytes[...slash])
    }
}
