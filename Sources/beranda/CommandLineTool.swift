// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Does what the command line asks for, and prints what came of it.

internal import Command
internal import Configuration
internal import OS
internal import Supervisor

/// The program, as its user sees it.
enum CommandLineTool {
    private static let version = Version(number: Site.versionNumber)

    /// Runs, and returns the exit code.
    static func run(_ arguments: [String]) -> Int32 {
        do {
            if let options = try PrecompressOptions.parse(arguments) {
                return try PrecompressTool(options).run()
            }
            if let options = try CheckOptions.parse(arguments) {
                return CheckTool(options).run()
            }
            if let options = try ExplainOptions.parse(arguments) {
                return try ExplainTool(options).run()
            }
            return try perform(Options.parse(arguments))
        } catch {
            return fail("\(error.message)\n\(error.advice)")
        }
    }

    private static func perform(_ options: Options) -> Int32 {
        switch options.action {
        case .help: return say(Help.text)
        // On standard error, where tools that were made for nginx look for it.
        case .version: return tell(version.line)
        case .versionDetails: return tell(detailedVersion.details)
        case .serve, .test, .dump, .signal: break
        }
        let source: ConfigurationSource
        do {
            source = try ConfigurationSource.find(options)
        } catch {
            return fail(error.text)
        }
        return switch options.action {
        case .test, .dump: check(source, options)
        case .signal(let name): signal(name, source, options)
        default: serve(source, options)
        }
    }

    // MARK: - What can be asked for

    /// The version with what `-V` tells of it.
    private static var detailedVersion: Version {
        var detailed = version
        detailed.libraries = Site.libraries
        let modules = Site.modules
        detailed.modules = modules.whole
        detailed.modulesInParts = modules.inParts
        detailed.languageVersion = Site.languageVersion
        return detailed
    }

    /// `-t` and `-T`, with nginx's closing lines.
    private static func check(_ source: ConfigurationSource, _ options: Options) -> Int32 {
        let site: Site
        do {
            site = try Site.load(source, options, advises: !options.isQuiet)
        } catch {
            tell(error.text)
            return fail("configuration file \(source.name) test failed")
        }
        if !options.isQuiet {
            if !site.notes.isEmpty { tell(site.notes) }
            tell("beranda: the configuration file \(source.name) syntax is ok")
            tell("beranda: configuration file \(source.name) test is successful")
        }
        guard options.action == .dump else { return 0 }
        Process.write(configurationDump(site.files), to: 1)
        return 0
    }

    /// `-s`: the configuration says where the number of the running server stands.
    private static func signal(
        _ name: Options.SignalName, _ source: ConfigurationSource, _ options: Options
    ) -> Int32 {
        do {
            let site = try Site.load(source, options)
            guard let path = site.plan.pidPath else {
                return fail(
                    """
                    the configuration names no pid file, so the running server is not known
                    Add "pid /path/to/beranda.pid;" to it, or send the signal with kill.
                    """)
            }
            try RunningServer.send(name.number, pidPath: path)
            return 0
        } catch let refusal as Site.Refusal {
            return tell(refusal.text, code: 1)
        } catch let failure as RunningServer.Failure {
            return fail("[error] \(failure.message)")
        } catch {
            return fail("\(error)")
        }
    }

    private static func serve(_ source: ConfigurationSource, _ options: Options) -> Int32 {
        var settings = Supervisor.Settings()
        if let path = options.errorLogPath, path != "stderr" {
            settings.initialErrorLog = .file(path: options.resolve(path))
        }
        if options.configurationPath == nil {
            // Whoever tries the program by hand wants to hear of a taken port at once.
            settings.bindTriesLimit = 1
            settings.namesFreePort = true
            if case .madeUp = source {
                settings.portOption = "--port"
                settings.needsPeers = true
            }
            settings.onServing = { plan in
                guard let site = try? Site.load(source, options) else { return }
                Welcome(version, source, plan.listeners, site.summary).say()
            }
        }
        do {
            var supervisor = try Supervisor(settings: settings) {
                do throws(Site.Refusal) {
                    return .plan(try Site.load(source, options).plan)
                } catch {
                    return .refused(text: error.text)
                }
            }
            return supervisor.run()
        } catch {
            return fail("[emerg] the machine lacks what it takes (\(error))")
        }
    }

    // MARK: - Printing

    private static func say(_ text: String) -> Int32 {
        Process.write(Array(text.utf8), to: 1)
        return 0
    }

    @discardableResult
    private static func tell(_ text: String, code: Int32 = 0) -> Int32 {
        Process.write(Array(text.utf8) + (text.hasSuffix("\n") ? [] : [UInt8(ascii: "\n")]), to: 2)
        return code
    }

    private static func fail(_ text: String) -> Int32 { tell("beranda: \(text)", code: 1) }
}

extension ConfigurationSource {
    /// What messages call it.
    var name: String {
        switch self {
        case .file(let path): Self.absolute(path)
        case .madeUp: "of the command line"
        }
    }

    /// The whole path, as tools expect it in the lines of `-t`.
    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = try? FileSystem.currentDirectory() else {
            return path
        }
        let start = String(decoding: folder, as: UTF8.self)
        return start.hasSuffix("/") ? start + path : start + "/" + path
    }
}

extension Options.SignalName {
    /// The signal that the supervisor understands, as nginx numbers them.
    var number: Int32 {
        switch self {
        case .stop: Signal.terminate
        case .quit: Signal.quit
        case .reopen: Signal.user1
        case .reload: Signal.hangUp
        case .restartPeers: Supervisor.restartPeersSignal
        }
    }
}
