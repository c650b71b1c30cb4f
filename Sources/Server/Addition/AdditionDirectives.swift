// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about what stands before and behind pages.

internal import Configuration

/// What the configuration puts before and behind pages.
struct AdditionSettings: Sendable {
    /// `add_before_body`.
    var before: [UInt8]?
    /// `add_after_body`.
    var after: [UInt8]?
    /// `addition_types`, besides `text/html`.
    var types = LevelList<[UInt8]>()

    var isOn: Bool { before != nil || after != nil }

    /// The media types of the pages, in lower case; none where nothing is added.
    var mediaTypes: [[UInt8]] {
        isOn ? [Array("text/html".utf8)] + types.elements : []
    }
}

/// The rows of `add_…_body`.
enum AdditionDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "add_before_body", in: .httpServerLocation, .exactly(1), syntax: "uri",
            summary: "Puts what a path of the same server gives before the content of pages."
        ) { $0.settings.addition.before = $1.nonEmptyPath },
        .simple(
            "add_after_body", in: .httpServerLocation, .exactly(1), syntax: "uri",
            summary: "Puts what a path of the same server gives behind the content of pages."
        ) { $0.settings.addition.after = $1.nonEmptyPath },
        .simple(
            "addition_types", in: .httpServerLocation, .atLeast(1), syntax: "type ...",
            default: "text/html", repeats: true,
            summary: """
                The media types of the pages that something is added to, beside text/html; `*` \
                for all.
                """
        ) {
            try $1.readMediaTypes(
                into: &$0.settings.addition.types, at: $0.level, always: "is added to")
        },
    ]
}

extension Invocation {
    /// Spec: nginx: an empty one hides that of the block around.
    fileprivate var nonEmptyPath: [UInt8]? { bytes(0).isEmpty ? nil : bytes(0) }
}
