// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives that say which requests a block is for.

internal import Configuration
internal import Memory

/// The rows of `server`, `listen`, `server_name` and `location`.
enum ServerDirectives {
    static let mainRows: [Directive<MainDraft>] = [
        .block("server", in: [.http], .exactly(0), summary: "A virtual host.") { main, invocation in
            var server = ServerDraft(main.level.nested, at: invocation.location)
            invocation.applyChildren(SiteTables.server, in: .server, to: &server)
            main.level.site.servers.append(server)
        }
    ]

    static let rows: [Directive<ServerDraft>] = [
        .simple(
            "listen", in: [.server], .atLeast(1),
            syntax:
                "address[:port[-port]] | port[-port] | unix:path [default_server] "
                + "[proxy_protocol] [backlog=number] [reuseport] [deferred] [multipath] [bind] "
                + "[ipv6only=on | off] [rcvbuf=size] [sndbuf=size] [fastopen=number] "
                + "[so_keepalive=on | off | [idle]:[interval]:[count]]",
            default: "*:80", repeats: true,
            summary: """
                Where the server listens; without the right to open port 80 the default is 8000. \
                `default_server` answers for names that no server has; else the first one does. \
                With `proxy_protocol` every connection begins with the header of that protocol.
                """
        ) { server, invocation in
            server.listens += try ListenDraft.read(
                &invocation, resolve: server.place.level.site.resolve)
        },
        .simple(
            "server_name", in: [.server], .atLeast(1), syntax: "name ...", default: "\"\"",
            repeats: true,
            summary: """
                The host names that the server is for: names, `*.name`, `name.*`, `.name` for \
                both, `~pattern`, `""` for requests without a name.
                """
        ) { server, invocation in
            for index in invocation.arguments.indices {
                let site = server.place.level.site
                server.names.append(try ServerNameDraft(&invocation, index, site))
            }
        },
    ]

    static let locationRows: [Directive<LocationDraft>] = [
        .block(
            "location", in: [.server, .location], .between(1, 2),
            syntax: "[= | ~ | ~* | ^~] path | @name",
            summary: """
                What holds for some of the paths: an exact one (`=`), those that begin so, or \
                those that a pattern matches (`~`, `~*` without regard to case). The longest \
                beginning wins unless a pattern matches; `^~` forbids to try patterns.
                """
        ) { outer, invocation in
            var location = outer.child
            location.origin = BlockOrigin(
                title: ([invocation.name] + invocation.arguments).map(\.text)
                    .joined(separator: " "),
                place: invocation.location)
            try location.readName(invocation)
            try location.checkPlace(in: outer, invocation)
            invocation.applyChildren(SiteTables.location, in: .location, to: &location)
            outer.nested.append(location)
        }
    ]
}

extension ServerNameDraft {
    /// Reads one argument of `server_name`.
    fileprivate init(
        _ invocation: inout Invocation, _ index: Int, _ site: SiteDraft
    ) throws(Diagnostic) {
        let word = invocation.arguments[index]
        if word.bytes.first == UInt8(ascii: "~") {
            let pattern = Array(word.bytes.dropFirst())
            guard !pattern.isEmpty else {
                throw invocation.error(
                    at: index, "empty regex in server name \"\(word.text)\"")
            }
            // Host names are compared in lower case, so a capital letter could never match.
            let isCaseless = pattern.contains { $0 != $0.asciiLowercased }
            let regex = try site.regex(pattern, caseless: isCaseless, at: word.location)
            self = .pattern(regex, written: word.bytes)
            return
        }
        if word.equals("$hostname") {
            self = .name(site.hostName, word.location)
            return
        }
        let name = word.bytes.map(\.asciiLowercased)
        if name.contains(UInt8(ascii: "/")) {
            invocation.warn(
                at: index, "server name \"\(word.text)\" has suspicious symbols",
                expected: "expected a host name only")
        }
        guard Self.isName(name) else {
            throw invocation.error(
                at: index, "invalid server name or wildcard \"\(word.text)\"",
                expected: "an asterisk is the whole first or the whole last label")
        }
        self = .name(name, word.location)
    }

    /// Whether it may be a host name, perhaps with an asterisk in place of a label at an end.
    static func isName(_ name: [UInt8]) -> Bool {
        var rest = name[...]
        if rest.starts(with: Array("*.".utf8)) {
            rest = rest.dropFirst(2)
        } else if rest.first == UInt8(ascii: "."), rest.count > 1 {
            rest = rest.dropFirst()
        } else if rest.suffix(2).elementsEqual(Array(".*".utf8)) {
            rest = rest.dropLast(2)
        }
        let text = String(decoding: rest, as: UTF8.self)
        return !rest.contains(UInt8(ascii: "*")) && !text.includes("..")
            && (rest.isEmpty ? name.isEmpty : rest.first != UInt8(ascii: "."))
    }

    /// What `$server_name` says.
    var text: [UInt8] {
        switch self {
        case .name(let name, _):
            name.first == UInt8(ascii: ".") ? Array(name.dropFirst()) : name
        case .pattern(_, let written): written
        }
    }
}

extension LocationDraft {
    /// Reads the arguments of `location`; a modifier may be glued to the path.
    fileprivate mutating func readName(_ invocation: Invocation) throws(Diagnostic) {
        let last = invocation.arguments.count - 1
        let word = invocation.arguments[last]
        var modifier = last == 0 ? "" : invocation.text(0)
        var cut = 0
        if last == 0 {
            modifier = ["=", "^~", "~*", "~"].first { word.text.hasPrefix($0) } ?? ""
            cut = modifier.utf8.count
        }
        name = Array(word.bytes.dropFirst(cut))
        switch modifier {
        case "=": match = .exact
        case "^~": match = .prefix(skipsRegexes: true)
        case "~", "~*":
            let place = word.location(of: cut..<word.bytes.count)
            match = .pattern(
                try level.site.regex(name, caseless: modifier == "~*", at: place))
        case "":
            let isNamed = name.first == UInt8(ascii: "@")
            match = isNamed ? .named : .prefix(skipsRegexes: false)
        default:
            throw invocation.error(
                at: 0, "invalid location modifier \"\(modifier)\"",
                expected: "expected \"=\", \"~\", \"~*\" or \"^~\"")
        }
    }

    /// Refuses a location where it could never be reached.
    fileprivate func checkPlace(
        in outer: LocationDraft, _ invocation: Invocation
    ) throws(Diagnostic) {
        let last = invocation.arguments.count - 1
        let (inner, around) = (text, outer.text)
        if outer.nested.contains(where: { $0.isSame(as: self) }) {
            throw invocation.error(at: last, "duplicate location \"\(inner)\"")
        }
        if outer.match == .server { return }
        if outer.match == .exact {
            throw invocation.error(
                at: last,
                "location \"\(inner)\" cannot be inside the exact location \"\(around)\"")
        }
        if outer.match == .named {
            throw invocation.error(
                at: last,
                "location \"\(inner)\" cannot be inside the named location \"\(around)\"")
        }
        if match == .named {
            throw invocation.error(
                at: last, "named location \"\(inner)\" can be on the server level only")
        }
        if case .pattern = match { return }
        guard name.starts(with: outer.name) else {
            throw invocation.error(
                at: last, "location \"\(inner)\" is outside location \"\(around)\"",
                expected: "expected a path that begins with \"\(around)\"")
        }
    }

    private func isSame(as other: LocationDraft) -> Bool {
        guard name == other.name else { return false }
        switch (match, other.match) {
        case (.exact, .exact), (.prefix, .prefix), (.named, .named): return true
        default: return false
        }
    }

    private var text: String { String(decoding: name, as: UTF8.self) }
}
