// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about asking somebody else whether a request is allowed.

internal import Configuration
internal import Memory

/// The rows of `auth_request…`.
enum AuthRequestDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "auth_request", in: .httpServerLocation, .exactly(1), syntax: "uri | off",
            default: "off",
            summary: """
                Asks a path of the same server by GET, with the fields of the request but without \
                its content, whether the request is allowed: 2xx says yes, 401 and 403 are the \
                answer, anything else becomes 500.
                """
        ) { level, invocation in
            let isOff = invocation.argument(0, is: "off")
            level.settings.authRequest.path = isOff ? nil : invocation.bytes(0)
        },
        .simple(
            "auth_request_set", in: .httpServerLocation, .exactly(2), syntax: "$variable value",
            repeats: true,
            summary: """
                Gives a variable a value once `auth_request` has been answered, whatever the \
                answer was. The value is computed in the subrequest, so `$upstream_http_…` is \
                what that was answered.
                """
        ) { level, invocation in
            let variable = AuthRequestVariable(
                target: try invocation.target(level.site),
                value: try invocation.template(1, level.site))
            level.settings.authRequest.variables.append(variable, at: level.level)
        },
    ]
}

extension Invocation {
    /// The variable that is set.
    fileprivate func target(_ site: SiteDraft) throws(Diagnostic) -> AuthRequestVariable.Target {
        switch String(decoding: bytes(0).map(\.asciiLowercased), as: UTF8.self) {
        case "$args": .arguments
        case "$limit_rate": .limitRate
        default: .stored(try definedVariable(0) { site.variables.define($0) })
        }
    }
}
