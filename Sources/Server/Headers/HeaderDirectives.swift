// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about fields that are added to responses.

internal import Configuration
internal import HTTP
internal import Memory

/// The rows of added fields.
enum HeaderDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "expires", in: levels, .between(1, 2),
            syntax: "[modified] time | @time | epoch | max | off", default: "off",
            summary: """
                Says in `Expires` and `Cache-Control` how long an answer with one of the statuses \
                of `add_header` may be used again: so long after it was given, after the file was \
                changed (`modified`), or until a time of the day (`@15h30m`). It may be a \
                variable. What a peer said is replaced.
                """
        ) { try $0.setExpires(&$1) },
        .simple(
            "add_header", in: levels, .between(2, 3), syntax: "name value [always]", repeats: true,
            summary: """
                Adds a field to the response: with `always` whatever its status, else to 200, 201, \
                204, 206, 301, 302, 303, 304, 307 and 308. One here hides those of the blocks \
                around, unless `add_header_inherit` says otherwise.
                """
        ) { level, invocation in
            let field = try invocation.addedField(level.site)
            level.settings.headers.added.append(field)
            level.addedFieldsLocation = level.addedFieldsLocation ?? invocation.location
        },
        .simple(
            "add_header_inherit", in: levels, .exactly(1), syntax: "on | off | merge",
            default: "on",
            summary: """
                Whether the `add_header` of the blocks around hold here: `on` only where there is \
                none here, `merge` behind those that are here, `off` never.
                """
        ) { $0.settings.headers.added.inheritance = try $1.inheritance() },
        .simple(
            "add_trailer", in: levels, .between(2, 3), syntax: "name value [always]",
            repeats: true,
            summary: """
                Adds a field behind the content of the response, which is sent to HTTP/1.1 clients \
                in chunks then. The statuses are those of `add_header`.
                """
        ) { level, invocation in
            let field = try invocation.addedField(level.site)
            level.settings.headers.trailers.append(field)
            level.trailersLocation = level.trailersLocation ?? invocation.location
        },
        .simple(
            "add_trailer_inherit", in: levels, .exactly(1), syntax: "on | off | merge",
            default: "on", summary: "The same as `add_header_inherit`, for `add_trailer`."
        ) { $0.settings.headers.trailers.inheritance = try $1.inheritance() },
    ]

    private static let levels: Contexts = [.http, .server, .location, .locationIf]
}

extension LevelDraft {
    /// Reads the arguments of `expires`.
    fileprivate mutating func setExpires(_ invocation: inout Invocation) throws(Diagnostic) {
        let last = invocation.arguments.count - 1
        let isModified = last == 1
        if isModified, !invocation.argument(0, is: "modified") {
            throw invocation.invalidValue(at: 0, expected: "expected \"modified\" or nothing")
        }
        let value = try invocation.template(last, site)
        guard let text = value.constant else {
            settings.headers.expires = .variable(isModified: isModified)
            settings.headers.expiresValue = value
            return
        }
        do throws(Expires.Flaw) {
            settings.headers.expires = try Expires.parse(text, isModified: isModified)
        } catch {
            throw invocation.diagnostic(of: error, at: last)
        }
    }

    /// The trap that most configurations with security fields step into.
    ///
    /// Call it once the block has been read: what is inherited may be said behind what is added.
    func warnOfHiddenFields(_ diagnostics: inout Diagnostics) {
        warn(of: settings.headers.added.hidden, "add_header", addedFieldsLocation, &diagnostics)
        warn(of: settings.headers.trailers.hidden, "add_trailer", trailersLocation, &diagnostics)
    }

    private func warn(
        of hidden: [AddedField], _ directive: String, _ location: SourceLocation?,
        _ diagnostics: inout Diagnostics
    ) {
        guard let location, !hidden.isEmpty else { return }
        let names = hidden.map { String(decoding: $0.name, as: UTF8.self) }
        diagnostics.add(
            Diagnostic(
                "\"\(directive)\" here hides those of the blocks around it", at: location,
                label: "no longer sent: " + names.joined(separator: ", "),
                help: "repeat them here, or add `\(directive)_inherit merge;`", severity: .warning))
    }
}

extension Invocation {
    /// The field that `add_header` or `add_trailer` adds.
    fileprivate func addedField(_ site: SiteDraft) throws(Diagnostic) -> AddedField {
        let name = try fieldName(0)
        if arguments.count > 2, !argument(2, is: "always") {
            throw invalidParameter(at: 2, expected: "expected \"always\" or nothing")
        }
        return AddedField(
            name: name, value: try template(1, site), isUnconditional: arguments.count > 2)
    }

    fileprivate func inheritance() throws(Diagnostic) -> AddedFields.Inheritance {
        try keyword(0, ["on": .unlessHidden, "off": .never, "merge": .always])
    }

    fileprivate func diagnostic(of flaw: Expires.Flaw, at index: Int) -> Diagnostic {
        switch flaw {
        case .invalid:
            invalidValue(
                at: index,
                expected: "expected a time such as 30d, -1, @15h30m, \"epoch\", \"max\" or \"off\"")
        case .longerThanADay:
            error(
                at: index, "daily time value must be less than 24 hours",
                expected: "expected a time of the day such as @15h30m")
        case .dailyAndModified:
            error(
                at: index, "daily time cannot be used with \"modified\" parameter",
                expected: "expected a time such as 30d")
        }
    }

    /// An argument that names a field.
    func fieldName(_ index: Int) throws(Diagnostic) -> [UInt8] {
        let name = bytes(index)
        guard !name.isEmpty, name.allSatisfy({ ByteClass.isToken($0) }) else {
            throw error(
                at: index,
                "invalid field name \"\(text(index))\" in \"\(self.name.text)\" directive",
                expected: "expected letters, digits and dashes")
        }
        return name
    }

    /// An argument that says which fields of peers are meant, in lower case.
    ///
    /// Spec: nginx `proxy_hide_header`, `proxy_pass_header`: whatever it is, it is looked for.
    mutating func wantedFieldName(_ index: Int) -> [UInt8] {
        let name = bytes(index)
        if name.isEmpty || !name.allSatisfy({ ByteClass.isToken($0) }) {
            warn(
                at: index, "no field can have the name \"\(text(index))\"",
                expected: "expected letters, digits and dashes")
        }
        return name.map(\.asciiLowercased)
    }
}
