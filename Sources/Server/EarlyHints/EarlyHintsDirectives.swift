// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directive about answers before the answer.

internal import Configuration

/// The rows of early hints.
enum EarlyHintsDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "early_hints", in: .httpServerLocation, .atLeast(1), syntax: "[auto] [string ...]",
            repeats: true,
            summary: """
                Lets a client hear of what a page needs before the page is there. Where one of the \
                strings is neither empty nor `0`, the 103 answers of peers are passed on. With \
                `auto`, which is ours, a page from a file has a `Link` field that names the \
                scripts and styles in its own HTML, and a navigation to it is told of them by a \
                103 as well, where one of the strings says that the client understands that.
                """
        ) { try $0.addHints(&$1) }
    ]
}

extension LevelDraft {
    fileprivate mutating func addHints(_ invocation: inout Invocation) throws(Diagnostic) {
        if !settings.hints.conditions.isSet(at: level) {
            settings.hints.conditions.clear(at: level)
            settings.hints.isAutomatic = false
        }
        for index in invocation.arguments.indices {
            if index == 0, invocation.argument(0, is: "auto") {
                settings.hints.isAutomatic = true
                continue
            }
            if invocation.argument(index, is: "off") {
                invocation.warn(
                    at: index, "\"off\" is a condition that always holds",
                    expected: "`early_hints 0;` ends what was inherited")
            }
            settings.hints.conditions.append(try invocation.template(index, site), at: level)
        }
    }
}
