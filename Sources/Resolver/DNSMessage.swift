// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads the answers of name servers. Bytes in, values out: no sockets, no clock.

internal import OS

/// One line of a service: where it is offered.
///
/// Spec: RFC 2782.
struct ServiceRecord: Equatable {
    var priority: UInt16
    var weight: UInt16
    var port: UInt16
    var target: QueryName
}

/// What one message says about one question.
struct DNSAnswer: Equatable {
    var addresses: [CompactAddress] = []
    var services: [ServiceRecord] = []
    /// Another name that has to be asked for instead; nil if there are records, or nothing at all.
    var alias: QueryName?
    /// The least of all records that were needed.
    ///
    /// Units: seconds.
    var ttlSeconds: Int64 = .max

    /// Whether it has neither records nor another name.
    var isEmpty: Bool { addresses.isEmpty && services.isEmpty && alias == nil }
}

/// A reader of one message.
///
/// Limits: a name has at most 255 bytes and points only backwards, so that no message keeps the
///         reader busy; aliases within a message are followed `aliasLimit` times.
/// Spec: RFC 1035 §4.1. Records of other names than the one that was asked for, and of those that
///       it is an alias of, are not believed: anybody could put them there.
struct DNSMessage {
    /// The message is not what the protocol allows.
    struct Malformed: Error {}

    /// One resource record, by its places in the message.
    private struct Record {
        let owner: [UInt8]
        let type: UInt16
        let ttl: Int64
        let data: Range<Int>
    }

    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// How many aliases of one name are followed.
    static var aliasLimit: Int { 16 }

    /// What the message says about `name`.
    func answer(to name: QueryName, _ type: RecordType) throws(Malformed) -> DNSAnswer {
        let records = try answerRecords()
        var answer = DNSAnswer()
        let asked = name.bytes.last == UInt8(ascii: ".") ? Array(name.bytes.dropLast()) : name.bytes
        var current = asked
        for _ in 0...Self.aliasLimit {
            let alias = records.first {
                $0.type == RecordType.alias.rawValue && $0.owner == current
            }
            guard let alias else { break }
            answer.ttlSeconds = min(answer.ttlSeconds, alias.ttl)
            var offset = alias.data.lowerBound
            current = try self.name(at: &offset)
        }
        for record in records where record.type == type.rawValue && record.owner == current {
            try take(record, type, into: &answer)
        }
        guard answer.isEmpty, current != asked else { return answer }
        guard let alias = QueryName(current) else { throw Malformed() }
        answer.alias = alias
        return answer
    }

    private func take(
        _ record: Record, _ type: RecordType, into answer: inout DNSAnswer
    ) throws(Malformed) {
        let start = record.data.lowerBound
        switch type {
        case .ipv4:
            guard record.data.count == 4 else { throw Malformed() }
            let value = UInt32(number(start, count: 4))
            answer.addresses.append(CompactAddress(ipv4: value, port: 0))
        case .ipv6:
            guard record.data.count == 16 else { throw Malformed() }
            answer.addresses.append(
                CompactAddress(
                    ipv6: number(start, count: 8), number(start + 8, count: 8), port: 0))
        case .service:
            guard record.data.count >= 7 else { throw Malformed() }
            var offset = start + 6
            // A target that is the root says that the service is not offered.
            guard let target = QueryName(try name(at: &offset)) else { return }
            answer.services.append(
                ServiceRecord(
                    priority: UInt16(number(start, count: 2)),
                    weight: UInt16(number(start + 2, count: 2)),
                    port: UInt16(number(start + 4, count: 2)), target: target))
        case .alias: return
        }
        answer.ttlSeconds = min(answer.ttlSeconds, record.ttl)
    }

    /// The records of the answer section.
    private func answerRecords() throws(Malformed) -> [Record] {
        guard bytes.count >= Self.headByteCount else { throw Malformed() }
        let questionCount = Int(number(4, count: 2))
        let answerCount = Int(number(6, count: 2))
        var offset = Self.headByteCount
        for _ in 0..<questionCount {
            _ = try name(at: &offset)
            guard offset + 4 <= bytes.count else { throw Malformed() }
            offset += 4
        }
        var records: [Record] = []
        for _ in 0..<answerCount { records.append(try record(at: &offset)) }
        return records
    }

    private func record(at offset: inout Int) throws(Malformed) -> Record {
        let owner = try name(at: &offset)
        guard offset + 10 <= bytes.count else { throw Malformed() }
        let type = UInt16(number(offset, count: 2))
        let networkClass = number(offset + 2, count: 2)
        let ttl = Int64(number(offset + 4, count: 4))
        let count = Int(number(offset + 8, count: 2))
        offset += 10
        guard networkClass == 1, offset + count <= bytes.count else { throw Malformed() }
        let data = offset..<offset + count
        offset += count
        // A TTL with the highest bit set counts as 0 (RFC 2181 §8).
        return Record(owner: owner, type: type, ttl: ttl > 0x7FFF_FFFF ? 0 : ttl, data: data)
    }

    /// Reads a name in lower case, with dots between its labels, and moves `offset` behind it.
    private func name(at offset: inout Int) throws(Malformed) -> [UInt8] {
        var name: [UInt8] = []
        var position = offset
        // A pointer must lead before everything that was read so far.
        var bound = offset
        var hasJumped = false
        while true {
            guard position < bytes.count else { throw Malformed() }
            let length = Int(bytes[position])
            switch length {
            case 0:
                if !hasJumped { offset = position + 1 }
                return name
            case 0xC0...0xFF:
                guard position + 1 < bytes.count else { throw Malformed() }
                let target = (length & 0x3F) << 8 | Int(bytes[position + 1])
                guard target < bound else { throw Malformed() }
                if !hasJumped { offset = position + 2 }
                (hasJumped, bound, position) = (true, target, target)
            case 1...63:
                let end = position + 1 + length
                guard end <= bytes.count, name.count + 1 + length <= Self.nameByteLimit else {
                    throw Malformed()
                }
                if !name.isEmpty { name.append(UInt8(ascii: ".")) }
                for byte in bytes[(position + 1)..<end] {
                    name.append((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
                }
                position = end
            default: throw Malformed()
            }
        }
    }

    /// A number in network order; the caller has checked that it is there.
    private func number(_ start: Int, count: Int) -> UInt64 {
        bytes[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static var headByteCount: Int { 12 }
    /// What 255 bytes on the wire hold, as text with a dot before each label.
    private static var nameByteLimit: Int { 254 }
}
