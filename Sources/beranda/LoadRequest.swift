// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is to be loaded, in a form that a worker process can be handed: it must load exactly what
// was checked, from the bytes that were read then.

internal import Command
internal import Configuration
internal import OS
internal import Server
internal import Supervisor

/// The parts of the command line that say how a configuration is read.
struct LoadRequest: Equatable {
    /// The path of the main file; nil for a text.
    var path: String?
    /// The text that is no file, and its name in messages.
    var text = ""
    var name = ""
    var prefix: String
    var globals: String?
    var errorLogPath: String?
    var isPrivileged: Bool

    init(_ source: ConfigurationSource, _ options: Options) {
        switch source {
        case .file(let file): path = Self.absolute(file)
        case .madeUp(let made):
            text = made.text
            name = source.name
        }
        prefix = Self.directory(options.prefix ?? Self.directoryPart(of: path))
        globals = options.globalDirectives
        errorLogPath = options.errorLogPath.map { $0 == "stderr" ? $0 : options.resolve($0) }
        isPrivileged = Process.isPrivileged
    }

    /// What `SiteLoader` needs to know.
    ///
    /// - Parameter advises: whether to look for what can be used but hurts.
    /// - Parameter managed: where the peers are that the supervisor starts.
    func options(
        reader: FileReader, advises: Bool = false, managed: PeerHandover? = nil
    ) -> LoadOptions {
        let source: LoadOptions.Source =
            if let path { .file(path: path) } else { .text(text, name: name) }
        var options = LoadOptions(source, prefix: prefix, reader: reader)
        options.globals = globals
        options.errorLogPath = errorLogPath
        options.environment = Self.environment
        options.hostName = Process.hostName
        options.isPrivileged = isPrivileged
        if let managed {
            options.managed = try? ManagedPeers(board: managed.board)
            options.slots = managed.slots
        }
        options.askSystem()
        if advises { options.surroundings = .ofThisMachine }
        return options
    }

    private static var environment: [String: String] {
        var environment: [String: String] = [:]
        for entry in Process.environment {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
        }
        return environment
    }

    // MARK: Paths

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let current = try? FileSystem.currentDirectory() else {
            return path
        }
        return normalizedPath(String(decoding: current, as: UTF8.self) + "/" + path)
    }

    private static func directory(_ path: String) -> String {
        let path = absolute(path.isEmpty ? "." : path)
        return path.hasSuffix("/") ? path : path + "/"
    }

    private static func directoryPart(of path: String?) -> String {
        guard let path, let slash = path.lastIndex(of: "/") else { return "." }
        return String(path[...slash])
    }

    // MARK: Handing over

    /// The name under which the request travels among the files.
    private static let ownPath = "beranda:request"

    /// The request and all files that were read for it.
    func snapshot(of sources: [SourceFile]) -> [UInt8] {
        let own = SourceFile(
            path: Self.ownPath, bytes: Array(fields.joined(separator: "\u{0}").utf8))
        return Snapshot([own] + sources).encoded
    }

    private var fields: [String] {
        [
            path.map { "=" + $0 } ?? "", text, name, prefix, globals.map { "=" + $0 } ?? "",
            errorLogPath.map { "=" + $0 } ?? "", isPrivileged ? "1" : "0",
        ]
    }

    /// Takes apart what `snapshot` made.
    static func decode(_ bytes: [UInt8]) -> (LoadRequest, FileReader)? {
        guard let snapshot = Snapshot(decoding: bytes),
            let own = snapshot.files.first(where: { $0.path == ownPath }),
            let request = LoadRequest(
                fields: String(decoding: own.bytes, as: UTF8.self).split(
                    separator: "\u{0}", omittingEmptySubsequences: false))
        else { return nil }
        return (request, snapshot.reader)
    }

    private init?(fields: [Substring]) {
        guard fields.count == 7 else { return nil }
        func optional(_ field: Substring) -> String? {
            field.isEmpty ? nil : String(field.dropFirst())
        }
        path = optional(fields[0])
        text = String(fields[1])
        name = String(fields[2])
        prefix = String(fields[3])
        globals = optional(fields[4])
        errorLogPath = optional(fields[5])
        isPrivileged = fields[6] == "1"
    }
}

extension FileReader {
    /// Reads what is on the disk.
    static var system: FileReader {
        FileReader(
            read: { path throws(Failure) in
                do throws(Errno) {
                    return try FileSystem.open(path, [.read]).readToEnd()
                } catch {
                    throw Failure(error.message)
                }
            },
            list: { path in
                ((try? FileSystem.listDirectory(path)) ?? []).map {
                    String(decoding: $0.name, as: UTF8.self)
                }
            })
    }
}

extension CheckSurroundings {
    /// Looks at the disk.
    static var ofThisMachine: CheckSurroundings {
        CheckSurroundings { path in
            do throws(Errno) {
                return try FileSystem.status(path).kind == .directory
            } catch {
                // Who checks may not be allowed to see what the server will see.
                return error == .noSuchFile ? false : nil
            }
        }
    }
}
