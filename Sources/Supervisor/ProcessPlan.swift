// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a checked configuration means for processes. Whoever reads configurations fills it in; the
// supervisor sees nothing else of them.

package import OS

/// One address to listen on.
package struct ListenerPlan: Equatable, Sendable {
    /// The address, which also is the identity of a listener: it is open at most once.
    package var address: SocketAddress

    /// How its sockets are opened.
    package var options: ListenerOptions

    /// How many sockets share the address; more than one only with `reuseport`.
    package var socketCount: Int

    package init(
        address: SocketAddress, options: ListenerOptions = ListenerOptions(), socketCount: Int = 1
    ) {
        self.address = address
        self.options = options
        self.socketCount = socketCount
    }
}

/// Where errors are logged.
package enum LogDestination: Equatable, Sendable {
    /// Appended to a file.
    case file(path: String)
    /// Written to standard error.
    case standardError
    /// Sent to a syslog server.
    case syslog(SyslogServer)
}

/// One of the error logs.
package struct ErrorLogPlan: Equatable, Sendable {
    package var destination: LogDestination

    /// The least grave line that is logged there.
    package var level: LogLevel

    package init(_ destination: LogDestination, _ level: LogLevel = .error) {
        self.destination = destination
        self.level = level
    }
}

/// Everything that processes have to know of one configuration.
package struct ProcessPlan: Sendable {
    /// The addresses, in the order in which the worker expects their sockets.
    package var listeners: [ListenerPlan] = []

    /// Where the number of the supervisor is written, if anywhere.
    package var pidPath: String?

    /// Whether the server leaves the terminal.
    package var runsAsDaemon = false

    /// Who the worker becomes; only heeded where the supervisor may change users.
    package var user: UserIdentity?

    /// The files that the worker will append to, and that it must be allowed to open.
    package var logPaths: [String] = []

    /// The memory that workers share, in the order in which they expect it.
    package var zones: [SharedZonePlan] = []

    /// The commands whose processes are peers, in the order in which the worker expects them.
    package var commands: [ManagedCommand] = []

    /// The files whose changes workers are told of; those of a group are read together.
    package var followedFiles: [[String]] = []

    /// The folders for temporary files that the configuration asks for.
    package var temporaryFolders: [String] = []

    /// Where the supervisor's own lines go.
    package var errorLogs = [ErrorLogPlan(.standardError)]

    /// How long an old worker may finish its exchanges.
    ///
    /// Units: milliseconds; 0 means for ever.
    package var shutdownTimeout: Int64 = 0

    /// How many files the worker may open, if the configuration says.
    package var openFilesLimit: Int?

    /// The files of the configuration as they were read, for the worker to read the very same.
    package var snapshot: [UInt8] = []

    package init() {}
}

/// What came of reading the configuration.
package enum PlanResult: Sendable {
    /// It can run.
    case plan(ProcessPlan)
    /// It cannot, and this is why, ready to print.
    case refused(text: String)
}
