// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// All directives of the program, for messages and for the manual.

/// A chapter of the manual: the directives of one feature.
package struct DirectiveSection: Sendable {
    package let title: String
    package let rows: [DirectiveDescription]

    /// Makes a chapter.
    package init(_ title: String, _ rows: [DirectiveDescription]) {
        self.title = title
        self.rows = rows
    }
}

/// Every directive that exists, whatever scope it changes.
package struct DirectiveCatalog: Sendable {
    /// The chapters, in the order of the manual.
    package let sections: [DirectiveSection]
    private let contextsByName: [String: Contexts]

    /// Collects chapters.
    package init(sections: [DirectiveSection]) {
        self.sections = sections
        var contexts: [String: Contexts] = [:]
        for row in sections.flatMap({ $0.rows }) {
            contexts[row.name, default: []].formUnion(row.contexts)
        }
        contextsByName = contexts
    }

    /// The names of all directives, sorted, so that the nearest of several is always the same.
    var names: [String] { contextsByName.keys.sorted() }

    /// Where a directive may stand; nil when there is no such directive.
    package func contexts(of name: String) -> Contexts? { contextsByName[name] }
}
