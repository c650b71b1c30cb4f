// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Obeys the commands of a page.

internal import HTTP
internal import Memory
internal import OS

/// Why a command could not be obeyed, in nginx's words.
struct IncludeFlaw: Error {
    let message: String

    init(_ message: String) { self.message = message }
}

extension Exchange {
    /// Reads a part of a page, up to a command that has to be waited for, or until enough waits.
    ///
    /// - Returns: how many bytes were read.
    mutating func read(
        _ bytes: Span<UInt8>, as page: IncludePage, into assembly: Assembly,
        _ services: inout Services
    ) -> Int {
        var offset = 0
        while assembly.pause == nil, offset == 0 || !assembly.isFull {
            var text = Buffer(capacity: 0)
            let event = page.parser.next(bytes, from: &offset, text: &text)
            if page.isOutput {
                assembly.append(text.readable)
            } else if page.isBlock {
                includeStore.appendToBlock(text.copied())
            }
            switch event {
            case .needsBytes: return offset
            case .command(let command):
                do throws(IncludeFlaw) {
                    try obey(command, page, assembly, &services)
                } catch {
                    tell(error.message, page, assembly, &services)
                }
            case .flaw(let message): tell(message, page, assembly, &services)
            }
        }
        return offset
    }

    /// Reads a block in the place of a subrequest that gave nothing.
    mutating func insert(
        _ block: [UInt8], into assembly: Assembly, _ services: inout Services
    ) {
        let limit = services.site.locations[locationIndex].settings.includes.valueByteLimit
        let page = IncludePage(valueByteLimit: limit)
        var rest = Buffer(block)
        while !rest.isEmpty {
            let count = read(rest.readable, as: page, into: assembly, &services)
            rest.consume(count)
            // Whoever waits in a block that stands in for another waits for nothing.
            assembly.pause = nil
        }
        var text = Buffer(capacity: 0)
        page.parser.finish(text: &text)
        if page.isOutput { assembly.append(text.readable) }
    }

    /// What the pages of this request have in common.
    var includeStore: IncludeStore { family?.budget.includes ?? IncludeStore() }

    private mutating func tell(
        _ message: String, _ page: IncludePage, _ assembly: Assembly,
        _ services: inout Services
    ) {
        services.logError(.error, self, message)
        if services.site.locations[locationIndex].settings.includes.hidesErrors { return }
        let text = page.message
        assembly.append(text.span)
    }

    // MARK: Commands

    /// Spec: nginx ngx_http_ssi_body_filter.
    private mutating func obey(
        _ command: IncludeCommand, _ page: IncludePage, _ assembly: Assembly,
        _ services: inout Services
    ) throws(IncludeFlaw) {
        let name = String(decoding: command.name, as: UTF8.self)
        guard let known = IncludeCommand.Kind(rawValue: name) else {
            guard page.isOutput else { return }
            throw IncludeFlaw("invalid SSI command: \"\(LogEscape.text(command.name))\"")
        }
        if !page.isOutput, known != .endBlock {
            if page.isBlock { return includeStore.appendToBlock(command.text) }
            guard known.isOfCondition else { return }
        }
        if known.isOfCondition {
            let isAllowed = known == .endIf ? page.condition != .outside : page.condition == .branch
            guard isAllowed else {
                throw IncludeFlaw("invalid context of SSI command: \"\(name)\"")
            }
        }
        let values = try known.values(of: command)
        switch known {
        case .include: try include(values, assembly, &services)
        case .echo: try echo(values, page, assembly, &services)
        case .config:
            if let format = values["timefmt"] { page.timeFormat = format }
            if let message = values["errmsg"] { page.message = message }
        case .set:
            let value = try evaluate(values["value"] ?? [], &services)
            includeStore.set((values["var"] ?? []).map(\.asciiLowercased), to: value)
        case .if, .elseIf: try choose(by: values["expr"] ?? [], known, page, &services)
        case .otherwise:
            page.isOutput = !page.isChosen
            page.condition = .otherwise
        case .endIf:
            page.isOutput = true
            page.isChosen = false
            page.condition = .outside
        case .block:
            includeStore.beginBlock(values["name"] ?? [])
            page.isOutput = false
            page.isBlock = true
        case .endBlock:
            page.isOutput = true
            page.isBlock = false
        }
    }

    private mutating func echo(
        _ values: [String: [UInt8]], _ page: IncludePage, _ assembly: Assembly,
        _ services: inout Services
    ) throws(IncludeFlaw) {
        let name = (values["var"] ?? []).map(\.asciiLowercased)
        let value =
            includeValue(name, &services) ?? values["default"] ?? Array("(none)".utf8)
        guard !value.isEmpty else { return }
        if let encoding = values["encoding"] {
            switch String(decoding: encoding, as: UTF8.self) {
            case "none": page.encoding = .none
            case "url": page.encoding = .url
            case "entity": page.encoding = .entity
            default:
                let text = LogEscape.text(encoding)
                services.logError(
                    .error, self, "unknown encoding \"\(text)\" in the \"echo\" command")
            }
        }
        var text = Buffer(capacity: value.count)
        page.encoding.append(value, to: &text)
        assembly.append(text.readable)
    }

    private mutating func choose(
        by expression: [UInt8], _ command: IncludeCommand.Kind, _ page: IncludePage,
        _ services: inout Services
    ) throws(IncludeFlaw) {
        if command == .if, page.condition != .outside {
            throw IncludeFlaw("the \"if\" command inside the \"if\" command")
        }
        if page.isChosen {
            page.isOutput = false
            return
        }
        guard let parsed = IncludeExpression(parsing: expression) else {
            throw IncludeFlaw("invalid expression in \"\(LogEscape.text(expression))\"")
        }
        let left = try evaluate(parsed.left, &services)
        let holds: Bool
        switch parsed.test {
        case .isNotEmpty: holds = !left.isEmpty
        case .equals(let right): holds = left == (try evaluate(right, &services))
        case .matches(let pattern):
            holds = try matches(left, try evaluate(pattern, &services), &services)
        }
        page.isOutput = holds != parsed.isNegated
        if page.isOutput { page.isChosen = true }
        page.condition = .branch
    }
}
