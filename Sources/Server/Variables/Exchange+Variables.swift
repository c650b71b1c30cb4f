// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The values of variables while a request is served.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS
internal import Regex

extension Exchange {
    /// Writes out a template and says where the text lies.
    ///
    /// A variable without a value counts as empty.
    mutating func evaluate(_ template: Template, _ services: inout Services) -> ByteRange {
        if let variable = template.onlyVariable {
            return value(of: variable, &services) ?? ByteRange(bytes.count, bytes.count)
        }
        if let constant = template.constant { return store(constant) }
        guard let plan = template.plan else { return ByteRange(bytes.count, bytes.count) }
        // Values first: computing one may append to the bytes that the result must not mix with.
        var places = PlaceList()
        for index in 0..<plan.variables.count {
            places.append(value(of: plan.variables[index], &services) ?? ByteRange())
        }
        let (start, text) = (bytes.count, plan.text)
        var next = 0
        for index in 0..<plan.parts.count {
            switch plan.parts[index] {
            case .text(let from, let to):
                bytes.append(text.span.extracting(Int(from)..<Int(to)))
            case .variable:
                bytes.append(copyOf: places[next].range)
                next += 1
            }
        }
        return ByteRange(start, bytes.count)
    }

    /// Finds or computes the value of a variable; nil when it has none.
    mutating func value(of variable: Variable, _ services: inout Services) -> ByteRange? {
        if services.site.hasAssignedVariables, let place = assignedValue(of: variable, services) {
            return place
        }
        return ownValue(of: variable, &services)
    }

    private mutating func ownValue(
        of variable: Variable, _ services: inout Services
    ) -> ByteRange? {
        switch variable {
        case .builtIn(let name): value(of: name, &services)
        case .argument(let name): argument(name)
        case .cookie(let name): cookie(name)
        case .requestField(let name): requestField(name)
        case .responseField(let name): responseField(name, &services)
        case .responseTrailer(let name):
            storeJoined(FieldLines.values(of: name, in: response.trailers.readable))
        case .upstreamField(let name): upstreamField(name, &services)
        case .upstreamCookie(let name): upstreamCookie(name)
        case .upstreamTrailer(let name):
            storeJoined(FieldLines.values(of: name, in: proxy.receivedTrailers.readable))
        case .proxyOption(let option): value(of: option)
        case .capture(let number): captures[number]
        case .stored(let index): values[index] ?? uninitialized(index, &services)
        case .computed(let index): computed(index, &services)
        }
    }

    /// The value that a `set` has given a variable of a family, such as `$http_name`.
    private func assignedValue(
        of variable: Variable, _ services: borrowing Services
    ) -> ByteRange? {
        let assigned = services.site.assignedVariables.first { $0.variable == variable }
        return assigned.flatMap { values[$0.index] }
    }

    /// Warns of a variable that no `set` has reached; nil for what else has no value.
    ///
    /// Spec: nginx `uninitialized_variable_warn`: it is empty from then on.
    private mutating func uninitialized(
        _ index: Int, _ services: inout Services
    ) -> ByteRange? {
        let name = services.site.setVariables[index]
        guard !name.isEmpty else { return nil }
        let settings = services.site.locations[locationIndex].settings.rewrite
        if settings.warnsOfUninitialized {
            services.logError(.warning, self, "using uninitialized \"\(name)\" variable")
        }
        let empty = ByteRange(bytes.count, bytes.count)
        values[index] = empty
        return empty
    }

    // MARK: Families

    /// The first argument of a name, compared without regard to case.
    func argument(_ name: [UInt8]) -> ByteRange? {
        guard let arguments else { return nil }
        let query = bytes.span(arguments.range)
        var start = 0
        while start <= query.count {
            let end = query.firstOffset(of: UInt8(ascii: "&"), from: start) ?? query.count
            if end - start > name.count, query[start + name.count] == UInt8(ascii: "="),
                !name.isEmpty,
                query.extracting(start..<start + name.count).equalsIgnoringCase(name.span)
            {
                return ByteRange(
                    arguments.lowerBound + start + name.count + 1, arguments.lowerBound + end)
            }
            start = end + 1
        }
        return nil
    }

    /// The cookie of a name.
    private func cookie(_ name: [UInt8]) -> ByteRange? {
        var index = 0
        while let line = head.fields.index(of: .cookie, from: index) {
            let range = head.fields[line].valueRange
            if let found = Self.pair(name, in: bytes.span(range)) {
                return ByteRange(
                    range.lowerBound + found.lowerBound, range.lowerBound + found.upperBound)
            }
            index = line + 1
        }
        return nil
    }

    /// The value of `name=value` in a list separated by semicolons; blanks may surround the `=`.
    static func pair(_ name: [UInt8], in list: Span<UInt8>) -> Range<Int>? {
        var start = 0
        while start < list.count {
            while start < list.count, list[start] == 0x20 || list[start] == 0x3B { start += 1 }
            let end = list.firstOffset(of: 0x3B, from: start) ?? list.count
            if end - start > name.count,
                list.extracting(start..<start + name.count).equalsIgnoringCase(name.span)
            {
                let equals = skipBlanks(list, start + name.count, end)
                if equals < end, list[equals] == UInt8(ascii: "=") {
                    return skipBlanks(list, equals + 1, end)..<end
                }
            }
            start = end
        }
        return nil
    }

    static func skipBlanks(_ list: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var offset = start
        while offset < end, list[offset] == 0x20 { offset += 1 }
        return offset
    }

    /// All request fields of a name, joined as one list.
    private mutating func requestField(_ name: [UInt8]) -> ByteRange? {
        let isCookie = name.span.equals("cookie")
        return joinFields(isCookie ? "; " : ", ") { field, bytes in
            Self.isSpelt(bytes.span(field.nameRange), name)
        }
    }

    /// All request fields of a recognised name, joined as one list.
    mutating func requestField(_ name: FieldName) -> ByteRange? {
        guard head.fields.contains(name) else { return nil }
        return joinFields(", ") { field, _ in field.name == name }
    }

    /// One place for several field lines: that of the only one, or a new one that holds them all.
    private mutating func joinFields(
        _ separator: StaticString, where isWanted: (Field, borrowing Buffer) -> Bool
    ) -> ByteRange? {
        var first: Field?
        var start: Int?
        for index in 0..<head.fields.count where isWanted(head.fields[index], bytes) {
            let field = head.fields[index]
            guard let before = first else {
                first = field
                continue
            }
            if start == nil {
                start = bytes.count
                bytes.append(copyOf: before.valueRange)
            }
            bytes.append(separator)
            bytes.append(copyOf: field.valueRange)
        }
        if let start { return ByteRange(start, bytes.count) }
        return first.map { ByteRange($0.valueRange.lowerBound, $0.valueRange.upperBound) }
    }

    /// Whether a field name is the one that a variable's name stands for.
    static func isSpelt(_ field: Span<UInt8>, _ variable: [UInt8]) -> Bool {
        guard field.count == variable.count else { return false }
        for index in field.indices {
            let byte = field[index] == UInt8(ascii: "-") ? UInt8(ascii: "_") : field[index]
            if byte.asciiLowercased != variable[index] { return false }
        }
        return true
    }

    private mutating func responseField(
        _ name: [UInt8], _ services: inout Services
    ) -> ByteRange? {
        if name == Array("content_length".utf8), response.status != 204,
            let length = response.contentLength
        {
            return store(decimal: length)
        }
        if name == Array("transfer_encoding".utf8), response.isChunked { return store("chunked") }
        if name == Array("connection".utf8) {
            if response.status == 101 { return store("upgrade") }
            let isKept =
                response.isKeptAlive ?? (head.persistence == .keepAlive && !response.closes)
            return store(isKept ? "keep-alive" : "close")
        }
        return storeJoined(
            response.file.values(of: name)
                + FieldLines.values(of: name, in: response.fields.readable))
    }

    private mutating func upstreamField(
        _ name: [UInt8], _ services: inout Services
    ) -> ByteRange? {
        storeJoined(FieldLines.values(of: name, in: proxy.receivedFields.readable))
    }

    /// Stores the values of a field as one list.
    private mutating func storeJoined(_ found: [[UInt8]]) -> ByteRange? {
        guard !found.isEmpty else { return nil }
        let start = bytes.count
        for (number, value) in found.enumerated() {
            if number > 0 { bytes.append(", ") }
            bytes.append(value)
        }
        return ByteRange(start, bytes.count)
    }
}

/// Places of values, the first few of them without an allocation.
private struct PlaceList {
    private var first = InlineArray<16, ByteRange>(repeating: ByteRange())
    private var rest: [ByteRange] = []
    private var count = 0

    mutating func append(_ place: ByteRange) {
        if count < first.count { first[count] = place } else { rest.append(place) }
        count += 1
    }

    subscript(index: Int) -> ByteRange {
        mutating get { index < first.count ? first[index] : rest[index - first.count] }
    }
}

/// Reads field lines as a response keeps them.
enum FieldLines {
    /// The values of the lines whose name a variable's name stands for.
    static func values(of name: [UInt8], in lines: Span<UInt8>) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var start = 0
        while start < lines.count {
            let end = lines.firstOffset(of: 0x0A, from: start) ?? lines.count
            let line = lines.extracting(start..<max(start, end - 1))
            if let colon = line.firstOffset(of: UInt8(ascii: ":")),
                Exchange.isSpelt(line.extracting(0..<colon), name)
            {
                found.append(
                    Array(copying: line.extracting(min(line.count, colon + 2)..<line.count)))
            }
            start = end + 1
        }
        return found
    }
}
