// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Bytes as text of a log line. Pure.

internal import Memory

/// Writes values so that they cannot forge a line.
///
/// Spec: nginx `log_format … escape=`: `default` writes quotes, backslashes and everything outside
///       of printable ASCII as \xXX; `json` as JSON strings need it; `none` as it is,
///       but for line ends, with which a client could write lines of its own.
enum LogEscape {
    /// A value as it may stand in a message.
    static func text(_ value: Span<UInt8>) -> String {
        var escaped = Buffer(capacity: value.count)
        append(value, to: &escaped, .standard)
        return String(decoding: escaped.copied(), as: UTF8.self)
    }

    static func text(_ value: [UInt8]) -> String { text(value.span) }

    static func append(_ value: Span<UInt8>, to line: inout Buffer, _ escaping: LogEscaping) {
        switch escaping {
        case .none: append(value, to: &line) { $0 == 0x0A || $0 == 0x0D }
        case .standard: append(value, to: &line, where: isSpecial)
        case .json: line.append(jsonText: value)
        }
    }

    /// Appends bytes, and those that are special as \xXX.
    private static func append(
        _ value: Span<UInt8>, to line: inout Buffer, where isSpecial: (UInt8) -> Bool
    ) {
        var start = 0
        for index in value.indices where isSpecial(value[index]) {
            line.append(value.extracting(start..<index))
            line.append("\\x")
            line.append(capitalHex: value[index])
            start = index + 1
        }
        line.append(value.extracting(start..<value.count))
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte > 0x7E || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }
}
