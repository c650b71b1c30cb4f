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
        if let trace { return trace.noteLog(level, message) }
        guard isLogged(level, exchange.locationIndex) else { return }
        var line = beginLine(level, connection: exchange.facts.number)
        line.append(Array(message.utf8))
        if let session = exchange.session {
            appendContext(exchange, session, to: &line)
        } else {
            appendContext(exchange, to: &line)
        }
        write(line, level, site.locations[exchange.locationIndex].settings.log.errors.elements)
    }

    mutating func logError(
        _ level: LogLevel, _ exchange: borrowing Exchange, _ message: StaticString
    ) {
        guard isLogged(level, exchange.locationIndex) else { return }
        logError(level, exchange, message.description)
    }

    /// Writes why content was refused, and which directive decides.
    mutating func logTooLarge(_ exchange: borrowing Exchange) {
        let what =
            if case .length(let count) = exchange.head.framing {
                "body: \(count) bytes"
            } else {
                "chunked body, after \(exchange.content.receivedCount) bytes"
            }
        logError(
            .error, exchange,
            "client intended to send too large \(what), more than client_max_body_size")
    }

    /// Writes where content is kept that is not held in memory.
    mutating func logContentFile(_ exchange: borrowing Exchange) {
        let client = site.locations[exchange.locationIndex].settings.client
        let level: LogLevel = client.contentFile == .whenLarge ? .warning : .notice
        guard isLogged(level, exchange.locationIndex) else { return }
        logError(
            level, exchange,
            "a client request body is buffered to a temporary file "
                + LogEscape.text(exchange.content.fileName))
    }

    /// Writes a line about the file that `path` names.
    mutating func logPathError(
        _ level: LogLevel, _ exchange: borrowing Exchange, _ before: StaticString, _ after: String
    ) {
        guard isLogged(level, exchange.locationIndex) else { return }
        // Decoded, a path may hold anything: it must not be able to begin a line of its own.
        let name = LogEscape.text(path.copied())
        logError(level, exchange, "\(before)\"\(name)\"\(after)")
    }

    /// Writes a line about a connection that has no request.
    mutating func logError(_ level: LogLevel, _ facts: ClientFacts, _ message: String) {
        // Before a host is known, what holds is the default server's.
        let host = site.listeners[facts.listener].names.defaultHost
        let location = site.hosts[host].rootLocation
        guard isLogged(level, location) else { return }
        var line = beginLine(level, connection: facts.number)
        line.append(Array(message.utf8))
        line.append(", client: ")
        line.append(facts.address.addressText)
        line.append(", server: ")
        line.append(site.listeners[facts.listener].address.text)
        write(line, level, site.locations[location].settings.log.errors.elements)
    }

    /// Writes a line about what is done for a location without a request.
    mutating func logError(_ level: LogLevel, at location: Int, _ message: String) {
        guard isLogged(level, location) else { return }
        var line = beginLine(level, connection: 0)
        line.append(Array(message.utf8))
        write(line, level, site.locations[location].settings.log.errors.elements)
    }

    /// Writes a line about the process.
    mutating func logError(_ level: LogLevel, _ message: String) {
        let logs = site.processes.errors
        guard logs.contains(where: { level <= $0.level }) else { return }
        var line = beginLine(level, connection: 0)
        line.append(Array(message.utf8))
        write(line, level, logs)
    }

    /// Writes a line to each of the logs that want it.
    mutating func write(
        _ line: borrowing Buffer, _ level: LogLevel, _ logs: [ErrorLog]
    ) {
        for log in logs where level <= log.level {
            if self.log.isSyslog(log.file) {
                // What cannot be sent is told where it is not sent to.
                guard let error = self.log.send(line, to: log.file, level: level, clock) else {
                    continue
                }
                complain(of: error, logs.filter { !self.log.isSyslog($0.file) })
            } else {
                let count = min(line.count, Self.errorLineByteLimit - 1)
                var whole = Buffer(capacity: count + 1)
                whole.append(0..<count, of: line)
                whole.append("\n")
                self.log.append(whole, to: log.file, now: clock.now, isUrgent: true)
            }
        }
    }

    /// The most that a line may have, its end included.
    ///
    /// Spec: nginx cuts longer ones, too.
    private static var errorLineByteLimit: Int { 2048 }

    /// Says that a syslog server does not get its lines.
    private mutating func complain(of error: Errno, _ logs: [ErrorLog]) {
        var line = beginLine(.alert, connection: 0)
        line.append(Array("send() failed (\(error)) while logging to syslog".utf8))
        write(line, .alert, logs)
    }

    /// Writes the logs that are to be written in this turn, and those that have waited enough.
    mutating func flushLogs() {
        log.flushDue(at: clock.now)
        log.flush()
        guard !log.failures.isEmpty else { return }
        for failure in log.takeFailures() {
            let path = LogEscape.text(failure.path)
            logError(.alert, "write() to \"\(path)\" failed (\(failure.error))")
        }
        log.flush()
    }

    func isLogged(_ level: LogLevel, _ location: Int) -> Bool {
        level <= site.locations[location].settings.log.errorLevel || isTraced
    }

    func beginLine(_ level: LogLevel, connection: Int) -> Buffer {
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
        if exchange.subrequest != nil {
            line.append(", subrequest: \"")
            LogEscape.append(exchange.bytes.span(exchange.uri.range), to: &line, .standard)
            line.append("\"")
        }
        if let attempt = exchange.proxy.attempts.last {
            line.append(", upstream: \"")
            line.append(exchange.proxy.tls == nil ? "http://" : "https://")
            line.append(attempt.address)
            if attempt.address.starts(with: Array("unix:".utf8)) { line.append(":") }
            if let target = exchange.proxy.targetRange {
                LogEscape.append(exchange.proxy.request.span(target), to: &line, .standard)
            } else {
                LogEscape.append(exchange.bytes.span(exchange.uri.range), to: &line, .standard)
            }
            line.append("\"")
        }
        if let authority = exchange.head.authorityRange {
            line.append(", host: \"")
            LogEscape.append(exchange.bytes.span(authority.range), to: &line, .standard)
            line.append("\"")
        }
        if let referer = exchange.head.fields.first(of: .referer) {
            line.append(", referrer: \"")
            LogEscape.append(exchange.bytes.span(referer.valueRange), to: &line, .standard)
            line.append("\"")
        }
    }
}
