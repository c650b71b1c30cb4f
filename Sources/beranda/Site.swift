// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The seam to the server: reading a configuration, and being a worker for it.

internal import Command
internal import Configuration
internal import OS
internal import Server
internal import Supervisor

/// A configuration that was read and checked.
struct Site {
    /// The number of this release.
    static var versionNumber: String { Product.version.description }

    /// The libraries in the program, with their versions.
    static var libraries: [String] { Product.libraries }

    /// The modules of nginx that work.
    static var modules: WorkingModules { Product.modules }

    /// The version of nginx whose language is read.
    static var languageVersion: String { Product.languageVersion.description }

    /// What it means for processes.
    var plan: ProcessPlan

    /// What it serves, in a few words.
    var summary: SiteSummary

    /// Every file of it once, in the order of reading, for `-T`.
    var files: [SourceFile]

    /// What the reader should know although nothing is wrong, ready to print.
    var notes: String

    /// A configuration that cannot be used, and why, ready to print.
    struct Refusal: Error {
        let text: String
        /// The reason alone, where no line of the configuration is to blame.
        var flaw = ""
    }

    /// Reads and checks a configuration.
    ///
    /// - Parameter advises: whether to say what can be used but hurts.
    static func load(
        _ source: ConfigurationSource, _ options: Options, advises: Bool = false
    ) throws(Refusal) -> Site {
        let request = LoadRequest(source, options)
        let loaded = SiteLoader.load(request.options(reader: .system, advises: advises))
        guard let site = loaded.site else {
            throw Refusal(text: loaded.diagnostics.render(errorsOnly: options.isQuiet))
        }
        var plan = try plan(site, isService: options.configurationPath != nil)
        plan.snapshot = request.snapshot(of: loaded.sources + loaded.secrets)
        return Site(
            plan: plan, summary: site.summary, files: loaded.sources.filter(\.isFile),
            notes: loaded.diagnostics.notes())
    }

    /// Reads and checks a configuration for its diagnostics alone.
    static func check(_ source: ConfigurationSource, _ options: Options) -> Diagnostics {
        let request = LoadRequest(source, options)
        let loaded = SiteLoader.load(request.options(reader: .system, advises: true))
        var diagnostics = loaded.diagnostics
        if let site = loaded.site {
            do throws(Refusal) {
                let worker = try user(site, isService: options.configurationPath != nil)
                for command in site.commands {
                    _ = try managedCommand(command, worker: worker)
                }
            } catch {
                diagnostics.add(Diagnostic(error.flaw, at: nil))
            }
        }
        return diagnostics
    }

    /// Serves, until the supervisor says otherwise; returns the exit code.
    static func runWorker(_ handover: WorkerHandover) -> Int32 {
        WorkerProcess.blockSignals()
        let memory = FileDescriptor(owning: handover.snapshot)
        guard let bytes = try? memory.readAll(),
            let (request, reader) = LoadRequest.decode(bytes),
            let site = SiteLoader.load(
                request.options(reader: reader, managed: handover.peers)
            ).site
        else { return fail("the configuration that was handed over cannot be read") }
        let shared: SharedState
        do {
            shared = try SharedState(
                site, board: handover.board, lease: handover.lease, zones: handover.zones)
        } catch {
            return fail("mmap() failed (\(error))")
        }
        let logs = LogFiles(privileged: site)
        do {
            try handover.enter()
        } catch {
            return fail(error.message)
        }
        return WorkerProcess.run(
            site, shared: shared, logs: logs, sockets: handover.listeners,
            control: handover.control, files: handover.files
        ) {
            if site.runsAsDaemon {
                handover.letGoOfTerminal(errors: logs.errorDescriptor(of: site))
            }
            handover.reportReady()
        }
    }

    private static func fail(_ message: String) -> Int32 {
        Process.write(Array("beranda: [emerg] \(message)\n".utf8), to: 2)
        return 1
    }

    // MARK: What it means for processes

    /// - Parameter isService: whether the command line names the configuration, as that of a
    ///   service does; who starts the server by hand serves his own folder, which nobody else may
    ///   read.
    private static func plan(
        _ site: Server.Site, isService: Bool
    ) throws(Refusal) -> ProcessPlan {
        var plan = ProcessPlan()
        plan.listeners = site.sockets.map { socket in
            ListenerPlan(
                address: socket.address, options: socket.options,
                socketCount: socket.options.reusePort ? site.threadCount : 1)
        }
        plan.pidPath = site.processFile.map(text)
        plan.runsAsDaemon = site.runsAsDaemon
        plan.user = try user(site, isService: isService)
        plan.logPaths = site.logPaths.map(text)
        plan.zones = site.sharedZones.map { zone in
            SharedZonePlan(
                directive: zone.directive, name: text(zone.name), key: text(zone.key),
                byteCount: zone.byteCount)
        }
        plan.commands = try site.commands.map { command throws(Refusal) in
            try managedCommand(command, worker: plan.user)
        }
        plan.followedFiles = site.followedFiles.map { $0.map(text) }
        plan.temporaryFolders = site.temporaryFolders.map(text)
        plan.errorLogs = site.errorLogs.map { log in
            let destination: LogDestination =
                log.path.map { .file(path: text($0)) } ?? log.server.map { .syslog($0) }
                ?? .standardError
            return ErrorLogPlan(destination, LogLevel(rawValue: log.level) ?? .error)
        }
        plan.shutdownTimeout = Int64(site.shutdownTimeout)
        plan.openFilesLimit = site.openFilesLimit
        return plan
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// Who the worker becomes; only a privileged supervisor can make it somebody else.
    ///
    /// Spec: nginx `user`: nobody by default.
    private static func user(
        _ site: Server.Site, isService: Bool
    ) throws(Refusal) -> UserIdentity? {
        guard Process.isPrivileged, site.user != nil || isService else { return nil }
        let name = site.user ?? "nobody"
        let users = Users.ofThisMachine
        do {
            return try users.identity(user: name, group: site.group)
        } catch {
            // An image made from nothing knows no names.
            if site.user == nil { return .nobody }
            throw Refusal(
                text: "beranda: [emerg] user \"\(name)\": \(error)",
                flaw: "user \"\(name)\": \(error)")
        }
    }
}

extension Site {
    /// A command, with everything that is known of its user by now.
    ///
    /// Without a user of its own it becomes who the worker becomes: what answers requests has no
    /// more rights than what takes them.
    private static func managedCommand(
        _ command: PeerCommand, worker: UserIdentity?
    ) throws(Refusal) -> ManagedCommand {
        var managed = ManagedCommand(name: command.name, words: command.words)
        managed.instanceCount = command.instanceCount
        managed.directory = command.directory
        managed.environment = command.environment
        managed.usesSocket = command.usesSocket
        managed.startTimeout = Int64(command.startTimeout)
        managed.stopTimeout = Int64(command.stopTimeout)
        managed.user = worker
        guard let name = command.user, Process.isPrivileged else { return managed }
        let users = Users.ofThisMachine
        do {
            managed.user = try users.identity(user: name, group: command.group)
        } catch {
            throw Refusal(
                text: "beranda: [emerg] exec user \"\(name)\": \(error)",
                flaw: "exec user \"\(name)\": \(error)")
        }
        managed.userName = name
        managed.home = users.home(of: name)
        return managed
    }
}

extension Users {
    /// Those of this machine.
    fileprivate static var ofThisMachine: Users {
        Users(
            users: (try? FileReader.system.read("/etc/passwd")) ?? [],
            groups: (try? FileReader.system.read("/etc/group")) ?? [])
    }
}

extension Diagnostics {
    /// Warnings, and directives that were accepted without effect, ready to print.
    func notes(color: Bool = false) -> String {
        var text = list.isEmpty ? "" : render(color: color)
        guard !ignored.isEmpty else { return text }
        text += "accepted without effect:\n"
        for directive in ignored {
            text += "    \(directive.name): \(directive.why)\n"
        }
        return text
    }
}
