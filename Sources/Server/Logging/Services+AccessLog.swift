// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Lines of the access log.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Services {
    /// Writes an exchange into the access logs of its location.
    mutating func logAccess(_ exchange: inout Exchange) {
        guard site.locations[exchange.locationIndex].steps.contains(.logsAccess) else { return }
        if exchange.subrequest != nil,
            !site.locations[exchange.locationIndex].settings.log.logsSubrequests
        {
            return
        }
        let site = self.site
        let location = exchange.locationIndex
        for index in 0..<site.locations[location].accessLogs.count {
            logAccess(&exchange, site, location, index)
        }
    }

    private mutating func logAccess(
        _ exchange: inout Exchange, _ site: Site, _ location: Int, _ index: Int
    ) {
        if let condition = site.locations[location].accessLogs[index].condition {
            let value = exchange.evaluate(condition, &self)
            if value.isEmpty || exchange.bytes.span(value.range).equals("0") { return }
        }
        // Taken out, because variables may need all of the services.
        var line = Buffer(capacity: 0)
        swap(&line, &log.line)
        exchange.appendLogLine(site.locations[location].accessLogs[index].format, to: &line, &self)
        switch site.locations[location].accessLogs[index].outlet {
        case .file(let file): writeAccess(&line, to: file)
        case .path(let path):
            line.append("\n")
            writeAccess(line, to: path, &exchange)
        }
        line.removeAll()
        swap(&line, &log.line)
    }

    private mutating func writeAccess(_ line: inout Buffer, to file: Int) {
        if log.isSyslog(file) {
            guard let error = log.send(line, to: file, level: nil, clock) else { return }
            logError(.warning, "send() to syslog failed (\(error))")
        } else {
            line.append("\n")
            log.append(line, to: file, now: clock.now)
        }
    }

    /// Writes a line to a file that the request names.
    ///
    /// Spec: nginx `access_log`: the root of the request must exist, so that names of hosts that
    ///       nobody serves make no files.
    private mutating func writeAccess(
        _ line: borrowing Buffer, to path: LogPath, _ exchange: inout Exchange
    ) {
        guard exchange.session != nil || hasRoot(&exchange) else { return }
        let place = exchange.evaluate(path.template, &self)
        guard path.admits(exchange.bytes.span(place.range)) else {
            return logError(.error, exchange, "unsafe path of an access_log was refused")
        }
        let name = exchange.copy(place)
        let cache = site.locations[exchange.locationIndex].settings.log.fileCache
        guard let error = log.files.write(line.readableBytes, to: name, cache, clock.now) else {
            return
        }
        logError(.critical, exchange, "open() \"\(LogEscape.text(name))\" failed (\(error))")
    }

    /// Whether the root of a request is there, which the log is told otherwise.
    private mutating func hasRoot(_ exchange: inout Exchange) -> Bool {
        let root = exchange.copy(exchange.storeDocumentRoot(&self))
        if (try? FileSystem.status(root))?.kind == .directory { return true }
        logError(.error, exchange, "testing \"\(LogEscape.text(root))\" existence failed")
        return false
    }
}
