// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The options of the command line: what may be said, and what was said.
//
// This file turns words into values. It opens nothing, prints nothing and starts nothing.

/// What the command line asks for.
///
/// The letters and their meaning are nginx's, so that scripts, unit files and habits keep working;
/// the long options serve the case without a configuration file.
package struct Options: Equatable, Sendable {
    /// The one thing to do.
    package var action = Action.serve

    /// `-c`: the main configuration file, as written.
    package var configurationPath: String?

    /// `-p`: what relative paths are relative to, always with a final slash.
    package var prefix: String?

    /// `-e`: where errors go until the configuration says otherwise, as written.
    package var errorLogPath: String?

    /// `-g`: directives of the main context that are read before the file.
    package var globalDirectives: String?

    /// `-q`: says nothing but errors while the configuration is tested.
    package var isQuiet = false

    /// The folder to serve when there is no configuration file.
    package var directory: String?

    /// `--port`: where to listen when there is no configuration file.
    package var port: UInt16?

    /// `--api`: the peers that answer `/api` when there is no configuration file.
    package var apiAddresses: [String] = []

    /// What follows `--`: the program that answers `/api`, and its arguments.
    package var command: [String] = []

    /// `--instances`: how many processes of it there are.
    package var instanceCount: Int?

    package init() {}

    /// What a call of the program does.
    package enum Action: Equatable, Sendable {
        /// Serves until it is told to stop.
        case serve
        /// `-t`: checks the configuration.
        case test
        /// `-T`: checks the configuration and prints every file of it.
        case dump
        /// `-v`: prints the version.
        case version
        /// `-V`: prints the version and what the program was built with.
        case versionDetails
        /// `-h`: prints how to use the program.
        case help
        /// `-s`: tells the running program to do something.
        case signal(SignalName)
    }

    /// The words that `-s` understands.
    package enum SignalName: String, CaseIterable, Sendable {
        /// Stops at once.
        case stop
        /// Stops when the requests at hand are answered.
        case quit
        /// Opens the log files again, after they were rotated.
        case reopen
        /// Reads the configuration again.
        case reload
        /// Restarts the peers that it has started, one after the other.
        case restartPeers = "restart-peers"
    }

    /// Whether a configuration is made up from `directory`, `port`, `apiAddresses` and `command`.
    package var isWithoutConfigurationFile: Bool {
        configurationPath == nil
            && (directory != nil || port != nil || !apiAddresses.isEmpty || !command.isEmpty)
    }

    /// A path of the command line, seen from the prefix.
    package func resolve(_ path: String) -> String {
        guard let prefix, !path.hasPrefix("/") else { return path }
        return prefix + path
    }
}

/// A command line that cannot be understood, with the sentences to print.
package struct OptionError: Error, Equatable {
    /// What is wrong.
    package let message: String

    /// What was probably meant, or where to read on.
    package let advice: String

    package init(message: String, advice: String) {
        self.message = message
        self.advice = advice
    }
}
