// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a server says about itself at the beginning, and the bounds of a session.

/// The settings and limits of a session.
package struct HTTP2Settings: BitwiseCopyable, Sendable {
    /// How many streams a client may have open.
    package var concurrentStreamLimit = 128
    /// What a stream may send before anybody takes it.
    package var streamWindow = 65_536
    /// The longest field of a head, name and value.
    package var fieldByteLimit = 8 << 10
    /// All fields of a head together.
    package var headByteLimit = 32 << 10
    /// Whether CONNECT may open a WebSocket (RFC 8441).
    package var allowsExtendedConnect = true

    package init() {}

    /// The connection's own window: streams are what holds clients back.
    ///
    /// Spec: nginx NGX_HTTP_V2_MAX_WINDOW.
    static var connectionWindow: Int32 { .max }

    /// CONTINUATION frames behind one HEADERS frame; the bytes in them are bounded as well.
    static var continuationLimit: Int { 64 }

    /// The fields of a response.
    static var answerByteLimit: Int { 64 << 10 }

    /// Answers to PING and SETTINGS that a client has not taken yet.
    static var unsentAnswerLimit: Int { 1000 }

    /// Settings in one frame.
    static var settingLimit: Int { 64 }
}

/// Why a stream or a session ends.
///
/// Spec: RFC 9113 §7.
package struct HTTP2ErrorCode: RawRepresentable, BitwiseCopyable, Equatable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static var noError: HTTP2ErrorCode { HTTP2ErrorCode(rawValue: 0) }
    package static var protocolError: HTTP2ErrorCode { HTTP2ErrorCode(rawValue: 1) }
    package static var internalError: HTTP2ErrorCode { HTTP2ErrorCode(rawValue: 2) }
    package static var refusedStream: HTTP2ErrorCode { HTTP2ErrorCode(rawValue: 7) }
    package static var cancel: HTTP2ErrorCode { HTTP2ErrorCode(rawValue: 8) }
    package static var enhanceYourCalm: HTTP2ErrorCode { HTTP2ErrorCode(rawValue: 11) }
}

/// What is wrong with the head of a request.
package enum HTTP2Flaw: BitwiseCopyable, Equatable, Sendable {
    case fieldName
    case fieldValue
    case pseudoFieldOrder
    case unknownPseudoField
    case duplicatePseudoField
    case emptyPseudoField
    case noMethod
    case noScheme
    case noPath
    case scheme
    case path
    case noAuthority
    case differentAuthority
    case connectionField
    case trailersExpected
    case tooManyFields

    /// The fault as the end of "client sent …".
    package var description: StaticString {
        switch self {
        case .fieldName: "invalid header name"
        case .fieldValue: "header with invalid value"
        case .pseudoFieldOrder: "out of order pseudo-headers"
        case .unknownPseudoField: "unknown pseudo-header"
        case .duplicatePseudoField: "duplicate pseudo-header"
        case .emptyPseudoField: "empty pseudo-header"
        case .noMethod: "no :method header"
        case .noScheme: "no :scheme header"
        case .noPath: "no :path header"
        case .scheme: "invalid :scheme header"
        case .path: "invalid :path header"
        case .noAuthority: "neither \":authority\" nor \"Host\" header"
        case .differentAuthority:
            "\":authority\" and \"Host\" headers with different values"
        case .connectionField: "a header that is for one connection only"
        case .trailersExpected: "invalid \"TE\" header"
        case .tooManyFields: "too many header lines"
        }
    }
}
