// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Finds the commands of server side includes in a page: bytes in, texts and commands out.
//
// It knows no command by name, and reads the page in whatever pieces it comes.

internal import Memory

/// A command as it stands in a page, `<!--#name key="value" … -->`.
struct IncludeCommand: Equatable {
    var name: [UInt8] = []
    var parameters: [Parameter] = []

    struct Parameter: Equatable {
        var name: [UInt8]
        var value: [UInt8] = []
    }

    /// The command written out again.
    var text: [UInt8] {
        var text = Array("<!--#".utf8) + name
        for parameter in parameters {
            text += [UInt8(ascii: " ")] + parameter.name + Array("=\"".utf8) + parameter.value
            text.append(UInt8(ascii: "\""))
        }
        return text + Array(" -->".utf8)
    }
}

/// Reads a page byte by byte.
///
/// Limits: as nginx: 32 bytes of a command's name or a parameter's, `valueByteLimit` of a value;
///         16 parameters, of which no command has so many.
/// Spec: nginx ngx_http_ssi_parse, whose states these are.
struct IncludeParser {
    /// What the page is found to consist of.
    enum Event: Equatable {
        /// All bytes have been read, and are to be passed on so far as they are text.
        case needsBytes
        case command(IncludeCommand)
        /// Something that began as a command and is none; the flaw in nginx's words.
        case flaw(String)
    }

    private enum State: BitwiseCopyable {
        case text
        /// So many bytes of `<!--#` have been read.
        case opening(Int)
        case beforeCommand
        case command
        case beforeParameter
        case parameter
        case beforeEquals
        case beforeValue
        case value(UInt8)
        /// Behind a backslash in a value.
        case escaped(UInt8)
        case afterValue
        case dash
        case twoDashes
        case skipping
        case skippingDash
        case skippingTwoDashes
    }

    private let valueByteLimit: Int
    private var state = State.text
    private var command = IncludeCommand()
    private var flaw = ""

    init(valueByteLimit: Int) {
        self.valueByteLimit = valueByteLimit
    }

    private static var nameByteLimit: Int { 32 }
    private static var parameterLimit: Int { 16 }
    private static let mark = Array("<!--#".utf8)

    /// Reads on until something was found.
    ///
    /// - Parameters:
    ///   - offset: where in the bytes to go on; moved behind what was read.
    ///   - text: what is none of a command is added to it.
    mutating func next(
        _ bytes: Span<UInt8>, from offset: inout Int, text: inout Buffer
    ) -> Event {
        while offset < bytes.count {
            if case .text = state {
                let end = bytes.firstOffset(of: UInt8(ascii: "<"), from: offset) ?? bytes.count
                text.append(bytes.extracting(offset..<end))
                offset = end
                guard offset < bytes.count else { break }
            }
            let byte = bytes[offset]
            offset += 1
            if let event = take(byte, &text) { return event }
        }
        return .needsBytes
    }

    /// Ends the page: what looked like the beginning of a command was text.
    mutating func finish(text: inout Buffer) {
        if case .opening(let count) = state { text.append(Self.mark.span.extracting(0..<count)) }
        state = .text
    }

    private mutating func take(_ byte: UInt8, _ text: inout Buffer) -> Event? {
        switch state {
        case .text: state = .opening(1)
        case .opening(let count): open(byte, count, &text)
        case .beforeCommand, .command, .beforeParameter, .parameter: takeName(byte)
        case .beforeEquals, .beforeValue, .value, .escaped, .afterValue: takeValue(byte)
        case .dash:
            if byte == UInt8(ascii: "-") { state = .twoDashes } else { failAtEnd(byte) }
        case .twoDashes:
            guard byte == UInt8(ascii: ">") else {
                failAtEnd(byte)
                break
            }
            state = .text
            return .command(command)
        case .skipping: if byte == UInt8(ascii: "-") { state = .skippingDash }
        case .skippingDash:
            state = byte == UInt8(ascii: "-") ? .skippingTwoDashes : .skipping
        case .skippingTwoDashes:
            guard byte == UInt8(ascii: ">") else {
                state = .skipping
                break
            }
            state = .text
            return .flaw(flaw)
        }
        return nil
    }

    /// Reads on in `<!--#`.
    private mutating func open(_ byte: UInt8, _ count: Int, _ text: inout Buffer) {
        if byte == Self.mark[count] {
            guard count + 1 == Self.mark.count else {
                state = .opening(count + 1)
                return
            }
            command = IncludeCommand()
            state = .beforeCommand
            return
        }
        text.append(Self.mark.span.extracting(0..<count))
        if byte == UInt8(ascii: "<") {
            state = .opening(1)
        } else {
            text.append(byte: byte)
            state = .text
        }
    }

    private mutating func takeName(_ byte: UInt8) {
        let isBlank = Self.isBlank(byte)
        switch state {
        case .beforeCommand:
            if isBlank { return }
            command.name = [byte]
            state = .command
        case .command:
            if isBlank {
                state = .beforeParameter
            } else if byte == UInt8(ascii: "-") {
                state = .dash
            } else if command.name.count == Self.nameByteLimit {
                fail("the \"\(name)...\" SSI command is too long")
            } else {
                command.name.append(byte)
            }
        case .beforeParameter:
            if isBlank { return }
            if byte == UInt8(ascii: "-") {
                state = .dash
            } else if command.parameters.count == Self.parameterLimit {
                fail("too many SSI command parameters: \"\(name)\"")
            } else {
                command.parameters.append(IncludeCommand.Parameter(name: [byte]))
                state = .parameter
            }
        default:
            if isBlank {
                state = .beforeEquals
            } else if byte == UInt8(ascii: "=") {
                state = .beforeValue
            } else if byte == UInt8(ascii: "-") {
                unexpected(byte, "after \"\(parameter)\" parameter")
            } else if command.parameters[last].name.count == Self.nameByteLimit {
                fail("too long \"\(parameter)...\" parameter in \"\(name)\" SSI command")
            } else {
                command.parameters[last].name.append(byte)
            }
        }
    }

    private mutating func takeValue(_ byte: UInt8) {
        let isBlank = Self.isBlank(byte)
        switch state {
        case .beforeEquals:
            if isBlank { return }
            guard byte == UInt8(ascii: "=") else {
                return unexpected(byte, "after \"\(parameter)\" parameter")
            }
            state = .beforeValue
        case .beforeValue:
            if isBlank { return }
            guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") else {
                return unexpected(byte, "before value of \"\(parameter)\" parameter")
            }
            state = .value(byte)
        case .value(let quote):
            if byte == quote {
                state = .afterValue
                return
            }
            if byte == UInt8(ascii: "\\") { state = .escaped(quote) }
            appendToValue(byte)
        case .escaped(let quote):
            state = .value(quote)
            appendToValue(byte)
        default:
            if isBlank {
                state = .beforeParameter
            } else if byte == UInt8(ascii: "-") {
                state = .dash
            } else {
                unexpected(byte, "after value of \"\(parameter)\" parameter")
            }
        }
    }

    private mutating func appendToValue(_ byte: UInt8) {
        guard command.parameters[last].value.count < valueByteLimit else {
            return fail(
                "too long value of \"\(parameter)\" parameter in \"\(name)\" SSI command")
        }
        command.parameters[last].value.append(byte)
    }

    // MARK: Flaws

    private mutating func fail(_ flaw: String) {
        self.flaw = flaw
        state = .skipping
    }

    private mutating func unexpected(_ byte: UInt8, _ place: String) {
        let text = LogEscape.text([byte])
        fail("unexpected \"\(text)\" symbol \(place) in \"\(name)\" SSI command")
        if byte == UInt8(ascii: "-") { state = .skippingDash }
    }

    private mutating func failAtEnd(_ byte: UInt8) {
        let text = LogEscape.text([byte])
        fail("unexpected \"\(text)\" symbol in \"\(name)\" SSI command")
    }

    private var last: Int { command.parameters.count - 1 }
    private var name: String { LogEscape.text(command.name) }
    private var parameter: String { LogEscape.text(command.parameters[last].name) }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 32 || byte == 13 || byte == 10 || byte == 9
    }
}
