// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The header of the PROXY protocol in front of the first request of a connection.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension ClientConnection {
    /// What the bytes received so far are.
    enum ProxyHeaderProgress: BitwiseCopyable, Equatable {
        /// The header is there and has been taken out.
        case taken
        case needsBytes
        /// It is none, and the log says so.
        case refused
    }

    /// Takes the header from the start of the input.
    ///
    /// Spec: nginx `listen … proxy_protocol`: without one there is no answer.
    mutating func takeProxyHeader(_ services: inout Services) -> ProxyHeaderProgress {
        switch ProxyHeaderParser.parse(services.input.readable) {
        case .needsBytes: return .needsBytes
        case .header(let header, let count):
            services.input.consume(count)
            proxyHeader = header
            awaitsProxyHeader = false
            return .taken
        case .malformed(let flaw):
            logProxyHeader(flaw, &services)
            return .refused
        }
    }

    private func logProxyHeader(_ flaw: ProxyHeaderFlaw, _ services: inout Services) {
        var message: String
        switch flaw {
        case .broken:
            let start = services.input.readable
            var end = 0
            while end < min(start.count, ProxyHeaderParser.lineByteLimit), start[end] != 0x0D,
                start[end] != 0x0A
            {
                end += 1
            }
            var shown = Buffer(capacity: 0)
            LogEscape.append(start.extracting(0..<end), to: &shown, .standard)
            message = "broken header: \"\(String(decoding: shown.copied(), as: UTF8.self))\""
        case .version(let number): message = "unknown PROXY protocol version: \(number)"
        case .tooLarge: message = "header is too large"
        }
        message += " while reading PROXY protocol"
        services.logError(.error, facts, message)
    }
}
