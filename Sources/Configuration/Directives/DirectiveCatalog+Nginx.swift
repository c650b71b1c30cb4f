// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The manual page of what nginx has: what of it works here, and what to do about the rest.
//
// Made of the rows and of the list of nginx's names, so that it cannot promise too much.

extension DirectiveCatalog {
    /// The page in Markdown.
    ///
    /// - Parameter hasVariable: whether a variable exists, in `stream` or for requests; it is asked
    ///   for a member of a family.
    package func nginxReference(
        hasVariable: (_ name: String, _ isOfStream: Bool) -> Bool
    ) -> String {
        let directives = NginxModules.ofDirectives.map { module in
            NginxChapter(module.name, module.names.map { directive($0, of: module) })
        }
        let variables = NginxModules.ofVariables.map { module in
            NginxChapter(
                module.name,
                module.names.map { name in
                    variable(name) { hasVariable($0, module.isOfStream) }
                })
        }
        return """
            # What nginx has, and what of it works here

            Every directive and every variable of nginx 1.31, by module. Made from the rows of the
            directives in `Sources/` and a list of nginx's names; `make docs` writes it anew.
            [directives.md](directives.md) says what each directive does,
            [differences.md](differences.md) where it does so otherwise than in nginx, and
            `beranda check` what a configuration uses of this.

            | | work | accepted without effect | refused |
            | --- | ---: | ---: | ---: |
            \(NginxChapter.counts("directives", directives))
            \(NginxChapter.counts("variables", variables))

            ## Directives
            \(directives.map { $0.text }.joined())
            ## Variables
            \(variables.map { $0.text }.joined())
            """
    }

    /// The modules of nginx of which something works here.
    package var workingModules: WorkingModules {
        var found = WorkingModules()
        for module in NginxModules.ofDirectives {
            let entries = module.names.map { directive($0, of: module) }
            guard entries.contains(where: \.works) else { continue }
            if entries.contains(where: \.isRefused) {
                found.inParts.append(module.name)
            } else {
                found.whole.append(module.name)
            }
        }
        return found
    }

    private func directive(_ name: String, of module: NginxModules) -> NginxEntry {
        // The parser knows it, so that it may stand in every block.
        if name == "include" { return NginxEntry(name, .works(exceptIn: [])) }
        let scope = module.isOfStream ? Contexts.ofStream : .ofHTTP
        let rows = sections.flatMap { $0.rows }.filter {
            $0.name == name && !$0.contexts.isDisjoint(with: scope)
        }
        let known = NginxNames.find(name)
        let ours = rows.reduce(into: Contexts()) { $0.formUnion($1.contexts) }
        guard !rows.isEmpty else {
            return NginxEntry(
                name, .refused(why: known.flatMap(NginxNames.hint) ?? "not supported yet"))
        }
        if let why = rows.first?.ignoredBecause, rows.allSatisfy({ $0.ignoredBecause != nil }) {
            return NginxEntry(name, .ignored(why: why))
        }
        let missing = (known?.contexts ?? []).intersection(scope).subtracting(ours)
        return NginxEntry(name, .works(exceptIn: missing))
    }

    private func variable(_ name: String, hasVariable: (String) -> Bool) -> NginxEntry {
        let isFamily = name.hasSuffix("_")
        let written = "$" + name + (isFamily ? "…" : "")
        if hasVariable(isFamily ? name + "name" : name) {
            return NginxEntry(written, .works(exceptIn: []))
        }
        return NginxEntry(
            written, .refused(why: NginxFamily.find(name)?.advice ?? "not supported yet"))
    }
}

/// The modules of nginx of which something works, as nginx's manual calls them.
package struct WorkingModules: Sendable {
    /// Those of which no directive is refused.
    package var whole: [String] = []
    /// Those of which some are.
    package var inParts: [String] = []
}

extension Contexts {
    /// The blocks in which nginx's HTTP modules have directives.
    fileprivate static let ofHTTP: Contexts = [
        .main, .events, .http, .server, .location, .serverIf, .locationIf, .upstream, .limitExcept,
    ]

    /// The blocks in which its stream modules have directives.
    fileprivate static let ofStream: Contexts = [.main, .stream, .streamServer, .streamUpstream]
}

/// A directive or a variable of nginx, and what it is here.
private struct NginxEntry {
    enum State {
        case works(exceptIn: Contexts)
        case ignored(why: String)
        case refused(why: String)
    }

    let name: String
    let state: State

    init(_ name: String, _ state: State) {
        self.name = name
        self.state = state
    }

    var works: Bool {
        if case .works = state { true } else { false }
    }

    var isRefused: Bool {
        if case .refused = state { true } else { false }
    }
}

/// A module on the page.
private struct NginxChapter {
    let title: String
    let entries: [NginxEntry]

    init(_ title: String, _ entries: [NginxEntry]) {
        self.title = title
        self.entries = entries
    }

    /// The chapter: what works, and then the rest by its reasons.
    var text: String {
        var working: [String] = []
        var others: [(reason: String, names: [String])] = []
        for entry in entries {
            let reason: String
            switch entry.state {
            case .works(let missing):
                let without = missing.names.map { "`\($0)`" }.joined(separator: ", ")
                working.append("`\(entry.name)`" + (missing.isEmpty ? "" : " (not in \(without))"))
                continue
            case .ignored(let why): reason = "Accepted without effect (\(why))"
            case .refused(let why): reason = "Refused (\(why))"
            }
            let name = "`\(entry.name)`"
            if let known = others.firstIndex(where: { $0.reason == reason }) {
                others[known].names.append(name)
            } else {
                others.append((reason, [name]))
            }
        }
        var text = "\n### \(title)\n\n"
        if !working.isEmpty {
            text += Self.wrapped("- Works: " + working.joined(separator: ", "))
        }
        // First what does no harm. Sorted by the reason, so that the page changes little.
        others.sort { $0.reason < $1.reason }
        for other in others {
            text += Self.wrapped("- \(other.reason): " + other.names.joined(separator: ", "))
        }
        return text
    }

    /// A row of the table at the top.
    static func counts(_ what: String, _ chapters: [NginxChapter]) -> String {
        var (works, ignored, refused) = (0, 0, 0)
        for entry in chapters.flatMap({ $0.entries }) {
            switch entry.state {
            case .works: works += 1
            case .ignored: ignored += 1
            case .refused: refused += 1
            }
        }
        return "| \(what) | \(works) | \(ignored) | \(refused) |"
    }

    /// An item of a list, broken where lines get long.
    private static func wrapped(_ item: String) -> String {
        var text = ""
        var line = ""
        for word in item.split(separator: " ") {
            if line.count + 1 + word.count > 98 {
                text += line + "\n"
                line = "  " + word
            } else {
                line += (line.isEmpty ? "" : " ") + word
            }
        }
        return text + line + "\n"
    }
}
