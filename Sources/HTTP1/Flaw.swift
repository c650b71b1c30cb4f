// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What can be wrong with a message, and what a client is told about it.

package import HTTP

/// A fault in what a client or a peer sent.
@usableFromInline
package enum Flaw: UInt8, BitwiseCopyable, CaseIterable, Sendable, Error {
    // The start line.
    case tooManyEmptyLines
    case method
    case target
    case version
    case unsupportedVersion
    case requestLineTooLong
    case statusLine

    // Field lines.
    case bareCarriageReturn
    case leadingSpace
    case obsoleteFolding
    case fieldName
    case spaceBeforeColon
    case missingColon
    case fieldValue
    case fieldTooLong
    case headTooLong
    case tooManyFields
    case duplicateField

    // Host.
    case missingHost
    case host

    // Framing.
    case contentLength
    case conflictingLength
    case transferCoding
    case unknownTransferCoding
    case transferCodingInOldVersion

    // Chunked content.
    case chunkSize
    case chunkExtension
    case chunkExtensionsTooLong
    case chunkEnd
    case trailer
    case trailerTooLong

    /// What the client is told; a peer that sent it causes 502 instead.
    package var status: Status {
        switch self {
        case .unsupportedVersion: .versionNotSupported
        case .requestLineTooLong: .targetTooLong
        case .fieldTooLong, .headTooLong, .tooManyFields, .trailerTooLong: .fieldsTooLarge
        case .unknownTransferCoding: .notImplemented
        case .chunkExtensionsTooLong: .contentTooLarge
        default: .badRequest
        }
    }

    /// The fault as the end of "client sent …".
    package var description: StaticString {
        switch self {
        case .tooManyEmptyLines: "too many empty lines before the request"
        case .method: "invalid method"
        case .target: "invalid request target"
        case .version: "invalid version"
        case .unsupportedVersion: "unsupported version"
        case .requestLineTooLong: "too long request line"
        case .statusLine: "invalid status line"
        case .bareCarriageReturn: "a carriage return without line feed"
        case .leadingSpace: "white space before the first header line"
        case .obsoleteFolding: "a folded header line"
        case .fieldName: "invalid header name"
        case .spaceBeforeColon: "white space before the colon of a header line"
        case .missingColon: "a header line without colon"
        case .fieldValue: "invalid header value"
        case .fieldTooLong: "too long header line"
        case .headTooLong: "too large header"
        case .tooManyFields: "too many header lines"
        case .duplicateField: "duplicate header line"
        case .missingHost: "HTTP/1.1 request without \"Host\" header"
        case .host: "invalid host"
        case .contentLength: "invalid \"Content-Length\" header"
        case .conflictingLength: "\"Content-Length\" and \"Transfer-Encoding\" headers together"
        case .transferCoding: "invalid \"Transfer-Encoding\" header"
        case .unknownTransferCoding: "unknown \"Transfer-Encoding\""
        case .transferCodingInOldVersion: "\"Transfer-Encoding\" in HTTP/1.0"
        case .chunkSize: "invalid chunk size"
        case .chunkExtension: "invalid chunk extension"
        case .chunkExtensionsTooLong: "too long chunk extensions"
        case .chunkEnd: "a chunk of another length than announced"
        case .trailer: "invalid trailer"
        case .trailerTooLong: "too large trailer"
        }
    }
}
