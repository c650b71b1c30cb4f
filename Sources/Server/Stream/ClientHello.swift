// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads the TLS ClientHello at the start of a connection, without speaking TLS.
//
// This file knows bytes only: no sockets, no clock, nobody's configuration.

internal import Memory

/// What a client says first, when it speaks TLS.
///
/// Spec: RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301 §3.1. As in nginx, the name and the protocols are
///       told as they came.
package struct ClientHello: Equatable, Sendable {
    /// The two bytes of the highest version that the client understands.
    package var version: (major: UInt8, minor: UInt8) = (0, 0)
    /// The name of the server that it wants; empty for none.
    package var serverName: [UInt8] = []
    /// The protocols that it offers (ALPN), with commas between them.
    package var protocolList: [UInt8] = []

    /// The version as OpenSSL calls it; empty for an unknown one.
    var versionText: StaticString {
        switch (version.major, version.minor) {
        case (0, 2): "SSLv2"
        case (3, 0): "SSLv3"
        case (3, 1): "TLSv1"
        case (3, 2): "TLSv1.1"
        case (3, 3): "TLSv1.2"
        case (3, 4): "TLSv1.3"
        default: ""
        }
    }

    package static func == (left: ClientHello, right: ClientHello) -> Bool {
        left.version == right.version && left.serverName == right.serverName
            && left.protocolList == right.protocolList
    }
}

/// Reads a ClientHello that arrives in pieces.
///
/// The result does not depend on where the bytes are cut.
/// Limits: whoever gives the bytes bounds them; what is kept is never more than was given.
/// Cost: only what whole records hold is looked at, and again when it is whole or twice as much, so
///       that a hello in tiny records costs no more than twice one that comes in a single one.
package struct ClientHelloReader {
    /// What the bytes so far are.
    package enum Outcome: Equatable {
        case needsBytes
        case hello(ClientHello)
        /// No ClientHello will come of it.
        case foreign
    }

    /// Where the first record begins that is not whole.
    private var offset = 0
    /// What the records before it hold.
    private var message: [UInt8] = []
    /// How much there must be for another look.
    private var wantedCount = 0

    package init() {}

    private static var recordHeadByteCount: Int { 5 }

    /// Reads on in bytes that begin as those of the last call.
    package mutating func read(_ bytes: Span<UInt8>) -> Outcome {
        while bytes.count - offset >= Self.recordHeadByteCount {
            let (type, major) = (bytes[offset], bytes[offset + 1])
            // SSL 2 has no records: a length with its highest bit set, then the message.
            let sslMajor = bytes[offset + 3]
            if type & 0x80 != 0, bytes[offset + 2] == 1, sslMajor == 0 || sslMajor == 3 {
                return .hello(ClientHello(version: (sslMajor, bytes[offset + 4])))
            }
            guard type == 0x16, major == 3 else { return .foreign }
            let count = Int(bytes[offset + 3]) << 8 | Int(bytes[offset + 4])
            let start = offset + Self.recordHeadByteCount
            guard bytes.count - start >= count else { return .needsBytes }
            message += [UInt8](copying: bytes.extracting(start..<start + count))
            offset = start + count
            guard message.count >= wantedCount else { continue }
            let outcome = Self.parse(message.span)
            if outcome != .needsBytes { return outcome }
            wantedCount = min(message.count * 2, Self.wholeCount(message.span))
        }
        return .needsBytes
    }

    /// How much a message is, as far as it says so yet.
    private static func wholeCount(_ message: Span<UInt8>) -> Int {
        guard message.count >= 4 else { return 0 }
        return 4 + (Int(message[1]) << 16 | Int(message[2]) << 8 | Int(message[3]))
    }

    private static func parse(_ message: Span<UInt8>) -> Outcome {
        guard message.count > 0 else { return .needsBytes }
        guard message.count >= 4 else { return .needsBytes }
        guard message[0] == 1 else { return .foreign }
        var fields = HelloFields(end: wholeCount(message))
        do throws(HelloFields.Stop) {
            return .hello(try fields.readHello(message))
        } catch {
            return error == .short ? .needsBytes : .foreign
        }
    }
}

/// A walk over the fields of a ClientHello.
private struct HelloFields {
    enum Stop: Error, Equatable {
        /// The rest has not arrived.
        case short
        case malformed
    }

    private var offset = 4
    /// Where the message says that it ends.
    private let end: Int

    init(end: Int) { self.end = end }

    private mutating func take(
        _ count: Int, of message: Span<UInt8>
    ) throws(Stop) -> Range<Int> {
        guard count <= end - offset else { throw .malformed }
        guard count <= message.count - offset else { throw .short }
        defer { offset += count }
        return offset..<offset + count
    }

    /// A number of one, two or three bytes in network order.
    private mutating func number(
        _ byteCount: Int, of message: Span<UInt8>
    ) throws(Stop) -> Int {
        var value = 0
        for index in try take(byteCount, of: message) { value = value << 8 | Int(message[index]) }
        return value
    }

    private mutating func skip(_ count: Int, of message: Span<UInt8>) throws(Stop) {
        _ = try take(count, of: message)
    }

    mutating func readHello(_ message: Span<UInt8>) throws(Stop) -> ClientHello {
        var hello = ClientHello()
        hello.version.major = UInt8(truncatingIfNeeded: try number(1, of: message))
        hello.version.minor = UInt8(truncatingIfNeeded: try number(1, of: message))
        // Random bytes, session, ciphers, compressions.
        try skip(32, of: message)
        try skip(try number(1, of: message), of: message)
        try skip(try number(2, of: message), of: message)
        try skip(try number(1, of: message), of: message)
        guard offset < end else { return hello }
        try skip(2, of: message)
        var (hasName, hasProtocols) = (false, false)
        while offset < end {
            let type = try number(2, of: message)
            let count = try number(2, of: message)
            switch type {
            case 0 where !hasName:
                hasName = true
                try readName(message, into: &hello)
            case 16 where !hasProtocols:
                hasProtocols = true
                try readProtocols(message, into: &hello)
            case 43:
                hello.version = (3, 4)
                try skip(try number(1, of: message), of: message)
            default: try skip(count, of: message)
            }
        }
        return hello
    }

    private mutating func readName(
        _ message: Span<UInt8>, into hello: inout ClientHello
    ) throws(Stop) {
        let listCount = try number(2, of: message)
        guard try number(1, of: message) == 0 else { throw .malformed }
        let count = try number(2, of: message)
        guard count + 3 <= listCount else { throw .malformed }
        hello.serverName = [UInt8](
            copying: message.extracting(try take(count, of: message)))
        try skip(listCount - count - 3, of: message)
    }

    private mutating func readProtocols(
        _ message: Span<UInt8>, into hello: inout ClientHello
    ) throws(Stop) {
        var left = try number(2, of: message)
        repeat {
            let count = try number(1, of: message)
            guard count > 0, count < left else { throw .malformed }
            left -= 1 + count
            if !hello.protocolList.isEmpty { hello.protocolList.append(UInt8(ascii: ",")) }
            hello.protocolList += [UInt8](
                copying: message.extracting(try take(count, of: message)))
        } while left > 0
    }
}
