// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about logs.

internal import Configuration

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
            "access_log", in: [.http, .server, .location, .locationIf, .limitExcept],
            .atLeast(1),
            syntax: "path [format] [if=condition] | off", default: "off", repeats: true,
            summary: """
                Writes a line for each request, in a form named by `log_format`. `buffer=`, \
                `flush=` and `gzip` are accepted; lines are written in batches anyway.
                """
        ) { level, invocation in
            try level.addAccessLog(&invocation)
        },
        .simple(
            "error_log", in: .httpServerLocation, .between(1, 2),
            syntax: "file | stderr [level]", default: "stderr error", repeats: true,
            summary: """
                Where errors are told, and from which level on: `debug`, `info`, `notice`, \
                `warn`, `error`, `crit`, `alert` or `emerg`.
                """
        ) { level, invocation in
            let (file, leastGrave) = try level.site.errorLog(&invocation)
            if level.hasErrorLog { invocation.warnOfSecondErrorLog() }
            level.hasErrorLog = true
            level.settings.log.errorFile = file
            level.settings.log.errorLevel = leastGrave
        },
        .ignored(
            "open_log_file_cache", in: .httpServerLocation, .atLeast(1),
            why: "log files stay open until they are to be reopened"),
    ]

    static let mainRows: [Directive<MainDraft>] = [
        .simple(
            "error_log", in: [.main], .between(1, 2), syntax: "file | stderr [level]",
            default: "stderr error", repeats: true,
            summary: """
                Where errors are told, and from which level on: `debug`, `info`, `notice`, \
                `warn`, `error`, `crit`, `alert` or `emerg`.
                """
        ) { main, invocation in
            let (file, leastGrave) = try main.level.site.errorLog(&invocation)
            if main.hasErrorLog { invocation.warnOfSecondErrorLog() }
            main.hasErrorLog = true
            main.setErrorLog(file, leastGrave)
        }
    ]

    /// The form that is there without a `log_format`.
    fileprivate static let combined = """
        $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent \
        "$http_referer" "$http_user_agent"
        """
}

extension MainDraft {
    /// What holds for the supervisor holds for all servers too, unless they say otherwise.
    mutating func setErrorLog(_ file: Int, _ leastGrave: LogLevel) {
        processes.errorFile = file
        processes.errorLevel = leastGrave
        level.settings.log.errorFile = file
        level.settings.log.errorLevel = leastGrave
    }
}

extension Invocation {
    fileprivate mutating func warnOfSecondErrorLog() {
        warn("only the last \"error_log\" of a block is used")
    }
}

extension SiteDraft {
    /// A form for lines of the access log; `combined` needs no `log_format`.
    fileprivate func logFormat(
        named name: String, at location: SourceLocation
    ) throws(Diagnostic) -> LogFormat? {
        guard name == "combined" else { return logFormats[name] }
        let word = Word(bytes: Array(LogDirectives.combined.utf8), location: location)
        return LogFormat(template: try template(word), escaping: .standard)
    }

    fileprivate func addLogFormat(_ invocation: Invocation) throws(Diagnostic) {
        let name = invocation.text(0)
        guard logFormats[name] == nil, name != "combined" else {
            throw invocation.error(at: 0, "duplicate \"log_format\" name \"\(name)\"")
        }
        var format = LogFormat(template: Template([]), escaping: .standard)
        var segments: [Template.Segment] = []
        for index in 1..<invocation.arguments.count {
            if index == 1, let (name, value) = invocation.parameter(1), name == "escape" {
                switch String(decoding: value, as: UTF8.self) {
                case "default": format.escaping = .standard
                case "json": format.escaping = .json
                case "none": format.escaping = .none
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
        format.template = Template(segments)
        logFormats[name] = format
    }

    /// Reads the arguments of `error_log`.
    fileprivate func errorLog(
        _ invocation: inout Invocation
    ) throws(Diagnostic) -> (file: Int, leastGrave: LogLevel) {
        var leastGrave = LogLevel.error
        if invocation.arguments.count > 1 {
            leastGrave = try invocation.keyword(
                1,
                [
                    "error": .error, "warn": .warning, "notice": .notice, "info": .information,
                    "debug": .debug, "crit": .critical, "alert": .alert, "emerg": .emergency,
                ])
        }
        let path = try invocation.logPath(0)
        if invocation.argument(0, is: "off") {
            invocation.warn(
                at: 0,
                "\"error_log\" cannot be switched off; nginx would write a file named \"off\"",
                expected: "nothing is told, as for /dev/null")
            return (logFile(.none), leastGrave)
        }
        return (logFile(path: path), leastGrave)
    }
}

extension LevelDraft {
    fileprivate mutating func addAccessLog(_ invocation: inout Invocation) throws(Diagnostic) {
        if invocation.argument(0, is: "off") {
            guard invocation.arguments.count == 1 else {
                throw invocation.invalidParameter(at: 1, expected: "nothing follows \"off\"")
            }
            settings.log.access.clear(at: level)
            return
        }
        let path = try invocation.logPath(0)
        var formatName = "combined"
        var condition: Template?
        for index in invocation.arguments.indices.dropFirst() {
            switch invocation.parameter(index)?.name {
            case "if": condition = try site.template(invocation.value(ofParameter: index))
            case "buffer", "flush", "gzip": break
            default:
                if invocation.argument(index, is: "gzip") { continue }
                guard index == 1 else {
                    throw invocation.invalidParameter(
                        at: index, expected: "expected buffer=, flush=, gzip or if=")
                }
                formatName = invocation.text(1)
            }
        }
        let location = invocation.arguments[0].location
        guard let format = try site.logFormat(named: formatName, at: location) else {
            throw invocation.error(
                at: 1, "unknown log format \"\(formatName)\"",
                expected: closestName(
                    to: Array(formatName.utf8), among: ["combined"] + site.logFormats.keys
                ).map { "did you mean `\($0)`?" } ?? "there is no such `log_format`")
        }
        let log = AccessLog(
            file: site.logFile(path: path), format: format.template, escaping: format.escaping,
            condition: condition)
        settings.log.access.append(log, at: level)
    }
}

extension Invocation {
    /// The path of a log file.
    fileprivate func logPath(_ index: Int) throws(Diagnostic) -> [UInt8] {
        for scheme in ["syslog:", "memory:"] where text(index).hasPrefix(scheme) {
            throw error(at: index, "logging to \"\(scheme)\" is not supported yet")
        }
        return try constant(index)
    }

    /// The word behind `name=`, with its place.
    func value(ofParameter index: Int) -> Word {
        let word = arguments[index]
        let start = (word.bytes.firstIndex(of: UInt8(ascii: "=")) ?? -1) + 1
        let range = start..<word.bytes.count
        return Word(
            bytes: Array(word.bytes[range]), location: word.location(of: range),
            environmentRanges: word.environmentRanges.compactMap { environment in
                let part = environment.clamped(to: range)
                return part.isEmpty ? nil : part.lowerBound - start..<part.upperBound - start
            })
    }
}
