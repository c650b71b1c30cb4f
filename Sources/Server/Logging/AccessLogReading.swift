// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads `access_log` and `open_log_file_cache`.

internal import Configuration

extension LevelDraft {
    mutating func addAccessLog(_ invocation: inout Invocation) throws(Diagnostic) {
        if invocation.argument(0, is: "off") {
            guard invocation.arguments.count == 1 else {
                throw invocation.invalidParameter(at: 1, expected: "nothing follows \"off\"")
            }
            settings.log.access.clear(at: level)
            settings.log.levelOfOff = level
            return
        }
        let outlet = try accessOutlet(invocation)
        let options = try invocation.accessLogOptions(site)
        try collectLines(of: outlet, options, invocation)
        let location = invocation.arguments[0].location
        if site.language == .stream, invocation.arguments.count == 1 {
            throw invocation.error(
                "log format is not specified", expected: "expected the name of a `log_format`")
        }
        guard let format = try site.logFormat(named: options.format, at: location) else {
            throw invocation.error(
                at: 1, "unknown log format \"\(options.format)\"",
                expected: closestName(
                    to: Array(options.format.utf8), among: ["combined"] + site.logFormats.keys
                ).map { "did you mean `\($0)`?" } ?? "there is no such `log_format`")
        }
        // Spec: nginx: "off" hides what stands beside it, too.
        guard settings.log.levelOfOff != level else { return }
        settings.log.access.append(
            AccessLog(outlet: outlet, format: format, condition: options.condition), at: level)
    }

    /// What the first argument stands for.
    private func accessOutlet(_ invocation: Invocation) throws(Diagnostic) -> AccessLog.Outlet {
        if let server = try invocation.syslogServer(
            site.hostName, resolve: site.resolve)
        {
            return .file(site.logFile(.syslog(server)))
        }
        if invocation.text(0).hasPrefix("memory:") {
            throw invocation.error(
                at: 0, "invalid parameter \"\(invocation.text(0))\"",
                expected: "only an error_log can be kept in memory")
        }
        let path = try invocation.template(0, site)
        if let constant = path.constant { return .file(site.logFile(path: constant)) }
        // The prefix is decided before the values of variables are known: none leads out of it.
        if case .literal(let text)? = path.segments.first, text.first == UInt8(ascii: "/") {
            return .path(LogPath(path))
        }
        return .path(LogPath(Template([.literal(site.prefix)] + path.segments)))
    }

    private func collectLines(
        of outlet: AccessLog.Outlet, _ options: AccessLogOptions, _ invocation: Invocation
    ) throws(Diagnostic) {
        let name = invocation.text(0)
        guard let batch = options.batch else {
            guard let index = options.flushIndex else { return }
            throw invocation.error(
                at: index, "no buffer is defined for access_log \"\(name)\"",
                expected: "flush= needs buffer= or gzip")
        }
        guard case .file(let file) = outlet else {
            throw invocation.error("buffered logs cannot have variables in name")
        }
        if case .syslog = site.logFiles[file].destination {
            throw invocation.error("logs to syslog cannot be buffered")
        }
        guard site.collectLines(of: file, batch) else {
            throw invocation.error(
                "access_log \"\(name)\" already defined with conflicting parameters")
        }
    }

    // MARK: open_log_file_cache

    mutating func setLogFileCache(_ invocation: Invocation) throws(Diagnostic) {
        if invocation.argument(0, is: "off") {
            settings.log.fileCache = nil
            return
        }
        var cache = LogFileCacheSettings(number: site.beginLogFileCache(), entryLimit: 0)
        for index in invocation.arguments.indices {
            let value = invocation.parameter(index)?.value ?? []
            switch invocation.parameter(index)?.name {
            case "max": cache.entryLimit = try number(value, index, invocation)
            case "min_uses": cache.useMinimum = try number(value, index, invocation)
            case "inactive": cache.inactiveTime = try time(value, index, invocation)
            case "valid": cache.validTime = try time(value, index, invocation)
            default: throw flaw(index, invocation)
            }
        }
        guard cache.entryLimit > 0 else {
            throw invocation.error(
                "\"open_log_file_cache\" must have \"max\" parameter")
        }
        settings.log.fileCache = cache
    }

    private func number(
        _ value: [UInt8], _ index: Int, _ invocation: Invocation
    ) throws(Diagnostic) -> Int {
        guard let number = ValueSyntax.integer(value[...]), 1...1_000_000 ~= number else {
            throw flaw(index, invocation)
        }
        return number
    }

    private func time(
        _ value: [UInt8], _ index: Int, _ invocation: Invocation
    ) throws(Diagnostic) -> Int {
        guard let seconds = ValueSyntax.seconds(value) else { throw flaw(index, invocation) }
        return seconds * 1000
    }

    private func flaw(_ index: Int, _ invocation: Invocation) -> Diagnostic {
        invocation.error(
            at: index,
            "invalid \"open_log_file_cache\" parameter \"\(invocation.text(index))\"",
            expected: "expected max=, inactive=, min_uses=, valid= or off")
    }
}

/// What follows the path of an `access_log`.
struct AccessLogOptions {
    var format = "combined"
    var condition: Template?
    var batch: LogBatch?
    /// Which argument is `flush=`.
    var flushIndex: Int?
}

extension Invocation {
    fileprivate func accessLogOptions(
        _ site: SiteDraft
    ) throws(Diagnostic) -> AccessLogOptions {
        var options = AccessLogOptions()
        var size: Int?
        var gzipLevel = 0
        var delay: Int?
        for index in arguments.indices.dropFirst() {
            switch parameter(index)?.name {
            case "if": options.condition = try site.template(value(ofParameter: index))
            case "buffer": size = try bufferSize(index)
            case "flush":
                options.flushIndex = index
                delay = try flushTime(index)
            case "gzip": gzipLevel = try compressionLevel(index)
            case nil where argument(index, is: "gzip"): gzipLevel = 1
            default:
                guard index == 1 else {
                    throw invalidParameter(
                        at: index, expected: "expected buffer=, flush=, gzip or if=")
                }
                options.format = text(1)
            }
        }
        guard size != nil || gzipLevel > 0 else { return options }
        options.batch = LogBatch(
            byteCount: size ?? Self.gzipBufferSize, delay: delay, gzipLevel: gzipLevel)
        return options
    }

    private func bufferSize(_ index: Int) throws(Diagnostic) -> Int {
        let value = parameter(index)?.value ?? []
        guard let size = ValueSyntax.size(value), 1...Self.bufferSizeLimit ~= size else {
            throw error(
                at: index, "invalid buffer size \"\(String(decoding: value, as: UTF8.self))\"",
                expected: "expected a size such as 64k, at most 1g")
        }
        return size
    }

    private func flushTime(_ index: Int) throws(Diagnostic) -> Int {
        let value = parameter(index)?.value ?? []
        guard let time = ValueSyntax.milliseconds(value), time > 0 else {
            throw error(
                at: index, "invalid flush time \"\(String(decoding: value, as: UTF8.self))\"",
                expected: "expected a time such as 500ms, 1s or 5m")
        }
        return time
    }

    private func compressionLevel(_ index: Int) throws(Diagnostic) -> Int {
        let value = parameter(index)?.value ?? []
        guard let level = ValueSyntax.integer(value[...]), 1...9 ~= level else {
            throw error(
                at: index,
                "invalid compression level \"\(String(decoding: value, as: UTF8.self))\"",
                expected: "expected 1 to 9")
        }
        return level
    }

    /// The buffer of a log with `gzip` and without `buffer=`.
    private static var gzipBufferSize: Int { 64 << 10 }

    private static var bufferSizeLimit: Int { 1 << 30 }

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
