// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a peer says about how long it waits for another request. Bytes in, values out.

internal import Memory

/// The field `Keep-Alive` of a response: "timeout=5, max=100".
///
/// Spec: RFC 2068 §19.7.1, where it comes from. A part that is no such number is not there.
struct PeerPatience: BitwiseCopyable, Equatable {
    /// How long the connection may rest on the peer's side.
    ///
    /// Units: milliseconds.
    var timeout: Int64?
    /// Whether the peer takes another request on the connection.
    var isOver = false

    init(parsing value: Span<UInt8>) {
        var index = 0
        while index < value.count {
            var end = index
            while end < value.count, value[end] != UInt8(ascii: ",") { end += 1 }
            take(value.extracting(index..<end))
            index = end + 1
        }
    }

    private mutating func take(_ part: Span<UInt8>) {
        var start = 0
        while start < part.count, Self.isBlank(part[start]) { start += 1 }
        guard start < part.count else { return }
        let isTimeout = part[start] | 0x20 == UInt8(ascii: "t")
        let name: StaticString = isTimeout ? "timeout" : "max"
        let nameCount = name.utf8CodeUnitCount
        guard part.count - start > nameCount,
            part.extracting(start..<start + nameCount).equalsIgnoringCase(name),
            part[start + nameCount] == UInt8(ascii: "="),
            let number = Self.number(part.extracting((start + nameCount + 1)..<part.count))
        else { return }
        if isTimeout { timeout = number &* 1_000 } else { isOver = number == 0 }
    }

    /// A number of at most nine digits, with blanks behind it.
    private static func number(_ text: Span<UInt8>) -> Int64? {
        var value: Int64 = 0
        var count = 0
        while count < text.count, (0x30...0x39).contains(text[count]) {
            guard count < 9 else { return nil }
            value = value * 10 + Int64(text[count] - 0x30)
            count += 1
        }
        guard count > 0 else { return nil }
        for index in count..<text.count where !isBlank(text[index]) { return nil }
        return value
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}

extension UpstreamKeepAlive {
    /// How long a connection may rest whose peer has said how long it waits; nil if not at all.
    ///
    /// A second before the peer's own end, for a request that is on its way then would be lost.
    /// What the configuration says is an upper limit; our own default is not, where the peer
    /// speaks.
    ///
    /// Units: milliseconds.
    func rest(for peerTimeout: Int64?) -> Int64? {
        let limit = Int64(timeout)
        guard let peerTimeout else { return limit }
        let rest = peerTimeout - Self.safety
        guard rest > 0 else { return nil }
        return min(rest, isTimeoutSet ? limit : Self.usualLimit)
    }

    /// nginx's own `keepalive_timeout`.
    private static var usualLimit: Int64 { 60_000 }

    private static var safety: Int64 { 1_000 }
}
