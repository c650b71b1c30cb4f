// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Lines of the access log.

internal import HTTP
internal import Memory

extension Services {
    /// Writes an exchange into the access logs of its location.
    mutating func logAccess(_ exchange: inout Exchange) {
        guard site.locations[exchange.locationIndex].steps.contains(.logsAccess) else { return }
        let site = self.site
        let logs = site.locations[exchange.locationIndex].settings.log.access.elements
        for log in logs {
            if let condition = log.condition {
                let value = exchange.evaluate(condition, &self)
                if value.isEmpty || exchange.bytes.span(value.range).equals("0") { continue }
            }
            var line = Buffer(capacity: 256)
            for segment in log.format.segments {
                switch segment {
                case .literal(let text): line.append(text)
                case .variable(let variable):
                    guard let value = exchange.value(of: variable, &self), !value.isEmpty else {
                        if log.escaping == .standard { line.append("-") }
                        continue
                    }
                    LogEscape.append(exchange.bytes.span(value.range), to: &line, log.escaping)
                }
            }
            line.append("\n")
            self.log.append(to: log.file) { $0.append(contentsOf: line) }
        }
    }
}

/// Writes values so that they cannot forge a line.
///
/// Spec: nginx `log_format … escape=`: `default` writes quotes, backslashes and everything outside
///       of printable ASCII as \xXX; `json` as JSON strings need it; `none` as it is.
enum LogEscape {
    static func append(_ value: Span<UInt8>, to line: inout Buffer, _ escaping: LogEscaping) {
        switch escaping {
        case .none: line.append(value)
        case .standard:
            for index in value.indices { appendStandard(value[index], to: &line) }
        case .json: line.append(jsonText: value)
        }
    }

    private static func appendStandard(_ byte: UInt8, to line: inout Buffer) {
        if byte < 0x20 || byte > 0x7E || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
            line.append("\\x")
            line.append(capitalHex: byte)
        } else {
            line.append(byte: byte)
        }
    }
}
