// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The manual page of the directives, made of their rows.
//
// The same rows always give the same page, so that a test can tell a stale one.

extension DirectiveCatalog {
    /// The page in Markdown: the chapters in their order, then the directives without effect.
    package func reference() -> String {
        var page = """
            # Directives

            Made from the rows of the directives in `Sources/`; `make docs` writes it anew.

            """
        for section in sections {
            let entries = DirectiveCatalog.merged(section.rows.filter { $0.ignoredBecause == nil })
            guard !entries.isEmpty else { continue }
            page += "\n## \(section.title)\n"
            for entry in entries { page += "\n" + DirectiveCatalog.entry(entry) }
        }
        let ignored = sections.flatMap { $0.rows }.filter { $0.ignoredBecause != nil }
        return page + DirectiveCatalog.ignoredTable(DirectiveCatalog.merged(ignored))
    }

    /// Joins rows that say the same for different blocks.
    private static func merged(_ rows: [DirectiveDescription]) -> [DirectiveDescription] {
        var entries: [DirectiveDescription] = []
        for row in rows {
            let same = entries.firstIndex { entry in
                var other = row
                other.contexts = entry.contexts
                return entry == other
            }
            if let same {
                entries[same].contexts.formUnion(row.contexts)
            } else {
                entries.append(row)
            }
        }
        return entries
    }

    private static func entry(_ row: DirectiveDescription) -> String {
        let arguments = row.syntax.isEmpty ? "" : " " + row.syntax
        let ending = row.isBlock ? " { … }" : ";"
        var text = "### `\(row.name)`\n\n\(row.summary)\n\n"
        text += "- Syntax: `\(row.name)\(arguments)\(ending)`\n"
        if let value = row.defaultValue {
            let written = row.isBlock ? value : "\(row.name) \(value);"
            text += "- Default: `\(written)`\n"
        }
        text += "- Context: \(row.contexts.names.joined(separator: ", "))\n"
        text += "- From: \(row.origin.rawValue)\n"
        return text
    }

    private static func ignoredTable(_ rows: [DirectiveDescription]) -> String {
        guard !rows.isEmpty else { return "" }
        var text = "\n## Accepted without effect\n\n"
        text += "`beranda -t` lists those that a configuration uses.\n\n"
        text += "| directive | why |\n| --- | --- |\n"
        for row in rows.sorted(by: { $0.name < $1.name }) {
            text += "| `\(row.name)` | \(row.ignoredBecause ?? "") |\n"
        }
        return text
    }
}
