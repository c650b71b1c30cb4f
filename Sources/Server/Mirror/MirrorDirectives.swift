// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about copies of requests that nobody waits for.

internal import Configuration

/// What the configuration says about copies of requests.
struct MirrorSettings: Sendable {
    /// `mirror`: the paths that get one each; none for `off`.
    var paths = LevelList<[UInt8]>()
    /// `mirror_request_body`.
    var copiesContent = true
}

/// The rows of `mirror…`.
enum MirrorDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "mirror", in: .httpServerLocation, .exactly(1), syntax: "uri | off", default: "off",
            repeats: true,
            summary: """
                Asks this path of the same server too, with the method, the fields and the query \
                of the request. Nobody waits for the answer, and nobody gets it.
                """
        ) { level, invocation in
            let isOff = invocation.argument(0, is: "off")
            let isSet = level.settings.mirror.paths.isSet(at: level.level)
            guard !isSet || !isOff && !level.settings.mirror.paths.isEmpty else {
                throw invocation.error("\"mirror\" directive is duplicate")
            }
            if isOff {
                level.settings.mirror.paths.clear(at: level.level)
            } else {
                level.settings.mirror.paths.append(invocation.bytes(0), at: level.level)
            }
        },
        .simple(
            "mirror_request_body", in: .httpServerLocation, .flag, default: "on",
            summary: """
                Whether a copy has the content of the request too, which is received before \
                anything else is done then.
                """
        ) { $0.settings.mirror.copiesContent = try $1.flag() },
    ]
}
