// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What an exchange tells of itself while somebody listens.
//
// Each function is called behind `services.isTraced`, so nothing here is on the way of a request
// that is served. Nothing here decides anything.

internal import FileCache
internal import HTTP
internal import Memory

extension Exchange {
    // MARK: Who answers

    /// The virtual host, and what made it the one.
    func traceHost(_ services: borrowing Services) {
        let site = services.site
        let listener = facts.listener
        let name = String(decoding: site.hosts[hostIndex].name, as: UTF8.self)
        let asked = logged(host)
        let how: String
        if site.listeners[listener].names.isTrivial {
            how = "every name that is asked for here leads to it"
        } else if let match = site.listeners[listener].names.match(of: copy(host)) {
            how = match
        } else if hostIndex == site.listeners[listener].names.defaultHost {
            how = "the default server of the address: no name fits \"\(asked)\""
        } else {
            how = "a pattern among its names matches \"\(asked)\""
        }
        let root = site.hosts[hostIndex].rootLocation
        services.trace?.note(
            .server, name.isEmpty ? "without a name" : name,
            [how, "listens on \(site.listeners[listener].address)"],
            at: site.locations[root].origin.place)
    }

    /// What the beginnings of paths have led to on one level.
    func traceBeginning(_ match: LocationTree.Match, _ services: borrowing Services) {
        let text: String
        switch match {
        case .exact(let location): text = "\(title(location, services)) is exactly this path"
        case .slashMissing(let location):
            text = "\(title(location, services)) wants a slash behind the path"
        case .prefix(let location):
            let isFinal = services.site.locations[location].steps.contains(.skipsRegexes)
            text =
                "\(title(location, services)) is the longest beginning"
                + (isFinal ? ", and no pattern is tried" : "")
        case .none: text = "no location is the beginning of the path"
        }
        services.trace?.considered.append(text)
    }

    /// Whether the pattern of a location has matched.
    func tracePattern(_ location: Int, matches: Bool, _ services: borrowing Services) {
        services.trace?.considered.append(
            title(location, services) + (matches ? " matches" : " does not match"))
    }

    /// The location that is entered.
    func traceLocation(_ location: Int, _ services: borrowing Services) {
        var details = services.trace?.considered ?? []
        services.trace?.considered = []
        let site = services.site
        if site.locations[location].steps.contains(.isInternal), !isInternal {
            details.append("internal: whoever asks for it directly gets 404")
        }
        if site.locations[location].steps.contains(.isInternal), isInternal {
            details.append("internal: reached from within the server")
        }
        let isServer = location == site.hosts[hostIndex].rootLocation
        services.trace?.note(
            .location, isServer ? "none: the server itself answers" : title(location, services),
            details, at: site.locations[location].origin.place)
    }

    private func title(_ location: Int, _ services: borrowing Services) -> String {
        services.site.locations[location].origin.title
    }

    // MARK: Rewriting

    /// A step of a script that has been taken.
    mutating func traceStep(_ step: RewriteStep, _ services: inout Services) {
        switch step {
        case .set(let target, _):
            switch target {
            case .variable(let index):
                let name = services.site.variableName(index)
                let value = values[index].map { logged($0) } ?? ""
                services.trace?.note(.rewrite, "set $\(name) \"\(value)\"")
            case .arguments:
                let value = arguments.map { logged($0) } ?? ""
                services.trace?.note(.rewrite, "set $args \"\(value)\"")
            case .limitRate: services.trace?.note(.rewrite, "set $limit_rate")
            case .invalidReferer: services.trace?.note(.rewrite, "set $invalid_referer")
            }
        case .finish(let status, let template):
            let text = template.map { logged(evaluate($0, &services)) } ?? ""
            services.trace?.note(.rewrite, "return \(status)" + (text.isEmpty ? "" : " " + text))
        case .stop: services.trace?.note(.rewrite, "break")
        case .rewrite, .test: break
        }
    }

    /// Whether an `if` held.
    mutating func traceCondition(
        _ condition: RewriteCondition, isMet: Bool, _ services: inout Services
    ) {
        services.trace?.note(
            .rewrite,
            "if (\(describe(condition, &services))) "
                + (isMet ? "holds" : "does not hold, its block is passed over"))
    }

    private mutating func describe(
        _ condition: RewriteCondition, _ services: inout Services
    ) -> String {
        func sign(_ isNegated: Bool) -> String { isNegated ? "!" : "" }
        let site = services.site
        switch condition {
        case .holds(let variable): return site.name(of: variable)
        case .equals(let variable, let template, let isNegated):
            let value = logged(evaluate(template, &services))
            return "\(site.name(of: variable)) \(sign(isNegated))= \"\(value)\""
        case .matches(let variable, _, let pattern, let isNegated):
            return "\(site.name(of: variable)) \(sign(isNegated))~ \(pattern)"
        case .file(let test, let template, let isNegated):
            return "\(sign(isNegated))-\(test.letter) \(logged(evaluate(template, &services)))"
        }
    }

    /// Another path within the server.
    func traceRedirect(
        to path: ByteRange, arguments: ByteRange?, _ services: borrowing Services
    ) {
        let query = arguments.map { "?" + logged($0) } ?? ""
        services.trace?.note(.redirect, "within the server, to \(logged(path))\(query)")
    }

    /// The path that a `rewrite` has made, for which a location is looked for again.
    func traceRewritten(_ services: borrowing Services) {
        services.trace?.note(.redirect, "a location is looked for again, for \(logged(uri))")
    }

    // MARK: Who may

    /// What a checker of the access phase has said.
    func traceAccess(
        _ checker: AccessChecker, _ verdict: AccessVerdict, _ services: borrowing Services
    ) {
        let directive =
            switch checker {
            case .addresses: "allow and deny"
            case .password: "auth_basic"
            case .subrequest: "auth_request"
            }
        switch verdict {
        case .none: break
        case .allowed: services.trace?.note(.access, "allowed by \(directive)")
        case .refused(let status):
            services.trace?.note(.access, "refused by \(directive), with \(status)")
        case .wait:
            services.trace?.note(
                .access,
                checker == .subrequest
                    ? "auth_request asks by a request of its own" : "\(directive) needs a while")
        }
    }

    /// That limits let the request pass, or would not, were they more than tried.
    func traceLimits(_ services: borrowing Services) {
        // After a redirect within the server they are only reminded of what they said.
        guard services.trace?.steps.contains(where: { $0.kind == .limits }) == false else { return }
        let verdicts = [
            ("limit_req", limits.verdicts.requests), ("limit_conn", limits.verdicts.connections),
        ]
        for (directive, verdict) in verdicts {
            guard let verdict else { continue }
            services.trace?.note(.limits, "\(directive) says \(verdict.text)")
        }
    }

    // MARK: Files

    /// A path that was looked for.
    func traceFile(_ kind: FileKind, for reason: String, _ services: borrowing Services) {
        let outcome: String
        switch kind {
        case .file: outcome = "is a file"
        case .directory: outcome = "is a folder"
        case .missing: outcome = "is not there"
        case .denied(let error): outcome = "must not be served (\(error))"
        case .failed(let error): outcome = "cannot be read (\(error))"
        }
        let path = LogEscape.text(services.path.readable)
        services.trace?.note(.file, "\(path) \(outcome)", reason.isEmpty ? [] : [reason])
    }

    /// The answer to a failure by `error_page`.
    func traceErrorPage(_ status: Int, _ target: ByteRange, _ services: borrowing Services) {
        services.trace?.note(
            .error, "\(status), which error_page answers by \(logged(target))")
    }

    /// The page that the server makes up itself.
    func traceBuiltIn(_ status: Int, _ services: borrowing Services) {
        guard status >= 400 else { return }
        services.trace?.note(.error, "\(status), with a built-in page")
    }

    // MARK: Peers

    /// Tells which peers would be asked, and ends: there is no network here.
    mutating func explainPeer(_ services: inout Services) -> ExchangeStep {
        let group = services.groups[proxy.group]
        let name = String(decoding: group.name, as: UTF8.self)
        let peers = group.peers.map { peer in
            var text = String(decoding: peer.name, as: UTF8.self)
            if !group.isImplicit { text += " weight=\(peer.weight)" }
            if peer.isBackup { text += " backup" }
            if peer.isDown { text += " down" }
            if peer.isDraining { text += " drain" }
            if let command = services.site.commands.first(where: { $0.starts(peer) }) {
                text += ", a process of: \(command.text)"
            }
            return text
        }
        let text =
            group.isImplicit
            ? "passed on to \(name)" : "passed on to one of the group \"\(name)\""
        let details = group.isImplicit ? [] : peers
        guard let subrequest else {
            services.trace?.reachPeer(text, details, request: proxy.request.copied())
            proxy.stage = .failed
            return .abort
        }
        services.trace?.note(.peer, text, details)
        guard subrequest.purpose == .authorization else {
            proxy.stage = .failed
            return .abort
        }
        return supposeAuthorization(&services)
    }

    /// Goes on as if a peer had allowed the request, because what follows is of interest as well.
    private mutating func supposeAuthorization(_ services: inout Services) -> ExchangeStep {
        services.trace?.note(.access, "nobody is asked here: suppose that the answer is 200")
        proxy.stage = .finished
        deadline = nil
        response.clear()
        response.status = 200
        response.contentLength = 0
        return complete(&services)
    }
}

extension RewriteCondition.FileTest {
    /// As `if` writes it.
    fileprivate var letter: String {
        switch self {
        case .isRegular: "f"
        case .isDirectory: "d"
        case .exists: "e"
        case .isExecutable: "x"
        }
    }
}

extension Site {
    /// The name of a value that exchanges remember.
    func variableName(_ index: Int) -> String {
        variableNames.indices.contains(index) ? variableNames[index] : "?"
    }

    /// A variable as the configuration writes it.
    func name(of variable: Variable) -> String {
        func text(_ family: String, _ name: [UInt8]) -> String {
            "$" + family + String(decoding: name, as: UTF8.self)
        }
        switch variable {
        case .builtIn(let builtIn): return "$" + builtIn.rawValue
        case .argument(let name): return text("arg_", name)
        case .cookie(let name): return text("cookie_", name)
        case .requestField(let name): return text("http_", name)
        case .responseField(let name): return text("sent_http_", name)
        case .stored(let index): return "$" + variableName(index)
        case .capture(let number): return "$\(number)"
        default: return "its variable"
        }
    }
}
