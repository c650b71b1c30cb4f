// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about logs.

internal import Configuration
internal import OS

/// The rows of logs.
enum LogDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "log_format", in: [.http], .atLeast(2),
            syntax: "name [escape=default | json | none] string ...", default: "combined …",
            repeats: true, summary: "Names a form for lines of the access log."
        ) { level, invocation in
            try level.site.addLogFormat(invocation)
        },
        .simple(
            "access_log", in: [.http, .server, .location, .locationIf, .limitExcept], .atLeast(1),
            syntax: """
                path | syslog:server=address[,parameter=value] [format] [buffer=size] \
                [gzip[=level]] [flush=time] [if=condition] | off
                """,
            default: "off", repeats: true,
            summary: """
                Writes a line for each request, in a form named by `log_format`. A path may have \
                variables. With `buffer` lines wait until so many bytes are there, or for as long \
                as `flush` says; `gzip` compresses what is written then.
                """
        ) { level, invocation in
            try level.addAccessLog(&invocation)
        },
        .simple(
            "error_log", in: .httpServerLocation, .atLeast(1), syntax: errorSyntax,
            default: "stderr error", repeats: true, summary: errorSummary
        ) { level, invocation in
            level.settings.log.addError(try level.site.errorLog(&invocation), at: level.level)
        },
        .simple(
            "log_subrequest", in: .httpServerLocation, .flag, default: "off",
            summary: "Whether subrequests are written into the access log, too."
        ) { $0.settings.log.logsSubrequests = try $1.flag() },
        .simple(
            "open_log_file_cache", in: .httpServerLocation, .between(1, 4),
            syntax: "max=N [inactive=time] [min_uses=N] [valid=time] | off", default: "off",
            summary: """
                Keeps files open whose paths have variables: at most `max` of them that were used \
                `min_uses` times (1), until they were not used for `inactive` (10s). After `valid` \
                (60s) it is looked whether the name still stands for the file.
                """
        ) { try $0.setLogFileCache($1) },
    ]

    static let mainRows: [Directive<MainDraft>] = [
        .simple(
            "error_log", in: [.main], .atLeast(1), syntax: errorSyntax,
            default: "stderr error", repeats: true, summary: errorSummary
        ) { main, invocation in
            main.addErrorLog(
                try main.level.site.errorLog(&invocation), at: main.level.level)
        }
    ]

    private static let errorSyntax =
        "file | stderr | syslog:server=address[,parameter=value] | memory:size [level]"

    private static let errorSummary = """
        Where errors are told, and from which level on: `debug`, `info`, `notice`, `warn`, \
        `error`, `crit`, `alert` or `emerg`. Several may stand in a block.
        """

    /// The form that is there without a `log_format`.
    fileprivate static let combined = """
        $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent \
        "$http_referer" "$http_user_agent"
        """
}

extension LevelDraft {
    /// The level of what holds while nothing is said.
    static var levelOfDefaults: Int { -2 }
}

extension MainDraft {
    /// What holds for the supervisor holds for all servers too, unless they say otherwise.
    mutating func addErrorLog(_ log: ErrorLog, at level: Int) {
        self.level.settings.log.addError(log, at: level)
        processes.errors = self.level.settings.log.errors.elements
    }

    /// Keeps the usual log where all others could lose lines without anybody seeing it.
    ///
    /// Spec: nginx: there always is a file log.
    mutating func keepUsualErrorLog(_ usual: ErrorLog) {
        let isKept = processes.errors.contains { log in
            level.site.logFiles[log.file].destination.isLasting
        }
        if !isKept { processes.errors.append(usual) }
    }
}

extension LogFile.Destination {
    /// Whether lines stay where they are written.
    fileprivate var isLasting: Bool {
        switch self {
        case .syslog, .memory: false
        case .file, .standardError, .standardOutput, .none: true
        }
    }
}

extension SiteDraft {
    /// A form for lines of the access log; `combined` needs no `log_format`.
    func logFormat(
        named name: String, at location: SourceLocation
    ) throws(Diagnostic) -> LogFormat? {
        if let known = logFormats[name] { return known }
        guard name == "combined", language == .http else { return nil }
        let word = Word(bytes: Array(LogDirectives.combined.utf8), location: location)
        let format = LogFormat(try template(word), .standard)
        logFormats[name] = format
        return format
    }

    fileprivate func addLogFormat(_ invocation: Invocation) throws(Diagnostic) {
        let name = invocation.text(0)
        guard logFormats[name] == nil, name != "combined" else {
            throw invocation.error(at: 0, "duplicate \"log_format\" name \"\(name)\"")
        }
        var escaping = LogEscaping.standard
        var segments: [Template.Segment] = []
        for index in 1..<invocation.arguments.count {
            if index == 1, let (name, value) = invocation.parameter(1), name == "escape" {
                switch String(decoding: value, as: UTF8.self) {
                case "default": escaping = .standard
                case "json": escaping = .json
                case "none": escaping = .none
                default:
                    throw invocation.error(
                        at: 1, "unknown log format escaping \"\(invocation.text(1))\"",
                        expected: "expected escape=default, escape=json or escape=none")
                }
                continue
            }
            // What stands in several quotes is joined without a space.
            segments += try invocation.template(index, self).segments
        }
        logFormats[name] = LogFormat(Template(segments), escaping)
    }

    /// Reads the arguments of `error_log`.
    fileprivate func errorLog(_ invocation: inout Invocation) throws(Diagnostic) -> ErrorLog {
        let level = try invocation.errorLevel()
        let path = try invocation.constant(0)
        if let server = try invocation.syslogServer(hostName, resolve: resolve) {
            return ErrorLog(file: logFile(.syslog(server)), level: level)
        }
        let memory = Array("memory:".utf8)
        if path.starts(with: memory) {
            guard let size = ValueSyntax.size(Array(path[memory.count...])),
                (1 << 12)...(1 << 30) ~= size
            else {
                throw invocation.error(
                    at: 0, "invalid buffer size \"\(invocation.text(0).dropFirst(memory.count))\"",
                    expected: "expected a size from 4k to 1g")
            }
            return ErrorLog(file: logFile(.memory(size)), level: level)
        }
        if invocation.argument(0, is: "off") {
            invocation.warn(
                at: 0,
                "\"error_log\" cannot be switched off; nginx would write a file named \"off\"",
                expected: "nothing is told, as for /dev/null")
            return ErrorLog(file: logFile(.none), level: level)
        }
        return ErrorLog(file: logFile(path: path), level: level)
    }
}

extension Invocation {
    /// The level behind the first argument of `error_log`.
    fileprivate func errorLevel() throws(Diagnostic) -> LogLevel {
        var level: LogLevel?
        for index in arguments.indices.dropFirst() {
            if text(index).hasPrefix("debug_"), level ?? .debug == .debug {
                level = .debug
                continue
            }
            guard level == nil else {
                throw error(at: index, "duplicate log level \"\(text(index))\"")
            }
            level = try keyword(index, Self.levels)
        }
        return level ?? .error
    }

    private static var levels: KeyValuePairs<String, LogLevel> {
        [
            "error": .error, "warn": .warning, "notice": .notice, "info": .information,
            "debug": .debug, "crit": .critical, "alert": .alert, "emerg": .emergency,
        ]
    }
}
