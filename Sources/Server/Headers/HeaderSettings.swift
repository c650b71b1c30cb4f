// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about fields that are added to responses.

internal import Memory

/// `expires`, `add_header` and `add_trailer`.
struct HeaderSettings: Sendable {
    var added = AddedFields()
    var trailers = AddedFields()
    var expires = Expires.off
    /// What `expires` reads its value from when that is a variable.
    var expiresValue: Template?

    /// Whether a field of this name is given instead of what a file says of itself.
    func replaces(_ name: StaticString) -> Bool {
        added.elements.contains { $0.replaces && $0.name.span.equalsIgnoringCase(name) }
    }

    /// Whether how long an answer may be used again is said here, and not by the file.
    var decidesCaching: Bool {
        expires != .off
            || added.elements.contains { $0.name.span.equalsIgnoringCase("Cache-Control") }
    }

    /// The steps of a request's way that these settings ask for.
    var steps: Location.Steps {
        if !trailers.elements.isEmpty { return [.addsFields, .addsTrailers] }
        return expires == .off && added.elements.isEmpty ? [] : .addsFields
    }

    /// Begins a block within the one that these settings are of.
    mutating func enter() {
        added.enter()
        trailers.enter()
    }
}

/// The fields that a block and those around it add.
struct AddedFields: Sendable {
    private var own: [AddedField] = []
    private var inherited: [AddedField] = []
    var inheritance = Inheritance.unlessHidden

    /// What becomes of the fields of the blocks around.
    enum Inheritance: Sendable {
        /// `off`: they are not inherited.
        case never
        /// `on`: they are, unless the block has some of its own.
        case unlessHidden
        /// `merge`: they stand behind those of the block.
        case always
    }

    /// Those that are added.
    var elements: [AddedField] {
        switch inheritance {
        case .never: own
        case .unlessHidden: own.isEmpty ? inherited : own
        case .always: own + inherited
        }
    }

    /// Those of the blocks around that the block does not have, because it has others.
    var hidden: [AddedField] {
        guard inheritance == .unlessHidden, !own.isEmpty else { return [] }
        return inherited.filter { field in
            !own.contains { $0.name.span.equalsIgnoringCase(field.name) }
        }
    }

    mutating func append(_ field: AddedField) { own.append(field) }

    /// Begins a block within this one.
    mutating func enter() {
        inherited = elements
        own = []
    }
}

/// One `add_header` or `add_trailer`.
struct AddedField: Sendable {
    var name: [UInt8]
    var value: Template
    /// Whether it is added whatever the status.
    var isUnconditional: Bool

    /// Whether it takes the place of a field of the same name.
    ///
    /// Why: two of these contradict each other.
    /// Spec: nginx, undocumented. An empty value takes the field away.
    var replaces: Bool {
        name.span.equalsIgnoringCase("Last-Modified") || name.span.equalsIgnoringCase("ETag")
    }

    /// The statuses that `expires`, and fields without `always`, apply to.
    static func applies(to status: Int) -> Bool {
        switch status {
        case 200, 201, 204, 206, 301, 302, 303, 304, 307, 308: true
        default: false
        }
    }
}
