// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The variables that only sessions of `stream` have.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Finds a variable about the session.
    mutating func sessionValue(
        of name: BuiltInVariable, _ services: inout Services
    ) -> ByteRange? {
        guard let session else { return tlsValue(of: name, &services) }
        switch name {
        case .bytesReceived: return store(decimal: session.receivedCount)
        case .transportProtocol:
            return store(session.datagramDestination == nil ? "TCP" : "UDP")
        case .sessionTime:
            let start = bytes.count
            bytes.append(seconds: Int(services.clock.now - startedAt))
            return ByteRange(start, bytes.count)
        case .upstreamFirstByteTime: return storeAttempts { $1.append(seconds: $0.headTime) }
        case .upstreamSessionTime: return storeAttempts { $1.append(seconds: $0.responseTime) }
        case .sslPrereadServerName: return session.hello.map { store($0.serverName) }
        case .sslPrereadProtocols: return session.hello.map { store($0.protocolList) }
        case .sslPrereadVersion: return session.hello.map { store($0.versionText) }
        default: return tlsValue(of: name, &services)
        }
    }
}
