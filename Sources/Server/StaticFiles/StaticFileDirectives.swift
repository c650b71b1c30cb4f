// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about files.

internal import Configuration
internal import HTTP
internal import Memory

/// The rows of static files.
enum StaticFileDirectives {
    static var rows: [Directive<LevelDraft>] { places + types }

    private static let places: [Directive<LevelDraft>] = [
        .simple(
            "root", in: [.http, .server, .location, .locationIf], .exactly(1), syntax: "path",
            default: "html", summary: "The folder that paths are looked up in."
        ) { level, invocation in
            try level.setRoot(&invocation, isAlias: false)
        },
        .simple(
            "index", in: .httpServerLocation, .atLeast(1), syntax: "file ...",
            default: "index.html", repeats: true,
            summary: "The files that stand for a folder, the first that exists."
        ) { level, invocation in
            for index in invocation.arguments.indices {
                guard !invocation.bytes(index).isEmpty else {
                    throw invocation.error(
                        at: index, "index \"\" in \"index\" directive is invalid",
                        expected: "expected the name of a file")
                }
                if invocation.bytes(index).first == UInt8(ascii: "/"),
                    index < invocation.arguments.count - 1
                {
                    invocation.warn(
                        at: index, "only the last index in \"index\" directive should be absolute",
                        expected: "those behind it are never looked for")
                }
                let name = try invocation.template(index, level.site)
                level.settings.files.index.append(name, at: level.level)
            }
        },
        .simple(
            "spa", in: .httpServerLocation, .exactly(1), syntax: "on | off | path", default: "off",
            origin: .beranda,
            summary: """
                Answers a navigation that finds no file with the page of a single-page app, \
                `/index.html` for `on`. A missing asset stays 404.
                """
        ) { level, invocation in
            if invocation.argument(0, is: "off") {
                level.settings.files.singlePage = nil
            } else if invocation.argument(0, is: "on") {
                level.settings.files.singlePage = Array("/index.html".utf8)
            } else if invocation.bytes(0).first == UInt8(ascii: "/") {
                level.settings.files.singlePage = try invocation.constant(0)
            } else {
                throw invocation.invalidValue(
                    at: 0, expected: "expected \"on\", \"off\" or a path such as /index.html")
            }
        },
        .simple(
            "dotfiles", in: .httpServerLocation, .exactly(1), syntax: "allow | deny | ignore",
            default: "allow, or ignore where spa is on", origin: .beranda,
            summary: """
                What becomes of paths in which a name begins with a dot, such as `/.git/config`: \
                served, answered with 403, or with 404. `/.well-known/` is always served.
                """
        ) {
            $0.settings.files.dotfiles = try $1.keyword(
                0, ["allow": .allow, "deny": .deny, "ignore": .ignore])
        },
        .simple(
            "asset_caching", in: .httpServerLocation, .exactly(1), syntax: "auto | off",
            default: "off", origin: .beranda,
            summary: """
                Lets browsers keep files whose names carry a hash of their content for a year, and \
                ask again for everything else; nobody is to keep an error. Where `expires` or \
                `add_header Cache-Control` holds, that holds instead.
                """
        ) { $0.settings.files.cachesAssets = try $1.keyword(0, ["auto": true, "off": false]) },
        .simple(
            "log_not_found", in: .httpServerLocation, .flag, default: "on",
            summary: "Whether files that are not found are told in the error log."
        ) { level, invocation in
            let isOn = try invocation.flag()
            level.settings.files.logsNotFound = isOn
        },
    ]

    private static let types: [Directive<LevelDraft>] = [
        .values(
            "types", in: .httpServerLocation, .exactly(0),
            default: "the table of nginx's mime.types",
            summary: "The media types of files, by the extensions of their names."
        ) { level, invocation in
            level.beginTypes()
            for row in invocation.children { level.addType(row, &invocation) }
        },
        .simple(
            "default_type", in: .httpServerLocation, .exactly(1), syntax: "type",
            default: "text/plain", summary: "The media type of all other files."
        ) { $0.settings.files.defaultType = try $1.constant(0) },
        .ignored(
            "types_hash_max_size", in: .httpServerLocation, .exactly(1), syntax: "size",
            why: "tables grow by themselves"),
        .ignored(
            "types_hash_bucket_size", in: .httpServerLocation, .exactly(1), syntax: "size",
            why: "tables grow by themselves"),
    ]

    /// Of locations only.
    static let locationRows: [Directive<LocationDraft>] = [
        .simple(
            "alias", in: [.location], .exactly(1), syntax: "path",
            summary: "What replaces the location's name in the path of a file."
        ) { location, invocation in
            try location.setAlias(&invocation)
        },
        .simple(
            "try_files", in: [.server, .location], .atLeast(2),
            syntax: "file ... uri | file ... =code",
            summary: """
                Serves the first of the files that exists (of a folder, with a slash behind its \
                name), else goes on with the last argument: a path, a named location, or a status.
                """
        ) { location, invocation in
            location.tryFiles = try TryFiles(&invocation, location.level.site)
        },
    ]
}

extension LevelDraft {
    /// `root` and `alias`, which exclude each other.
    mutating func setRoot(_ invocation: inout Invocation, isAlias: Bool) throws(Diagnostic) {
        let name = invocation.name.text
        if let other = rootDirective, other != name {
            throw invocation.error(
                "\"\(name)\" directive is duplicate, \"\(other)\" directive was specified earlier",
                expected: "a location has either `root` or `alias`")
        }
        rootDirective = name
        let template = try invocation.template(0, site)
        for segment in template.segments {
            if case .variable(.builtIn(.documentRoot)) = segment {
                throw invocation.error(
                    at: 0,
                    "the $document_root variable may not be used in the \"\(name)\" directive")
            }
        }
        settings.files.isAlias = isAlias
        settings.files.aliasNameCount = 0
        guard var path = template.constant else {
            settings.files.root = template
            return
        }
        if !isAlias, path.last == UInt8(ascii: "/") { path.removeLast() }
        settings.files.root = Template(literal: path.isEmpty ? [] : site.absolute(path))
    }

    /// Hides the inherited `types`, unless the table of this block is begun already.
    mutating func beginTypes() {
        guard settings.files.mediaTypesLevel != level else { return }
        settings.files.mediaTypes = MediaTypes()
        settings.files.mediaTypesLevel = level
    }

    /// One row of a `types` block: a media type and the extensions that it is for.
    mutating func addType(_ row: Statement, _ invocation: inout Invocation) {
        guard row.block == nil, !row.arguments.isEmpty else {
            invocation.report(
                Diagnostic(
                    "invalid number of arguments in \"types\" block", at: row.name.location,
                    label: "expected a media type and the extensions that it is for"))
            return
        }
        for word in row.arguments {
            if let other = settings.files.mediaTypes.type(of: word.bytes.span),
                other != row.name.bytes
            {
                let previous = String(decoding: other, as: UTF8.self)
                invocation.report(
                    Diagnostic(
                        "duplicate extension \"\(word.text)\", content type: \"\(row.name.text)\", "
                            + "previous content type: \"\(previous)\"",
                        at: word.location, severity: .warning))
            }
            if !settings.files.mediaTypes.insert(row.name.bytes, for: word.bytes.span) {
                invocation.report(
                    Diagnostic(
                        "invalid extension \"\(word.text)\"", at: word.location,
                        label: "expected one to sixteen bytes"))
            }
        }
    }
}

extension LocationDraft {
    /// `alias`: what replaces the location's name.
    mutating func setAlias(_ invocation: inout Invocation) throws(Diagnostic) {
        guard match != .named else {
            throw invocation.error(
                "the \"alias\" directive cannot be used inside the named location",
                expected: "use `root` here")
        }
        try level.setRoot(&invocation, isAlias: true)
        let slash = UInt8(ascii: "/")
        switch match {
        // The address is the whole path of the file, made of captures.
        case .pattern: level.settings.files.aliasNameCount = .max
        case .prefix:
            level.settings.files.aliasNameCount = name.count
            let endsWithSlash = invocation.bytes(0).last == slash
            guard endsWithSlash != (name.last == slash) else { return }
            let text = String(decoding: name, as: UTF8.self)
            invocation.warn(
                at: 0,
                "location \"\(text)\" and its alias should both end with a slash, or neither",
                expected: endsWithSlash
                    ? "\"\(text)../x\" leads outside of this folder"
                    : "\"\(text)x\" becomes \"\(invocation.text(0))x\"")
        default: level.settings.files.aliasNameCount = name.count
        }
    }
}

extension TryFiles {
    /// Reads the arguments of `try_files`.
    init(_ invocation: inout Invocation, _ site: SiteDraft) throws(Diagnostic) {
        let last = invocation.arguments.count - 1
        candidates = []
        for index in 0..<last {
            let word = invocation.arguments[index]
            let isDirectory = word.bytes.last == UInt8(ascii: "/")
            let path =
                isDirectory ? try site.template(word).withoutLastByte : try site.template(word)
            candidates.append(Candidate(path: path, isDirectory: isDirectory))
        }
        if invocation.bytes(last).first == UInt8(ascii: "=") {
            guard let code = ValueSyntax.integer(invocation.bytes(last).dropFirst()), code <= 999
            else {
                throw invocation.error(
                    at: last, "invalid code \"\(invocation.text(last))\"",
                    expected: "expected a status such as =404")
            }
            fallback = .status(code)
        } else {
            fallback = .target(try invocation.template(last, site))
        }
    }
}

extension Template {
    /// The template without the last byte of the literal that it ends with.
    fileprivate var withoutLastByte: Template {
        guard case .literal(let text) = segments.last else { return self }
        let head = Array(segments.dropLast())
        return Template(text.count > 1 ? head + [.literal(Array(text.dropLast()))] : head)
    }
}
