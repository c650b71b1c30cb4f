// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the PROXY protocol tells about a connection. Pure: bytes in, values out.

internal import Memory
internal import OS

/// Who a connection comes from, as the proxy in front of us has said it.
///
/// Why: a class, because few connections have one, and every exchange on them needs it.
final class ProxyHeader: Sendable {
    let source: CompactAddress
    let destination: CompactAddress
    /// The type-length-value vectors of version 2, as received.
    let options: [UInt8]

    init(source: CompactAddress, destination: CompactAddress, options: [UInt8] = []) {
        self.source = source
        self.destination = destination
        self.options = options
    }
}

/// Which of the vectors a variable is for.
///
/// Spec: nginx `$proxy_protocol_tlv_name`, `…_0xNN`, and `…_ssl_name` for those within SSL.
struct ProxyOption: BitwiseCopyable, Equatable, Sendable {
    /// Nil for a name that nobody has given to a vector.
    var type: UInt?
    /// Whether it lies within the one about TLS.
    var isAboutTLS = false
    /// The result of the client's certificate, which lies in front of those vectors.
    var isVerification = false

    private static let types: [(String, UInt)] = [
        ("alpn", 0x01), ("authority", 0x02), ("unique_id", 0x05), ("ssl", 0x20), ("netns", 0x30),
    ]
    private static let typesAboutTLS: [(String, UInt)] = [
        ("version", 0x21), ("cn", 0x22), ("cipher", 0x23), ("sig_alg", 0x24), ("key_alg", 0x25),
    ]

    /// Reads what follows `proxy_protocol_tlv_` in the name of a variable, in lower case.
    init(name: [UInt8]) {
        var rest = String(decoding: name, as: UTF8.self)[...]
        if rest.hasPrefix("ssl_") {
            isAboutTLS = true
            rest = rest.dropFirst(4)
            isVerification = rest == "verify"
        }
        if rest.hasPrefix("0x") {
            type = UInt(rest.dropFirst(2), radix: 16)
        } else {
            type = (isAboutTLS ? Self.typesAboutTLS : Self.types).first { $0.0 == rest }?.1
        }
    }
}

extension ProxyHeader {
    /// What stands before the vectors within the one about TLS: a byte of flags, and the result of
    /// the client's certificate.
    private static var tlsPreludeByteCount: Int { 5 }

    private static var tlsType: UInt { 0x20 }

    /// Where among the options the value of one lies; nil when it is not there.
    func place(of option: ProxyOption) -> Range<Int>? {
        guard option.isAboutTLS else {
            return option.type.flatMap { place(of: $0, in: 0..<options.count) }
        }
        guard let outer = place(of: Self.tlsType, in: 0..<options.count),
            outer.count >= Self.tlsPreludeByteCount
        else { return nil }
        let inner = outer.lowerBound + Self.tlsPreludeByteCount..<outer.upperBound
        return option.type.flatMap { place(of: $0, in: inner) }
    }

    /// The result of the client's certificate; nil when nothing is said about TLS.
    var verification: UInt32? {
        guard let outer = place(of: Self.tlsType, in: 0..<options.count),
            outer.count >= Self.tlsPreludeByteCount
        else { return nil }
        let start = outer.lowerBound + 1
        return options[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Walks over the vectors of a range; a broken one ends the walk.
    private func place(of type: UInt, in range: Range<Int>) -> Range<Int>? {
        var offset = range.lowerBound
        while offset + 3 <= range.upperBound {
            let count = Int(options[offset + 1]) << 8 | Int(options[offset + 2])
            let value = offset + 3..<offset + 3 + count
            guard value.upperBound <= range.upperBound else { return nil }
            if UInt(options[offset]) == type { return value }
            offset = value.upperBound
        }
        return nil
    }
}
