// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The fields that a location adds, written out when the configuration is loaded.

internal import Memory

/// What a location adds to its responses, where it never differs from one to the next.
///
/// Why: security fields are in most configurations, on every response, and are nearly always
///      constant. One copy then adds all of them.
struct HeaderPlan: ~Copyable, Sendable {
    /// `expires`.
    let expires: Expires
    /// Whether the lines here are all of `add_header`.
    let hasAllLines: Bool
    /// The lines for the statuses that fields without `always` apply to.
    let usualLines: Buffer
    /// The lines for all other statuses.
    let unconditionalLines: Buffer

    init(_ settings: HeaderSettings) {
        let fields = settings.added.elements
        var usual = Buffer(capacity: 0)
        var unconditional = Buffer(capacity: 0)
        hasAllLines = fields.allSatisfy { $0.value.constant != nil && !$0.replaces }
        for field in hasAllLines ? fields : [] {
            usual.append(field)
            if field.isUnconditional { unconditional.append(field) }
        }
        expires = settings.expires
        usualLines = usual
        unconditionalLines = unconditional
    }
}

extension Buffer {
    /// Appends a field whose value has no variables; nothing when it is empty.
    fileprivate mutating func append(_ field: AddedField) {
        guard let text = field.value.constant, !text.isEmpty else { return }
        let value = Buffer(text)
        append(field.name)
        append(": ")
        appendFieldValue(0..<value.count, of: value)
        append("\r\n")
    }
}
