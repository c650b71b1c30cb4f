// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Values in the commands of pages: variables, texts, regular expressions, and what is included.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS
internal import Regex

extension Exchange {
    /// The value of a variable of the pages, or of the request; nil when it has none.
    mutating func includeValue(_ name: [UInt8], _ services: inout Services) -> [UInt8]? {
        let store = includeStore
        if name.count == 1, let digit = name.first, (0x30...0x39).contains(digit),
            Int(digit - 0x30) < store.captures.count
        {
            return store.captures[Int(digit - 0x30)]
        }
        if let value = store.values[name] { return value }
        let known = Variable(name: name) ?? services.site.variables[name]
        return known.flatMap { value(of: $0, &services) }.map { copy($0) }
    }

    /// The value of a text with variables; one without a value counts as empty.
    mutating func evaluate(
        _ text: [UInt8], _ services: inout Services
    ) throws(IncludeFlaw) -> [UInt8] {
        let parsed: IncludeText
        do throws(IncludeText.Flaw) {
            parsed = try IncludeText(parsing: text)
        } catch {
            switch error {
            case .invalidName:
                throw IncludeFlaw("invalid variable name in \"\(LogEscape.text(text))\"")
            case .bracketMissing(let name):
                let name = LogEscape.text(name)
                throw IncludeFlaw("the closing bracket in \"\(name)\" variable is missing")
            }
        }
        var value: [UInt8] = []
        for segment in parsed.segments {
            switch segment {
            case .literal(let text): value += text
            case .variable(let name): value += includeValue(name, &services) ?? []
            }
        }
        return value
    }

    /// Whether a value matches a regular expression, whose groups are variables then.
    ///
    /// Limits: `patternByteLimit` of the expression, which may have values of a client in it, and
    ///         those of the matcher.
    mutating func matches(
        _ value: [UInt8], _ pattern: [UInt8], _ services: inout Services
    ) throws(IncludeFlaw) -> Bool {
        guard pattern.count <= Self.patternByteLimit else {
            throw IncludeFlaw("a regular expression in a page is too long")
        }
        let regex: Regex
        do throws(RegexError) {
            regex = try Regex(pattern: pattern)
        } catch {
            let text = LogEscape.text(pattern)
            throw IncludeFlaw(
                "pcre2_compile() failed: \(error.message) in \"\(text)\" at offset \(error.offset)")
        }
        guard services.matcher.match(regex, value.span) == .matched else { return false }
        let store = includeStore
        store.captures = (0...min(regex.captureCount, 9)).map { number in
            services.matcher.capture(number).map { Array(value[$0]) } ?? []
        }
        for (name, number) in regex.names {
            let text = services.matcher.capture(number).map { Array(value[$0]) } ?? []
            store.set(Array(name.utf8).map(\.asciiLowercased), to: text)
        }
        return true
    }

    private static var patternByteLimit: Int { 1 << 10 }

    // MARK: include

    /// Spec: nginx ngx_http_ssi_include.
    mutating func include(
        _ values: [String: [UInt8]], _ assembly: Assembly, _ services: inout Services
    ) throws(IncludeFlaw) {
        let waits = try mustWait(values)
        guard let written = values["virtual"] ?? values["file"] else {
            throw IncludeFlaw("no parameter in \"include\" SSI command")
        }
        if values["set"] != nil, values["stub"] != nil {
            throw IncludeFlaw(
                "\"set\" and \"stub\" cannot be used together in \"include\" SSI command")
        }
        var block: [UInt8]?
        if let stub = values["stub"] {
            block = includeStore.block(stub)
            guard block != nil else {
                let name = LogEscape.text(stub)
                throw IncludeFlaw("\"stub\"=\"\(name)\" for \"include\" not found")
            }
        }
        let text = absolute(try evaluate(written, &services))
        guard let target = IncludeTarget(parsing: text) else {
            throw IncludeFlaw("unsafe URI \"\(LogEscape.text(text))\" was detected")
        }
        let path = store(target.path)
        let arguments = target.arguments.map { store($0) }
        guard
            let child = addSubrequest(.content, path: path, arguments: arguments, &services)
        else { throw IncludeFlaw("\"include\" SSI command failed") }
        if let name = values["set"] {
            assembly.captured = Buffer(capacity: 0)
            assembly.pause = .value(name.map(\.asciiLowercased), child)
            return
        }
        let part = assembly.append(child)
        if let block {
            child.answersErrors = false
            assembly.pause = .stub(part, block: block)
        } else if waits {
            assembly.pause = .parts
        }
    }

    /// Whether the page is read on only when what it includes is through.
    private func mustWait(_ values: [String: [UInt8]]) throws(IncludeFlaw) -> Bool {
        if let path = values["virtual"], let file = values["file"] {
            throw IncludeFlaw(
                "inclusion may be either virtual=\"\(LogEscape.text(path))\" or "
                    + "file=\"\(LogEscape.text(file))\"")
        }
        guard let wait = values["wait"] else { return values["file"] != nil }
        if let file = values["file"] {
            throw IncludeFlaw(
                "\"wait\" cannot be used with file=\"\(LogEscape.text(file))\"")
        }
        switch String(decoding: wait, as: UTF8.self).lowercased() {
        case "yes": return true
        case "no": return false
        default:
            let text = LogEscape.text(wait)
            throw IncludeFlaw("invalid value \"\(text)\" in the \"wait\" parameter")
        }
    }

    /// A path as seen from the page.
    private func absolute(_ path: [UInt8]) -> [UInt8] {
        guard let first = path.first, first != UInt8(ascii: "/") else { return path }
        let page = copy(uri)
        let end = page.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        return Array(page[..<end]) + path
    }

    /// Takes what a subrequest gives as the value of a variable.
    ///
    /// - Returns: false while there is more to come.
    mutating func take(
        _ child: Subrequest, asValueOf name: [UInt8], _ assembly: Assembly,
        _ services: inout Services
    ) -> Bool {
        awaitContent(of: child, &services)
        if child.takeContent(into: &assembly.captured) {
            services.subrequestNotices.append(.tellChild(child))
        }
        let limit = services.site.locations[locationIndex].settings.includes.capturedByteLimit
        if assembly.captured.count > limit {
            services.logError(.error, self, "too big subrequest response")
            child.cancel()
            services.subrequestNotices.append(.tellChild(child))
            return true
        }
        guard child.isOver else { return false }
        takeVariables(of: child)
        let isGood = child.stage == .ended && child.status < 300
        includeStore.set(name, to: isGood ? assembly.captured.copied() : [])
        assembly.captured = Buffer(capacity: 0)
        return true
    }

    // MARK: Dates

    /// `$date_gmt` and `$date_local`.
    mutating func storeDate(isLocal: Bool, _ services: borrowing Services) -> ByteRange? {
        let format = response.assembly?.page?.timeFormat ?? IncludePage.usualTimeFormat
        let seconds = services.clock.wallMilliseconds / 1000
        if format == Array("%s".utf8) { return store(decimal: seconds) }
        return CalendarText.format(format, seconds: seconds, isLocal: isLocal).map { store($0) }
    }
}
