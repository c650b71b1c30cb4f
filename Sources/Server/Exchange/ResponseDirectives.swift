// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about responses that the server makes up itself.

internal import Configuration

/// The rows of error pages and redirects.
enum ResponseDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "error_page", in: [.http, .server, .location, .locationIf], .atLeast(2),
            syntax: "code ... [=[response]] uri", repeats: true,
            summary: """
                Answers these statuses with another page: a path, a named location or an address. \
                With `=code` the client sees that status, with `=` the one of the page.
                """
        ) { level, invocation in
            try level.addErrorPages(&invocation)
        },
        .simple(
            "recursive_error_pages", in: .httpServerLocation, .flag, default: "off",
            summary: "Whether an error of an error page leads to a further one."
        ) { $0.settings.response.allowsRecursiveErrorPages = try $1.flag() },
        .simple(
            "server_tokens", in: .httpServerLocation, .exactly(1), syntax: "on | off | build",
            default: "on", summary: "Whether the version is told in `Server` and on error pages."
        ) {
            $0.settings.response.tellsVersion = try $1.keyword(
                0, ["on": true, "off": false, "build": true])
        },
        .simple(
            "absolute_redirect", in: .httpServerLocation, .flag, default: "on",
            summary: "Whether redirects name the host."
        ) { $0.settings.response.redirectsAbsolutely = try $1.flag() },
        .simple(
            "server_name_in_redirect", in: .httpServerLocation, .flag, default: "off",
            summary: "Whether redirects name the server instead of the host that was asked for."
        ) { $0.settings.response.usesServerNameInRedirects = try $1.flag() },
        .simple(
            "port_in_redirect", in: .httpServerLocation, .flag, default: "on",
            summary: "Whether redirects name the port."
        ) { $0.settings.response.usesPortInRedirects = try $1.flag() },
        .simple(
            "chunked_transfer_encoding", in: .httpServerLocation, .flag, default: "on",
            summary: "Whether content of unknown length is sent in chunks to HTTP/1.1 clients."
        ) { $0.settings.response.allowsChunked = try $1.flag() },
    ]

    static let locationRows: [Directive<LocationDraft>] = [
        .simple(
            "internal", in: [.location], .exactly(0),
            summary: "Answers 404 to clients; only internal redirects get in."
        ) { location, _ in location.isInternal = true }
    ]
}

extension LevelDraft {
    /// Reads the arguments of `error_page`.
    fileprivate mutating func addErrorPages(_ invocation: inout Invocation) throws(Diagnostic) {
        let last = invocation.arguments.count - 1
        var answer = ErrorPage.Answer.same
        var codeCount = last
        let word = invocation.bytes(last - 1)
        if word.first == UInt8(ascii: "=") {
            codeCount -= 1
            guard codeCount > 0 else {
                throw invocation.error(
                    at: last - 1, "invalid value \"\(invocation.text(last - 1))\"",
                    expected: "expected the statuses before it")
            }
            if word.count == 1 {
                answer = .own
            } else if let code = ValueSyntax.integer(word.dropFirst()), code <= 999 {
                answer = .code(code)
            } else {
                throw invocation.error(
                    at: last - 1, "invalid value \"\(invocation.text(last - 1))\"",
                    expected: "expected \"=\" or a status such as =200")
            }
        }
        let target = try invocation.template(last, site)
        for index in 0..<codeCount {
            let status = try invocation.errorStatus(index)
            let pages = settings.response.errorPages
            if pages.isSet(at: level), pages.elements.contains(where: { $0.status == status }) {
                invocation.warn(
                    at: index, "this block has an \"error_page\" for \(status) already",
                    expected: "the first one is used")
                continue
            }
            settings.response.errorPages.append(
                ErrorPage(status: status, answer: answer.seen(for: status), target: target),
                at: level)
        }
    }
}

extension ErrorPage.Answer {
    /// Spec: nginx: the statuses of its own that no client may see become 400.
    fileprivate func seen(for status: Int) -> ErrorPage.Answer {
        if case .same = self, (494...497).contains(status) { return .code(400) }
        return self
    }
}

extension Invocation {
    /// A status that an `error_page` may be for.
    fileprivate func errorStatus(_ index: Int) throws(Diagnostic) -> Int {
        guard let status = ValueSyntax.integer(bytes(index)[...]) else {
            throw error(
                at: index, "invalid value \"\(text(index))\"", expected: "expected a status")
        }
        if status == 499 {
            throw error(
                at: index, "value \"499\" cannot be used in \"error_page\" directive",
                expected: "the client is gone then")
        }
        guard (300...599).contains(status) else {
            throw error(at: index, "value \"\(text(index))\" must be between 300 and 599")
        }
        return status
    }
}
