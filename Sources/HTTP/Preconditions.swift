// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Conditional requests: whether the client has what it asks for already.

internal import Memory

/// Evaluates the preconditions of a request against the response that it would get.
///
/// Only for a response that would be 200 or another 2xx: the RFC tells us to ignore them otherwise.
package enum Preconditions {
    /// What the preconditions say.
    package enum Outcome: BitwiseCopyable, Sendable {
        /// They hold, or there are none.
        case proceed
        /// 304.
        case notModified
        /// 412.
        case preconditionFailed
    }

    /// How If-Modified-Since is compared, by nginx's directive of the same name.
    package enum ModificationCheck: BitwiseCopyable, Sendable {
        /// The times must be equal; nginx's default.
        case exact
        /// The file must not be newer than the time given.
        case before
        /// The field is ignored.
        case off
    }

    /// All names that matter to `evaluate`, to skip it with one test of `fields.present`.
    package static var names: FieldNameSet {
        FieldNameSet(.ifMatch).union(FieldNameSet(.ifNoneMatch))
            .union(FieldNameSet(.ifModifiedSince)).union(FieldNameSet(.ifUnmodifiedSince))
    }

    /// Evaluates the fields of `head`, whose bytes are `bytes`.
    ///
    /// Units: `lastModified` in seconds since 1970.
    /// Spec: RFC 9110 §13.2.2, steps 1 to 4 by their numbers; step 5 is `ifRange`. A date that is
    ///       none is ignored (§13.1.3).
    package static func evaluate(
        _ head: borrowing RequestHead, _ bytes: Span<UInt8>, etag: Span<UInt8>?,
        lastModified: Int?, check: ModificationCheck = .exact
    ) -> Outcome {
        guard !head.fields.present.isDisjoint(with: names) else { return .proceed }
        // 1 and 2.
        if let field = head.fields.first(of: .ifMatch) {
            let value = bytes.extracting(field.valueRange)
            if !EntityTag.ifMatch(value, names: etag) { return .preconditionFailed }
        } else if let field = head.fields.first(of: .ifUnmodifiedSince), let lastModified {
            let date = HTTPDate.parse(bytes.extracting(field.valueRange))
            if let date, lastModified > date { return .preconditionFailed }
        }
        // 3 and 4.
        let isRead = head.method == .get || head.method == .head
        if let field = head.fields.first(of: .ifNoneMatch) {
            let value = bytes.extracting(field.valueRange)
            if EntityTag.ifNoneMatch(value, names: etag) {
                return isRead ? .notModified : .preconditionFailed
            }
        } else if isRead, let field = head.fields.first(of: .ifModifiedSince), let lastModified {
            let value = bytes.extracting(field.valueRange)
            if isUnmodified(lastModified, since: value, check) { return .notModified }
        }
        return .proceed
    }

    /// Whether If-Range names this version.
    ///
    /// Spec: RFC 9110 §13.1.5. A weak tag never does; a date must be equal.
    package static func ifRange(
        _ value: Span<UInt8>, holdsFor etag: Span<UInt8>?, _ lastModified: Int?
    ) -> Bool {
        if value.startsWith("\"") || EntityTag.isWeak(value) {
            guard let etag else { return false }
            return EntityTag.matches(value, etag, .strong)
        }
        guard let lastModified, let date = HTTPDate.parse(value) else { return false }
        return date == lastModified
    }

    private static func isUnmodified(
        _ lastModified: Int, since value: Span<UInt8>, _ check: ModificationCheck
    ) -> Bool {
        switch check {
        case .off: return false
        case .exact: return HTTPDate.parse(value) == lastModified
        case .before: return HTTPDate.parse(value).map { lastModified <= $0 } ?? false
        }
    }
}
