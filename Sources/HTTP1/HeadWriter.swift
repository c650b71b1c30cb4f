// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Writes request and response heads.
//
// Every byte that is not ours is checked here, so that no value, wherever it came from, can end a
// line early and start another.

package import HTTP
package import Memory

/// Appends the parts of a head to a buffer.
package enum HeadWriter {
    /// The status line; without a reason phrase for codes that have none.
    package static func statusLine(_ status: Status, to buffer: inout Buffer) {
        let status = status.onTheWire
        if let line = status.line {
            buffer.append(line)
            return
        }
        buffer.append("HTTP/1.1 ")
        buffer.append(decimal: UInt(status.rawValue), width: 3)
        buffer.append(" \r\n")
    }

    /// The status line with the reason phrase of a peer, when that is clean.
    package static func statusLine(
        _ status: Status, reason: Span<UInt8>, to buffer: inout Buffer
    ) {
        guard isValue(reason) else { return statusLine(status, to: &buffer) }
        buffer.append("HTTP/1.1 ")
        buffer.append(decimal: UInt(status.rawValue), width: 3)
        buffer.append(byte: 32)
        buffer.append(reason)
        buffer.append("\r\n")
    }

    /// The request line; appends nothing and answers false when method or target are none.
    package static func requestLine(
        method: Span<UInt8>, target: Span<UInt8>, version: Version = .http11,
        to buffer: inout Buffer
    ) -> Bool {
        guard isToken(method), isTarget(target) else { return false }
        buffer.append(method)
        buffer.append(byte: 32)
        buffer.append(target)
        buffer.append(version == .http10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n")
        return true
    }

    /// A field line; appends nothing and answers false when the name or value is none.
    package static func field(
        _ name: Span<UInt8>, _ value: Span<UInt8>, to buffer: inout Buffer
    ) -> Bool {
        guard isToken(name), isValue(value) else { return false }
        buffer.append(name)
        buffer.append(": ")
        buffer.append(value)
        buffer.append("\r\n")
        return true
    }

    /// A field line with a name of ours; appends nothing and answers false when the value is none.
    package static func field(
        _ name: FieldName, _ value: Span<UInt8>, to buffer: inout Buffer
    ) -> Bool {
        guard isValue(value) else { return false }
        buffer.append(name.spelling)
        buffer.append(": ")
        buffer.append(value)
        buffer.append("\r\n")
        return true
    }

    /// A field line with a name and a value of ours.
    package static func field(
        _ name: FieldName, _ value: StaticString, to buffer: inout Buffer
    ) {
        buffer.append(name.spelling)
        buffer.append(": ")
        buffer.append(value)
        buffer.append("\r\n")
    }

    /// `Content-Length`.
    package static func contentLength(_ byteCount: Int, to buffer: inout Buffer) {
        buffer.append("Content-Length: ")
        buffer.append(decimal: max(byteCount, 0))
        buffer.append("\r\n")
    }

    /// `Transfer-Encoding: chunked`.
    package static func chunked(to buffer: inout Buffer) {
        buffer.append("Transfer-Encoding: chunked\r\n")
    }

    /// `Connection`, as nginx says it in every response.
    package static func connection(_ persistence: Persistence, to buffer: inout Buffer) {
        switch persistence {
        case .keepAlive: buffer.append("Connection: keep-alive\r\n")
        case .close: buffer.append("Connection: close\r\n")
        }
    }

    /// A field whose value is a date.
    package static func date(_ name: FieldName, seconds: Int, to buffer: inout Buffer) {
        buffer.append(name.spelling)
        buffer.append(": ")
        let text = HTTPDate.text(seconds: seconds)
        buffer.append(text.span)
        buffer.append("\r\n")
    }

    /// The empty line that ends a head.
    package static func end(to buffer: inout Buffer) { buffer.append("\r\n") }

    /// Whether the bytes can be the value of a field: no CR, LF, NUL or other control but tab.
    package static func isValue(_ bytes: Span<UInt8>) -> Bool {
        FieldLine.valueEnd(bytes, 0) >= bytes.count
    }

    /// Whether the bytes can be a request target: not empty, no control, no space.
    package static func isTarget(_ bytes: Span<UInt8>) -> Bool {
        bytes.count > 0 && RequestTarget.end(bytes, 0) >= bytes.count
    }

    /// Whether the bytes can be the name of a field or a method.
    package static func isToken(_ bytes: Span<UInt8>) -> Bool {
        for i in 0..<bytes.count where !ByteClass.isToken(bytes[i]) { return false }
        return bytes.count > 0
    }
}
