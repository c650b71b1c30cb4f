// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about added response fields.

internal import Memory

/// `add_header`.
struct HeaderSettings: Sendable {
    var added = LevelList<AddedField>()

    /// Whether a field of this name is given instead of what a file says of itself.
    func replaces(_ name: StaticString) -> Bool {
        added.elements.contains { $0.replaces && $0.name.span.equalsIgnoringCase(name) }
    }
}

/// One `add_header`.
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

    /// The statuses that an `add_header` without `always` applies to.
    static func applies(to status: Int) -> Bool {
        switch status {
        case 200, 201, 204, 206, 301, 302, 303, 304, 307, 308: true
        default: false
        }
    }
}
