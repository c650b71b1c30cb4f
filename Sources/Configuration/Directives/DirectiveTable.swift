// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Applies rows to statements.

/// The directives that may change one kind of scope.
///
/// Several rows may share a name as long as their contexts differ (`server` in `http` and in
/// `upstream`).
package struct DirectiveTable<Scope>: Sendable {
    private let rows: [Directive<Scope>]
    private let indexes: [[UInt8]: [Int]]

    /// Makes a table of rows.
    package init(_ rows: [Directive<Scope>]) {
        self.rows = rows
        var indexes: [[UInt8]: [Int]] = [:]
        for (index, row) in rows.enumerated() {
            indexes[Array(row.name.utf8), default: []].append(index)
        }
        self.indexes = indexes
    }

    /// What the rows say about themselves, in their order.
    package var descriptions: [DirectiveDescription] { rows.map { $0.description } }

    /// Applies the statements of one block: first the simple ones, then the blocks.
    ///
    /// Each in the order of the text. A statement that is wrong is reported and left out; the
    /// others are applied all the same, so that all errors are found at once. `context` may hold
    /// several kinds, for a main file that is a bare list of servers.
    package func apply(
        _ statements: [Statement], in context: Contexts, to scope: inout Scope,
        _ diagnostics: inout Diagnostics
    ) {
        var blocks: [(Directive<Scope>.Action, Invocation)] = []
        var firstUses: [[UInt8]: Statement] = [:]
        for (position, statement) in statements.enumerated() {
            guard let row = check(statement, in: context, &firstUses, &diagnostics) else {
                continue
            }
            let invocation = Invocation(
                directive: row.description, name: statement.name, arguments: statement.arguments,
                children: statement.block ?? [],
                context: row.description.contexts.intersection(context), position: position)
            switch row.kind {
            case .simple(let action), .values(let action):
                run(action, invocation, on: &scope, &diagnostics)
            case .block(let action):
                blocks.append((action, invocation))
            case .ignored(let why):
                diagnostics.addIgnored(row.name, why: why)
            }
        }
        for (action, invocation) in blocks { run(action, invocation, on: &scope, &diagnostics) }
    }

    private func run(
        _ action: Directive<Scope>.Action, _ invocation: Invocation, on scope: inout Scope,
        _ diagnostics: inout Diagnostics
    ) {
        var invocation = invocation
        // Moved in and out again, never copied.
        swap(&invocation.diagnostics, &diagnostics)
        defer { swap(&invocation.diagnostics, &diagnostics) }
        do {
            try action(&scope, &invocation)
        } catch {
            let flaw = error as? Diagnostic
            invocation.diagnostics.add(flaw ?? Diagnostic("\(error)", at: invocation.location))
        }
    }

    // MARK: Checks

    /// Finds the row of a statement; nil after reporting why it cannot be applied.
    private func check(
        _ statement: Statement, in context: Contexts, _ firstUses: inout [[UInt8]: Statement],
        _ diagnostics: inout Diagnostics
    ) -> Directive<Scope>? {
        let candidates = (indexes[statement.name.bytes] ?? []).map { rows[$0] }
        guard
            let row = candidates.first(where: { !$0.description.contexts.isDisjoint(with: context) }
            )
        else {
            let flaw = misplaced(
                statement, candidates, in: context, diagnostics.catalog, diagnostics.errorCount)
            diagnostics.add(flaw)
            return nil
        }
        if let flaw = shapeFlaw(of: statement, row, diagnostics.catalog) {
            diagnostics.add(flaw)
            return nil
        }
        if case .atLeast = row.description.arity,
            let flaw = missingSemicolon(in: statement, diagnostics.catalog, severity: .warning)
        {
            diagnostics.add(flaw)
        }
        if let first = firstUses[statement.name.bytes], !row.allowsRepetition {
            diagnostics.add(
                Diagnostic(
                    "\"\(row.name)\" directive is duplicate", at: statement.name.location,
                    label: "first used on line \(first.name.location.line)"))
            return nil
        }
        firstUses[statement.name.bytes] = statement
        return row
    }

    /// What is wrong with the number of arguments or with the block; nil when nothing is.
    private func shapeFlaw(
        of statement: Statement, _ row: Directive<Scope>, _ catalog: DirectiveCatalog
    ) -> Diagnostic? {
        let (name, description) = (statement.name, row.description)
        let isShort = !description.isBlock && statement.block != nil
        let isCountRight = description.arity.accepts(statement.arguments.count)
        if !isCountRight || isShort, let flaw = missingSemicolon(in: statement, catalog) {
            return flaw
        }
        if isShort, description.ignoredBecause == nil {
            return Diagnostic(
                "directive \"\(row.name)\" is not terminated by \";\"", at: name.location,
                label: "this directive has no block")
        }
        if description.isBlock, statement.block == nil {
            return Diagnostic(
                "directive \"\(row.name)\" has no opening \"{\"", at: statement.end,
                label: "expected a block")
        }
        guard !isCountRight else { return nil }
        return Diagnostic(
            "invalid number of arguments in \"\(row.name)\" directive", at: name.location,
            label: "expected \(description.arity.expectation)",
            help: description.syntax.isEmpty ? nil : "\(row.name) \(description.syntax);")
    }

    /// Recognises a directive that was swallowed as arguments of the one before it.
    private func missingSemicolon(
        in statement: Statement, _ catalog: DirectiveCatalog, severity: Diagnostic.Severity = .error
    ) -> Diagnostic? {
        var previous = statement.name
        for word in statement.arguments {
            if word.location.line > previous.location.line, !word.isQuoted, isKnown(word, catalog) {
                return Diagnostic(
                    "missing \";\" before \"\(word.text)\"", at: previous.location.end,
                    label: "expected \";\" here", severity: severity)
            }
            previous = word
        }
        return nil
    }

    private func isKnown(_ word: Word, _ catalog: DirectiveCatalog) -> Bool {
        indexes[word.bytes] != nil || catalog.contexts(of: word.text) != nil
            || NginxNames.find(word.text) != nil
    }

    /// Says why a statement has no row here.
    private func misplaced(
        _ statement: Statement, _ candidates: [Directive<Scope>], in context: Contexts,
        _ catalog: DirectiveCatalog, _ errorCount: Int
    ) -> Diagnostic {
        let name = statement.name.text
        var allowed = catalog.contexts(of: name) ?? []
        for row in candidates { allowed.formUnion(row.description.contexts) }
        if !allowed.isEmpty {
            return .notAllowed(statement.name, in: allowed)
        }
        if let known = NginxNames.find(name) {
            return known.contexts.isEmpty || !known.contexts.isDisjoint(with: context)
                ? known.unsupported(at: statement.name.location)
                : .notAllowed(statement.name, in: known.contexts)
        }
        // Searching for names costs time, and nobody reads the hundredth hint.
        let isSearched = errorCount < Diagnostics.printedLimit
        let hint = isSearched ? nearest(to: statement, in: context, catalog) : nil
        let isRegex = name.utf8.contains(UInt8(ascii: "}"))
        return Diagnostic(
            "unknown directive \"\(name)\"", at: statement.name.location, label: hint ?? "",
            help: isRegex ? "a regular expression that contains \"{\" or \";\" must be quoted" : nil
        )
    }

    /// What the author of an unknown name probably meant.
    private func nearest(
        to statement: Statement, in context: Contexts, _ catalog: DirectiveCatalog
    ) -> String? {
        let allowed = rows.filter { !$0.description.contexts.isDisjoint(with: context) }
        let names = allowed.map { $0.name }
        let name = statement.name.text
        if name.hasPrefix("else") { return "there is none: write another `if`, or use `map`" }
        if let cut = name.firstIndex(where: { $0 == ":" || $0 == "=" }),
            names.contains(String(name[..<cut]))
        {
            return "expected a space: `\(name[..<cut]) \(name[name.index(after: cut)...])`"
        }
        let typed = Array(name.lowercased().utf8)
        if let near = closestName(to: typed, among: names) { return "did you mean `\(near)`?" }
        return closestName(to: typed, among: catalog.names).map { near in
            let places = catalog.contexts(of: near)?.names.joined(separator: ", ") ?? ""
            return "did you mean `\(near)`? It is allowed in: \(places)"
        }
    }
}

extension Diagnostic {
    fileprivate static func notAllowed(_ name: Word, in contexts: Contexts) -> Diagnostic {
        Diagnostic(
            "\"\(name.text)\" directive is not allowed here", at: name.location,
            label: "allowed in: " + contexts.names.joined(separator: ", "))
    }
}
