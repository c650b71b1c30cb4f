// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about added response fields.

/// `add_header`.
struct HeaderSettings: Sendable {
    var added = LevelList<AddedField>()
}

/// One `add_header`.
struct AddedField: Sendable {
    var name: [UInt8]
    var value: Template
    /// Whether it is added whatever the status.
    var isUnconditional: Bool

    /// The statuses that an `add_header` without `always` applies to.
    static func applies(to status: Int) -> Bool {
        switch status {
        case 200, 201, 204, 206, 301, 302, 303, 304, 307, 308: true
        default: false
        }
    }
}
