// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about character sets.

internal import Configuration
internal import Memory

/// The rows of character sets.
enum CharsetDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "charset", in: [.http, .server, .location, .locationIf], .exactly(1),
            syntax: "name | off", default: "off",
            summary: """
                The character set that `Content-Type` names, unless a peer has named one. Where \
                `source_charset` names another one, contents are converted by a `charset_map`.
                """
        ) { level, invocation in
            level.settings.charset.location = invocation.arguments[0].location
            level.settings.charset.target =
                invocation.argument(0, is: "off") ? .off : try invocation.charset(0, level.site)
        },
        .simple(
            "source_charset", in: [.http, .server, .location, .locationIf], .exactly(1),
            syntax: "name", summary: "The character set that contents are in."
        ) { level, invocation in
            level.settings.charset.location = invocation.arguments[0].location
            level.settings.charset.source = try invocation.charset(0, level.site)
        },
        .simple(
            "override_charset", in: [.http, .server, .location, .locationIf], .flag,
            default: "off",
            summary: "Whether the character set that a peer names is converted or replaced too."
        ) { $0.settings.charset.overrides = try $1.flag() },
        .simple(
            "charset_types", in: .httpServerLocation, .atLeast(1), syntax: "type ...",
            default: """
                text/html text/xml text/plain text/vnd.wap.wml application/javascript \
                application/rss+xml
                """,
            repeats: true,
            summary: "The media types that `charset` is for beside text/html; `*` for all."
        ) {
            try $1.readMediaTypes(
                into: &$0.settings.charset.types, at: $0.level, always: "has a charset")
        },
    ]

    /// Of `http` only.
    static let mainRows: [Directive<MainDraft>] = [
        .values(
            "charset_map", in: [.http], .exactly(2), syntax: "charset1 charset2",
            summary: """
                Says how contents are converted between two character sets. A row is a byte of \
                the first and the character of the second, both in hexadecimal; only the second \
                one can be utf-8.
                """
        ) { main, invocation in try main.level.site.addCharsetMap(&invocation) }
    ]
}

extension SiteDraft {
    /// Spec: nginx `charset_map`.
    fileprivate func addCharsetMap(_ invocation: inout Invocation) throws(Diagnostic) {
        var map = CharsetMap(invocation.bytes(0), invocation.bytes(1))
        let names = "\"\(invocation.text(0))\" and \"\(invocation.text(1))\""
        if map.first.span.equalsIgnoringCase(map.second) {
            throw invocation.error(
                at: 1, "\"charset_map\" between the same charsets \(names)")
        }
        if CharsetMap.isUTF8(map.first) {
            throw invocation.error(
                at: 0, "\"charset_map\" cannot have utf-8 as its first charset",
                expected: "swap the charsets and the columns: a map holds both ways")
        }
        if charsetMaps.contains(where: { $0.connects(map.first.span, map.second.span) }) {
            throw invocation.error("duplicate \"charset_map\" between \(names)")
        }
        for row in invocation.children {
            guard row.block == nil, row.arguments.count == 1 else {
                invocation.report(
                    Diagnostic(
                        "invalid parameters number", at: row.name.location,
                        label: "expected a byte and the character that it stands for"))
                continue
            }
            let target = row.arguments[0]
            guard let byte = row.name.hexadecimal, byte.count == 1 else {
                invocation.report(
                    Diagnostic(
                        "invalid value \"\(row.name.text)\"", at: row.name.location,
                        label: "expected one byte such as C0"))
                continue
            }
            if let bytes = target.hexadecimal, map.insert(byte[0], as: bytes) { continue }
            invocation.report(
                Diagnostic(
                    "invalid value \"\(target.text)\"", at: target.location,
                    label: map.isToUTF8
                        ? "expected a character of up to three bytes such as D18E"
                        : "expected one byte such as C0"))
        }
        charsetMaps.append(map)
        charsetNames += [map.first, map.second]
    }
}

extension Word {
    /// The bytes that hexadecimal digits stand for; a single digit counts as one.
    fileprivate var hexadecimal: [UInt8]? {
        let digits = bytes.count == 1 ? [UInt8(ascii: "0")] + bytes : bytes
        let text = String(decoding: digits, as: UTF8.self)
        // A sign would be read too.
        guard digits.count % 2 == 0, digits.count <= 8, digits[0] != UInt8(ascii: "+"),
            let value = UInt32(text, radix: 16)
        else { return nil }
        let count = digits.count / 2
        return (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * (count - 1 - $0))) }
    }
}

extension Invocation {
    /// The name of a character set, or a variable that has it.
    fileprivate func charset(_ index: Int, _ site: SiteDraft) throws(Diagnostic) -> CharsetName {
        guard bytes(index).first == UInt8(ascii: "$") else {
            site.charsetNames.append(bytes(index))
            return .named(bytes(index))
        }
        let template = try template(index, site)
        guard template.onlyVariable != nil else {
            throw error(
                at: index, "invalid charset \"\(text(index))\"",
                expected: "expected a name or one variable")
        }
        return .variable(template)
    }
}
