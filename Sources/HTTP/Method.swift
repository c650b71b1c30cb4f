// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Request methods.

internal import Memory

/// A request method.
///
/// Spec: RFC 9110 §9.1, case-sensitive: `get` is an unknown method, not GET.
@usableFromInline
package enum Method: UInt8, BitwiseCopyable, CaseIterable, Sendable {
    case get
    case head
    case post
    case put
    case delete
    case connect
    case options
    case trace
    case patch
    case mkcol
    case copy
    case move
    case propfind
    case proppatch
    case lock
    case unlock
    /// A method that nothing here treats specially; its name is in the head.
    case other

    /// Recognises a whole span as a method.
    package init(_ name: Span<UInt8>) {
        self.init(name, at: 0, count: name.count)
    }

    /// Recognises the method in `bytes[start..<start + count]`.
    package init(_ bytes: Span<UInt8>, at start: Int, count: Int) {
        guard count >= 3, count <= 9, start >= 0, start &+ count <= bytes.count else {
            self = .other
            return
        }
        let word = FieldNameTable.word(bytes, at: start, count: count)
        self =
            switch (count, word) {
            case (3, 0x54_4547): .get
            case (3, 0x54_5550): .put
            case (4, 0x4441_4548): .head
            case (4, 0x5453_4f50): .post
            case (4, 0x5950_4f43): .copy
            case (4, 0x4556_4f4d): .move
            case (4, 0x4b43_4f4c): .lock
            case (5, 0x48_4354_4150): .patch
            case (5, 0x45_4341_5254): .trace
            case (5, 0x4c_4f43_4b4d): .mkcol
            case (6, 0x4554_454c_4544): .delete
            case (6, 0x4b43_4f4c_4e55): .unlock
            case (7, 0x53_4e4f_4954_504f): .options
            case (7, 0x54_4345_4e4e_4f43): .connect
            case (8, 0x444e_4946_504f_5250): .propfind
            case (9, 0x4354_4150_504f_5250): bytes[start &+ 8] == 0x48 ? .proppatch : .other
            default: .other
            }
    }

    /// The name as it is written to the wire; empty for `other`.
    package var spelling: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .connect: "CONNECT"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .patch: "PATCH"
        case .mkcol: "MKCOL"
        case .copy: "COPY"
        case .move: "MOVE"
        case .propfind: "PROPFIND"
        case .proppatch: "PROPPATCH"
        case .lock: "LOCK"
        case .unlock: "UNLOCK"
        case .other: ""
        }
    }

    /// Whether the client asks for no change of state.
    ///
    /// Spec: RFC 9110 §9.2.1; PROPFIND by RFC 4918 §9.1.
    package var isSafe: Bool {
        switch self {
        case .get, .head, .options, .trace, .propfind: true
        default: false
        }
    }

    /// Whether repeating the request is the same as sending it once.
    ///
    /// Spec: RFC 9110 §9.2.2; the WebDAV methods by RFC 4918 §9. LOCK and unknown ones are not.
    package var isIdempotent: Bool {
        switch self {
        case .put, .delete, .mkcol, .copy, .move, .proppatch, .unlock: true
        default: isSafe
        }
    }
}
