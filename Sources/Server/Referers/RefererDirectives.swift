// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about the pages that may lead to a location.

internal import Configuration
internal import Memory

/// The rows of referers.
enum RefererDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "valid_referers", in: [.server, .location], .atLeast(1),
            syntax: "none | blocked | server_names | name | ~pattern ...", repeats: true,
            summary: """
                The pages that may lead here, by the host of `Referer` and perhaps the beginning \
                of its path; `$invalid_referer` is \"1\" for all others. `none` is for requests \
                without the field, `blocked` for those where it has no scheme.
                """
        ) { level, invocation in
            try level.addReferers(&invocation)
        },
        .ignored(
            "referer_hash_max_size", in: [.server, .location], .exactly(1), syntax: "size",
            why: "tables grow by themselves"),
        .ignored(
            "referer_hash_bucket_size", in: [.server, .location], .exactly(1), syntax: "size",
            why: "tables grow by themselves"),
    ]
}

extension LevelDraft {
    fileprivate mutating func addReferers(_ invocation: inout Invocation) throws(Diagnostic) {
        settings.referers.enter(level, at: invocation.location)
        for (index, word) in invocation.arguments.enumerated() {
            switch word.text {
            case "none": settings.referers.allowsNone = true
            case "blocked": settings.referers.allowsBlocked = true
            case "server_names": settings.referers.addServerNames()
            case let text where text.hasPrefix("~"):
                guard word.bytes.count > 1 else {
                    throw invocation.error(at: index, "empty regex in \"\(word.text)\"")
                }
                let place = word.location(of: 1..<word.bytes.count)
                settings.referers.add(
                    pattern: try site.regex(
                        Array(word.bytes.dropFirst()), caseless: true, at: place))
            default: settings.referers.add(try invocation.referer(index))
            }
        }
    }
}

extension Invocation {
    /// A name, and the path behind it.
    fileprivate func referer(_ index: Int) throws(Diagnostic) -> RefererSettings.Name {
        let word = bytes(index)
        guard !word.isEmpty else { throw error(at: index, "invalid referer \"\"") }
        let slash = word.firstIndex(of: UInt8(ascii: "/")) ?? word.count
        let host = word[..<slash].map(\.asciiLowercased)
        guard ServerNameDraft.isName(host) else {
            throw error(
                at: index,
                "invalid hostname or wildcard \"\(String(decoding: host, as: UTF8.self))\"",
                expected: "an asterisk is the whole first or the whole last label")
        }
        return RefererSettings.Name(
            host: host, path: Array(word[slash...]), location: arguments[index].location)
    }
}
