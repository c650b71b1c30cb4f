// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about what is remembered of files.

internal import Configuration

/// The rows of the file cache.
enum FileCachingDirectives {
    /// Of the http level only.
    static let mainRows: [Directive<MainDraft>] = [
        .simple(
            "file_cache", in: [.http], .between(1, 2),
            syntax: "[max=size] [max_file=size] | off",
            default: "max=64m max_file=2m", origin: .beranda,
            summary: """
                How much memory the contents of files and their encodings may take, and up to \
                which size a file is held in memory; one takes at most a quarter of all. What is \
                larger is sent from its descriptor. What was not used lately goes first, and a \
                full cache serves on. There is one cache for all servers; files that change are \
                noticed at once.
                """
        ) { try $0.processes.fileCache.read(&$1) }
    ]

    /// Of all levels.
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "open_file_cache", in: .httpServerLocation, .between(1, 2),
            syntax: "max=number [inactive=time] | off",
            summary: """
                Files are remembered without it: 20000 of them, or the largest `max` that is \
                given, for as long as there is room, whatever `inactive` says. With `off` they are \
                opened for each request.
                """
        ) { try $0.settings.caching.readOpenFileCache(&$1) },
        .simple(
            "open_file_cache_valid", in: .httpServerLocation, .exactly(1), syntax: "time",
            default: "60s",
            summary: """
                How long an answer of the file system holds where changes cannot be watched, one \
                second at most. Elsewhere changes are noticed at once.
                """
        ) { level, invocation in
            let time = try invocation.seconds(0) * 1000
            level.settings.caching.checkInterval = min(time, FileCachingSettings().checkInterval)
        },
        .simple(
            "open_file_cache_min_uses", in: .httpServerLocation, .exactly(1), syntax: "number",
            default: "1", summary: "Accepted; the first use is remembered."
        ) { _ = try $1.integer(0) },
        .simple(
            "open_file_cache_errors", in: .httpServerLocation, .flag, default: "on",
            summary: "Whether it is remembered that a file is missing."
        ) { $0.settings.caching.remembersErrors = try $1.flag() },
        .simple(
            "asset_grace", in: .httpServerLocation, .exactly(1), syntax: "time | off",
            default: "off", origin: .beranda,
            summary: """
                How long files whose names carry a hash of their content are served after they \
                were removed, for pages of the release before that ask for them late. A folder is \
                kept from its first such file on, which is answered once all are; a reload begins \
                anew.
                """
        ) { level, invocation in
            let isOff = invocation.argument(0, is: "off")
            level.settings.caching.assetGrace = isOff ? 0 : try invocation.time(0)
        },
    ]
}

extension FileCacheSettings {
    /// The arguments of `file_cache`.
    fileprivate mutating func read(_ invocation: inout Invocation) throws(Diagnostic) {
        if invocation.argument(0, is: "off") {
            guard invocation.arguments.count == 1 else {
                throw invocation.invalidParameter(at: 1, expected: "`off` stands alone")
            }
            isOn = false
            return
        }
        for index in invocation.arguments.indices {
            guard let (name, value) = invocation.parameter(index),
                name == "max" || name == "max_file"
            else {
                throw invocation.invalidParameter(
                    at: index, expected: "expected max=size, max_file=size or off")
            }
            guard let size = ValueSyntax.size(value), size > 0 else {
                throw invocation.invalidParameter(
                    at: index, expected: "expected a size such as 512, 8k, 10m or 1g")
            }
            if name == "max" { byteLimit = size } else { fileByteLimit = size }
        }
    }
}

extension FileCachingSettings {
    /// The arguments of `open_file_cache`.
    ///
    /// Spec: nginx ngx_http_core_open_file_cache.
    fileprivate mutating func readOpenFileCache(
        _ invocation: inout Invocation
    ) throws(Diagnostic) {
        isOn = true
        entryLimit = nil
        for index in invocation.arguments.indices {
            if invocation.argument(index, is: "off") {
                isOn = false
                continue
            }
            let parameter = invocation.parameter(index)
            switch parameter?.name {
            case "max":
                entryLimit = parameter.flatMap { ValueSyntax.integer($0.value[...]) }
                if let entryLimit, entryLimit > 0 { continue }
            case "inactive":
                if let value = parameter?.value, ValueSyntax.seconds(value) != nil { continue }
            default: break
            }
            throw invocation.error(
                at: index,
                "invalid \"open_file_cache\" parameter \"\(invocation.text(index))\"",
                expected: "expected max=number, inactive=time or off")
        }
        guard !isOn || entryLimit != nil else {
            throw invocation.error(
                "\"open_file_cache\" must have the \"max\" parameter",
                expected: "expected max=number, or off")
        }
    }
}
