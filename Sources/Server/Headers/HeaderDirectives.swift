// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about fields that are added to responses.

internal import Configuration
internal import HTTP

/// The rows of added fields.
enum HeaderDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "add_header", in: [.http, .server, .location, .locationIf], .between(2, 3),
            syntax: "name value [always]", repeats: true,
            summary: """
                Adds a field to the response: with `always` whatever its status, else to 200, 201, \
                204, 206, 301, 302, 303, 304, 307 and 308. One here hides those of the blocks \
                around.
                """
        ) { level, invocation in
            let name = try invocation.fieldName(0)
            if invocation.arguments.count > 2, !invocation.argument(2, is: "always") {
                throw invocation.invalidParameter(at: 2, expected: "expected \"always\" or nothing")
            }
            let field = AddedField(
                name: name, value: try invocation.template(1, level.site),
                isUnconditional: invocation.arguments.count > 2)
            level.warnOfHiddenFields(&invocation)
            level.settings.headers.added.append(field, at: level.level)
        }
    ]
}

extension LevelDraft {
    /// The trap that most configurations with security fields step into.
    fileprivate func warnOfHiddenFields(_ invocation: inout Invocation) {
        let added = settings.headers.added
        guard !added.isEmpty, !added.isSet(at: level) else { return }
        let names = added.elements.map { String(decoding: $0.name, as: UTF8.self) }
        invocation.warn(
            "\"add_header\" here hides those of the blocks around it",
            expected: "no longer sent: " + names.joined(separator: ", "),
            help: "repeat them here")
    }
}

extension Invocation {
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
}
