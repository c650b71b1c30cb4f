// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Lines of the error log, in nginx's shape: tools that read those read ours.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Services {
    /// Writes a line about an exchange: what happened, to whom, in which request.
    mutating func logError(_ level: LogLevel, _ exchange: borrowing Exchange, _ message: String) {
        guard isLogged(level, exchange.locationIndex) else { return }
        let file =
            site.locations[exchange.locationIndex].settings.log.errorFile
            ?? site.processes.errorFile
        var line = beginLine(level, connection: exchange.facts.number)
        line.append(Array(message.utf8))
        appendContext(exchange, to: &line)
        log.append(to: file) { $0.append(contentsOf: line) }
    }

    mutating func logError(
        _ level: LogLevel, _ exchange: borrowing Exchange, _ message: StaticString
    ) {
        guard isLogged(level, exchange.locationIndex) else { return }
        logError(level, exchange, message.description)
    }

    /// Writes why content was refused, and which directive decides.
    mutating func logTooLarge(_ exchange: borrowing Exchange) {
        logError(
            .error, exchange,
            "client intended to send too large body, more than client_max_body_size")
    }

    /// Writes a line about the file that `path` names.
    mutating func logPathError(
        _ level: LogLevel, _ exchange: borrowing Exchange, _ before: StaticString, _ after: String
    ) {
        guard isLogged(level, exchange.locationIndex) else { return }
        // Decoded, a path may hold anything: it must not be able to begin a line of its own.
        var escaped = Buffer(capacity: path.count)
        LogEscape.append(path.readable, to: &escaped, .standard)
        let name = String(decoding: escaped.copied(), as: UTF8.self)
        logError(level, exchange, "\(before)\"\(name)\"\(after)")
    }

    /// Writes a line about a connection that has no request.
    mutating func logError(_ level: LogLevel, _ facts: ClientFacts, _ message: String) {
        guard level <= site.processes.errorLevel else { return }
        var line = beginLine(level, connection: facts.number)
        line.append(Array(message.utf8))
        line.append(", client: ")
        line.append(facts.address.addressText)
        line.append("\n")
        log.append(to: site.processes.errorFile) { $0.append(contentsOf: line) }
    }

    /// Writes a line about the process.
    mutating func logError(_ level: LogLevel, _ message: String) {
        guard level <= site.processes.errorLevel else { return }
        var line = beginLine(level, connection: 0)
        line.append(Array(message.utf8))
        line.append("\n")
        log.append(to: site.processes.errorFile) { $0.append(contentsOf: line) }
    }

    private func isLogged(_ level: LogLevel, _ location: Int) -> Bool {
        let settings = site.locations[location].settings.log.errorLevel
        return level <= settings
    }

    private func beginLine(_ level: LogLevel, connection: Int) -> Buffer {
        var line = Buffer(capacity: 256)
        line.append(clock.timeErrorLog)
        line.append(" [")
        line.append(level.name)
        line.append("] ")
        line.append(decimal: processID)
        line.append("#")
        line.append(decimal: threadNumber)
        line.append(": ")
        if connection > 0 {
            line.append("*")
            line.append(decimal: connection)
            line.append(" ")
        }
        return line
    }

    private func appendContext(_ exchange: borrowing Exchange, to line: inout Buffer) {
        line.append(", client: ")
        line.append(exchange.facts.address.addressText)
        line.append(", server: ")
        line.append(site.hosts[exchange.hostIndex].name)
        if !exchange.head.lineRange.isEmpty {
            line.append(", request: \"")
            LogEscape.append(
                exchange.bytes.span(exchange.head.lineRange.range), to: &line, .standard)
            line.append("\"")
        }
        if let attempt = exchange.proxy.attempts.last {
            line.append(", upstream: \"http://")
            line.append(attempt.address)
            LogEscape.append(exchange.bytes.span(exchange.uri.range), to: &line, .standard)
            line.append("\"")
        }
        if let authority = exchange.head.authorityRange {
            line.append(", host: \"")
            LogEscape.append(exchange.bytes.span(authority.range), to: &line, .standard)
            line.append("\"")
        }
        line.append("\n")
    }
}
