// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The variables about the peers that an exchange has asked.

internal import HTTP
internal import Memory

extension Exchange {
    /// Finds a variable about peers.
    mutating func upstreamValue(
        of name: BuiltInVariable, _ services: inout Services
    ) -> ByteRange? {
        switch name {
        case .upstreamAddress: return storeAttempts { $1.append($0.address) }
        case .upstreamStatus:
            return storeAttempts { attempt, bytes in
                if attempt.status == 0 { return bytes.append(byte: UInt8(ascii: "-")) }
                bytes.append(decimal: attempt.status)
            }
        case .upstreamResponseTime: return storeAttempts { $1.append(seconds: $0.responseTime) }
        case .upstreamConnectTime: return storeAttempts { $1.append(seconds: $0.connectTime) }
        case .upstreamHeaderTime: return storeAttempts { $1.append(seconds: $0.headTime) }
        case .upstreamQueueTime: return storeAttempts { $1.append(seconds: $0.queueTime) }
        case .upstreamResponseLength: return storeAttempts { $1.append(decimal: $0.contentCount) }
        case .upstreamBytesReceived: return storeAttempts { $1.append(decimal: $0.receivedCount) }
        case .upstreamBytesSent: return storeAttempts { $1.append(decimal: $0.sentCount) }
        default: return sharedValue(of: name, &services)
        }
    }

    /// One value for each peer that was tried.
    ///
    /// Spec: nginx: commas between peers of a group, a colon where an internal redirect has led to
    ///       another group.
    mutating func storeAttempts(
        _ write: (PeerAttempt, inout Buffer) -> Void
    ) -> ByteRange? {
        guard !proxy.attempts.isEmpty else { return nil }
        let start = bytes.count
        for group in proxy.earlierAttempts {
            for (index, attempt) in group.enumerated() {
                if index > 0 { bytes.append(", ") }
                write(attempt, &bytes)
            }
            bytes.append(" : ")
        }
        for index in proxy.attempts.indices {
            if index > 0 { bytes.append(", ") }
            write(proxy.attempts[index], &bytes)
        }
        return ByteRange(start, bytes.count)
    }

    /// The value of a cookie that the peer sets.
    ///
    /// Spec: nginx `$upstream_cookie_name`.
    mutating func upstreamCookie(_ name: [UInt8]) -> ByteRange? {
        for value in FieldLines.values(of: Array("set_cookie".utf8), in: received) {
            guard let found = Self.cookie(name, in: value) else { continue }
            return store(value.span.extracting(found))
        }
        return nil
    }

    private var received: Span<UInt8> {
        @_lifetime(borrow self) get { proxy.receivedFields.readable }
    }

    /// Where in a value of `Set-Cookie` the value of a cookie lies, if it is that one.
    private static func cookie(_ name: [UInt8], in value: [UInt8]) -> Range<Int>? {
        let line = value.span
        let end = line.firstOffset(of: 0x3B, from: 0) ?? line.count
        guard end > name.count,
            line.extracting(0..<name.count).equalsIgnoringCase(name.span)
        else { return nil }
        let equals = skipBlanks(line, name.count, end)
        guard equals < end, line[equals] == UInt8(ascii: "=") else { return nil }
        return skipBlanks(line, equals + 1, end)..<end
    }
}
