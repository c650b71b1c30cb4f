// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Finds what to serve when the command line does not say all of it.

internal import Command
internal import OS

/// Where the configuration comes from.
enum ConfigurationSource {
    /// A file.
    case file(path: String)
    /// No file: the usual wishes for a folder.
    case madeUp(MadeUpConfiguration)

    /// Why there is nothing to serve, ready to print.
    struct Failure: Error {
        let text: String
    }

    /// Chooses by the command line, then by what there is.
    static func find(_ options: Options) throws(Failure) -> ConfigurationSource {
        if let path = options.configurationPath { return .file(path: options.resolve(path)) }
        let usualFile = options.resolve(MadeUpConfiguration.usualFile)
        if !options.isWithoutConfigurationFile, exists(usualFile, .regular) {
            return .file(path: usualFile)
        }
        let directory = try findDirectory(options)
        guard
            let made = MadeUpConfiguration(
                directory: directory, port: options.port, apiAddresses: options.apiAddresses,
                command: options.command, instanceCount: options.instanceCount ?? 1)
        else {
            throw Failure(text: "the name of the folder \"\(directory)\" has a dollar sign in it")
        }
        return .madeUp(made)
    }

    /// Chooses a file: the one that is named, or the usual one.
    static func findFile(_ options: Options) throws(Failure) -> ConfigurationSource {
        let path = options.resolve(options.configurationPath ?? MadeUpConfiguration.usualFile)
        guard options.configurationPath != nil || exists(path, .regular) else {
            throw Failure(
                text: "there is no \(path) here\nName the configuration with -c FILE")
        }
        return .file(path: path)
    }

    private static func findDirectory(_ options: Options) throws(Failure) -> String {
        if let given = options.directory {
            let path = options.resolve(given)
            if exists(path, .regular) {
                throw Failure(
                    text: """
                        "\(path)" is a file, no folder
                        A configuration is named with -c: beranda -c \(given)
                        """)
            }
            guard exists(path, .directory) else {
                let advice = PrecompressOptions.suggestion(for: [given]).map { "\n" + $0 } ?? ""
                throw Failure(text: "there is no folder \"\(path)\"" + advice)
            }
            return absolute(path)
        }
        for name in MadeUpConfiguration.usualDirectories {
            let path = options.resolve(name)
            if exists(path, .directory) { return absolute(path) }
        }
        throw Failure(
            text: """
                there is nothing to serve: no site.conf, public/, dist/ or build/ here
                Name a folder (beranda DIR) or a configuration (beranda -c FILE).
                """)
    }

    private static func exists(_ path: String, _ kind: FileStatus.Kind) -> Bool {
        (try? FileSystem.status(path))?.kind == kind
    }

    /// The path without links, so that a later look at it means the same folder.
    private static func absolute(_ path: String) -> String {
        guard let bytes = try? FileSystem.realPath(path) else { return path }
        return String(decoding: bytes, as: UTF8.self)
    }
}
