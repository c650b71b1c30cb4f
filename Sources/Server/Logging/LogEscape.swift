// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Bytes as text of a log line. Pure.

internal import Memory

/// Writes values so that they cannot forge a line.
///
/// Spec: nginx `log_format … escape=`: `default` writes quotes, backslashes and everything outside
///       of printable ASCII as \xXX; `json` as JSON strings need it; `none` as it is.
enum LogEscape {
    static func append(_ value: Span<UInt8>, to line: inout Buffer, _ escaping: LogEscaping) {
        switch escaping {
        case .none: line.append(value)
        case .standard: appendStandard(value, to: &line)
        case .json: line.append(jsonText: value)
        }
    }

    private static func appendStandard(_ value: Span<UInt8>, to line: inout Buffer) {
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
