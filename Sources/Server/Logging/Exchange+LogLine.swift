// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A line of the access log about an exchange.
//
// What most logs have is written straight into the line; everything else is a variable like any
// other.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Writes a line, without its end.
    mutating func appendLogLine(
        _ format: LogFormat, to line: inout Buffer, _ services: inout Services
    ) {
        for index in 0..<format.parts.count {
            let part = format.parts[index]
            switch part.kind {
            case .text: line.append(part.lowerBound..<part.upperBound, of: format.text)
            case .builtIn(let name):
                if !append(name, format.escaping, to: &line, services) {
                    append(format.variables[part.lowerBound], format.escaping, to: &line, &services)
                }
            case .field(let name):
                if !append(name, format.escaping, to: &line) {
                    append(format.variables[part.lowerBound], format.escaping, to: &line, &services)
                }
            case .variable:
                append(format.variables[part.lowerBound], format.escaping, to: &line, &services)
            }
        }
    }

    /// Writes the value of a variable; a dash where it has none.
    private mutating func append(
        _ variable: Variable, _ escaping: LogEscaping, to line: inout Buffer,
        _ services: inout Services
    ) {
        append(value(of: variable, &services), escaping, to: &line)
    }

    private func append(_ place: ByteRange?, _ escaping: LogEscaping, to line: inout Buffer) {
        if let place {
            LogEscape.append(bytes.span(place.range), to: &line, escaping)
        } else if escaping == .standard {
            line.append("-")
        }
    }

    /// Writes a field of the request that came at most once.
    ///
    /// - Returns: false for a list, which must be joined.
    private func append(_ name: FieldName, _ escaping: LogEscaping, to line: inout Buffer) -> Bool {
        guard let index = head.fields.index(of: name) else {
            append(nil, escaping, to: &line)
            return true
        }
        guard head.fields.index(of: name, from: index + 1) == nil else { return false }
        let range = head.fields[index].valueRange
        append(ByteRange(range.lowerBound, range.upperBound), escaping, to: &line)
        return true
    }

    /// Writes a variable with a fixed name.
    ///
    /// - Returns: false for a rare one.
    private func append(
        _ name: BuiltInVariable, _ escaping: LogEscaping, to line: inout Buffer,
        _ services: borrowing Services
    ) -> Bool {
        switch name {
        case .request where !head.lineRange.isEmpty:
            append(head.lineRange, escaping, to: &line)
        case .requestMethod: append(head.methodRange.nonempty, escaping, to: &line)
        // Spec: nginx: a path that could not be read is empty, a missing one is a dash.
        case .uri, .documentURI:
            append(head.targetRange.isEmpty ? uri.nonempty : uri, escaping, to: &line)
        case .args, .queryString: append(arguments?.nonempty, escaping, to: &line)
        case .host where !host.isEmpty: append(host, escaping, to: &line)
        case .remoteAddress:
            line.append(upTo: CompactAddress.textByteLimit) {
                facts.address.writeAddress(into: &$0)
            }
        case .remoteUser where !head.fields.contains(.authorization):
            append(nil, escaping, to: &line)
        case .requestURI where head.targetForm != .absolute:
            append(head.targetRange.nonempty, escaping, to: &line)
        case .serverProtocol where head.methodRange.isEmpty: append(nil, escaping, to: &line)
        case .serverProtocol where head.version == .http11: line.append("HTTP/1.1")
        case .connection: line.append(decimal: facts.number)
        case .connectionRequests: line.append(decimal: facts.requestCount)
        case .pipe: line.append(facts.isPipelined ? "p" : ".")
        default: return appendResult(name, to: &line, services)
        }
        return true
    }

    private func appendResult(
        _ name: BuiltInVariable, to line: inout Buffer, _ services: borrowing Services
    ) -> Bool {
        switch name {
        case .status: line.append(decimal: UInt(max(0, response.status)), width: 3)
        case .bytesSent: line.append(decimal: response.sentByteCount)
        case .bodyBytesSent: line.append(decimal: response.sentContentCount)
        case .requestTime:
            line.append(milliseconds: Int(services.clock.now - startedAt))
        case .msec: line.append(milliseconds: services.clock.wallMilliseconds)
        case .timeLocal: line.append(services.clock.timeLocal)
        case .timeISO8601: line.append(services.clock.timeISO8601)
        default: return false
        }
        return true
    }
}

extension ByteRange {
    /// nil for what a request that could not be read does not have.
    fileprivate var nonempty: ByteRange? { isEmpty ? nil : self }
}

extension Buffer {
    /// Appends seconds with three decimals.
    fileprivate mutating func append(milliseconds: Int) {
        let count = UInt(max(0, milliseconds))
        append(decimal: count / 1000)
        append(byte: UInt8(ascii: "."))
        append(decimal: count % 1000, width: 3)
    }
}
