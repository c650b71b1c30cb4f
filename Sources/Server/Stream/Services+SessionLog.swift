// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Lines of the error log about sessions of `stream`, in nginx's shape.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Services {
    /// Writes a line that says everything itself.
    mutating func logSession(
        _ level: LogLevel, _ exchange: borrowing Exchange, _ message: String
    ) {
        guard isLogged(level, exchange.locationIndex) else { return }
        var line = beginLine(level, connection: exchange.facts.number)
        line.append(Array(message.utf8))
        write(line, level, site.locations[exchange.locationIndex].settings.log.errors.elements)
    }

    /// Says behind a message what the session was doing, whose it is, and what has passed.
    func appendContext(
        _ exchange: borrowing Exchange, _ session: StreamSession, to line: inout Buffer
    ) {
        switch session.stage {
        case .header: line.append(" while reading PROXY protocol")
        case .phases: line.append(" while initializing session")
        case .handshake: line.append(" while SSL handshaking")
        case .preread: line.append(" while prereading client data")
        case .connecting, .passing, .text: break
        }
        line.append(", ")
        line.append(Array(exchange.sessionKind.utf8))
        line.append("client: ")
        line.append(exchange.facts.address.addressText)
        line.append(", server: ")
        line.append(site.listeners[exchange.facts.listener].address.text)
        guard let attempt = exchange.proxy.attempts.last else { return }
        line.append(", upstream: \"")
        line.append(attempt.address)
        line.append("\"")
        line.append(Array(exchange.traffic.utf8))
    }
}

extension Exchange {
    /// What has passed, as messages tell it.
    var traffic: String {
        let attempt = proxy.attempts.last
        return ", bytes from/to client:\(session?.receivedCount ?? 0)/\(response.sentByteCount)"
            + ", bytes from/to upstream:\(attempt?.receivedCount ?? 0)/\(attempt?.sentCount ?? 0)"
    }
}
