// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about content codings: nginx's for gzip, and the same for brotli and zstd by the
// names of the modules that are known for them.

internal import Compression
internal import Configuration
internal import FileCache
internal import HTTP
internal import Memory

/// The rows of content codings.
enum EncodingDirectives {
    static let rows: [Directive<LevelDraft>] =
        rows(of: .gzip, default: 1, levels: "1 … 9", .nginx)
        + gzipRules
        + rows(of: .brotli, default: 6, levels: "0 … 11", .nginxModule)
        + rows(of: .zstd, default: 1, levels: "1 … 22", .nginxModule)
        + ignored

    /// The rows that every coding has.
    private static func rows(
        of coding: ContentCoding, default level: Int, levels: String, _ origin: DirectiveOrigin
    ) -> [Directive<LevelDraft>] {
        let name = coding == .brotli ? "brotli" : coding.spelling.description
        return [
            .simple(
                name, in: [.http, .server, .location, .locationIf], .flag, default: "off",
                origin: origin,
                summary: """
                    Compresses with \(name) what clients accept so: a file once, as well as \
                    possible, and everything else as it passes.
                    """
            ) { $0.settings.encodings[coding].isOn = try $1.flag() },
            .simple(
                "\(name)_types", in: .httpServerLocation, .atLeast(1), syntax: "type ...",
                default: "text/html", repeats: true, origin: origin,
                summary: "The media types that are compressed beside text/html; `*` for all."
            ) {
                try $1.readMediaTypes(
                    into: &$0.settings.encodings[coding].types, at: $0.level,
                    always: "is compressed")
            },
            .simple(
                "\(name)_comp_level", in: .httpServerLocation, .exactly(1), syntax: "level",
                default: "\(level)", origin: origin,
                summary: """
                    How hard to compress what passes, \(levels); above 9 is as 9, because others \
                    wait meanwhile. What the cache holds is compressed as well as possible \
                    whatever is said here.
                    """
            ) { $0.settings.encodings[coding].level = try $1.level(of: coding) },
            .simple(
                "\(name)_min_length", in: .httpServerLocation, .exactly(1), syntax: "size",
                default: "20", origin: origin,
                summary: "Content that is known to be shorter is not compressed."
            ) { $0.settings.encodings[coding].contentByteMinimum = try $1.size(0) },
            .simple(
                "\(name)_static", in: .httpServerLocation, .exactly(1), syntax: "on | off | always",
                default: "off", origin: origin,
                summary: """
                    Sends `file\(coding.fileExtension)` for `file` where there is one that is not \
                    older; `always` to clients that do not accept it, too.
                    """
            ) {
                $0.settings.encodings[coding].siblings = try $1.keyword(
                    0, ["off": .off, "on": .on, "always": .always])
            },
        ]
    }

    private static let gzipRules: [Directive<LevelDraft>] = [
        .simple(
            "gzip_vary", in: .httpServerLocation, .flag, default: "off",
            summary: "Says `Vary: Accept-Encoding` where content may come compressed."
        ) { $0.settings.encodings.varies = try $1.flag() },
        .simple(
            "gzip_http_version", in: .httpServerLocation, .exactly(1), syntax: "1.0 | 1.1",
            default: "1.1", summary: "Requests of an older version get nothing compressed."
        ) {
            $0.settings.encodings.rules.versionMinimum = try $1.keyword(
                0, ["1.0": .http10, "1.1": .http11])
        },
        .simple(
            "gzip_proxied", in: .httpServerLocation, .atLeast(1),
            syntax: """
                off | expired | no-cache | no-store | private | no_last_modified | no_etag | auth \
                | any ...
                """,
            default: "off", repeats: true,
            summary: """
                Which answers are compressed for requests that have a `Via`: those that no proxy \
                may keep, or all.
                """
        ) { try $0.addProxiedAnswers(&$1) },
        .simple(
            "gzip_disable", in: .httpServerLocation, .atLeast(1), syntax: "regex ...",
            repeats: true,
            summary: """
                Clients that get nothing compressed, by their `User-Agent`; `msie6` for the \
                browsers of that time.
                """
        ) { try $0.addDisabledAgents(&$1) },
    ]

    private static let ignored: [Directive<LevelDraft>] =
        [
            .ignored(
                "gzip_buffers", in: .httpServerLocation, .exactly(2), syntax: "number size",
                why: bufferReason),
            .ignored(
                "brotli_buffers", in: .httpServerLocation, .exactly(2), syntax: "number size",
                origin: .nginxModule, why: bufferReason),
            .ignored(
                "zstd_buffers", in: .httpServerLocation, .exactly(2), syntax: "number size",
                origin: .nginxModule, why: bufferReason),
        ]
        + [
            ("gzip_window", .nginx), ("gzip_hash", .nginx), ("brotli_window", .nginxModule),
        ].map { (name: String, origin: DirectiveOrigin) in
            .ignored(
                name, in: .httpServerLocation, .exactly(1), syntax: "size", origin: origin,
                why: "a stream takes the memory that its content is worth, within bounds")
        }
        + [
            .ignored(
                "gzip_no_buffer", in: .httpServerLocation, .flag,
                why: "what is compressed is sent when its source pauses"),
            .ignored(
                "postpone_gzipping", in: .httpServerLocation, .exactly(1), syntax: "size",
                why: "compressing begins with the first byte"),
            .ignored(
                "zstd_dict_file", in: [.http], .exactly(1), syntax: "path", origin: .nginxModule,
                why: "browsers do not know the dictionary"),
        ]

    private static var bufferReason: String { "a stream has one buffer of a fixed size" }
}

extension LevelDraft {
    /// `gzip_proxied`.
    fileprivate mutating func addProxiedAnswers(
        _ invocation: inout Invocation
    ) throws(Diagnostic) {
        if proxiedAnswersLevel != level {
            settings.encodings.rules.proxied = []
            proxiedAnswersLevel = level
        }
        for index in invocation.arguments.indices {
            let answers: ProxiedAnswers = try invocation.keyword(
                index,
                [
                    "off": .off, "expired": .expired, "no-cache": .noCache, "no-store": .noStore,
                    "private": .isPrivate, "no_last_modified": .noLastModified,
                    "no_etag": .noEntityTag, "auth": .authorized, "any": .any,
                ])
            if settings.encodings.rules.proxied.contains(answers) {
                invocation.warn(at: index, "duplicate value \"\(invocation.text(index))\"")
            }
            settings.encodings.rules.proxied.insert(answers)
        }
    }

    /// `gzip_disable`.
    fileprivate mutating func addDisabledAgents(
        _ invocation: inout Invocation
    ) throws(Diagnostic) {
        if !settings.encodings.disabledAgents.isSet(at: level) {
            settings.encodings.disabledAgents.clear(at: level)
            settings.encodings.rules.disablesOldExplorer = false
            settings.encodings.rules.disablesAgents = false
        }
        for index in invocation.arguments.indices {
            if invocation.argument(index, is: "msie6") {
                settings.encodings.rules.disablesOldExplorer = true
                continue
            }
            let regex = try site.regex(
                invocation.bytes(index), caseless: true, at: invocation.arguments[index].location)
            settings.encodings.disabledAgents.append(regex, at: level)
            settings.encodings.rules.disablesAgents = true
        }
    }
}

extension Invocation {
    /// The level of a coding.
    fileprivate func level(of coding: ContentCoding) throws(Diagnostic) -> Int {
        switch coding {
        case .brotli: try integer(0, in: 0...11)
        case .zstd: try integer(0, in: 1...22)
        case .gzip, .identity: try integer(0, in: 1...9)
        }
    }
}
