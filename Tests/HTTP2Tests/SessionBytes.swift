// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a client of HTTP/2 sends, byte by byte, and what it is sent.

import HTTP2

/// Lets a session read what has come.
func receive(_ session: HTTP2Session, _ bytes: [UInt8]) -> Bool { session.receive(bytes.span) }

/// Frames as a client writes them.
enum ClientBytes {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    static let settings = frame(4, 0, 0, [])
    static let opening = preface + settings

    static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ body: [UInt8]) -> [UInt8] {
        let count = UInt32(body.count)
        return [
            UInt8(truncatingIfNeeded: count >> 16), UInt8(truncatingIfNeeded: count >> 8),
            UInt8(truncatingIfNeeded: count), type, flags,
        ] + number(stream) + body
    }

    static func number(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// A field that is not put into any table, without Huffman coding.
    static func field(_ name: String, _ value: String) -> [UInt8] {
        [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)]
            + Array(value.utf8)
    }

    /// The fields of `GET path` of a host, and others behind them.
    static func get(_ path: String = "/", _ more: [(String, String)] = []) -> [UInt8] {
        let fields = [
            (":method", "GET"), (":scheme", "http"), (":path", path), (":authority", "localhost"),
        ]
        return (fields + more).flatMap { field($0.0, $0.1) }
    }

    /// HEADERS that are the whole request.
    static func headers(_ stream: UInt32, _ block: [UInt8], ends: Bool = true) -> [UInt8] {
        frame(1, ends ? 5 : 4, stream, block)
    }

    static func data(_ stream: UInt32, _ text: String, ends: Bool = false) -> [UInt8] {
        frame(0, ends ? 1 : 0, stream, Array(text.utf8))
    }
}

/// A frame as the server wrote it.
struct SentFrame: Equatable {
    var type: UInt8
    var flags: UInt8
    var stream: UInt32
    var body: [UInt8]

    /// The frames in some bytes.
    static func all(in bytes: [UInt8]) -> [SentFrame] {
        var frames: [SentFrame] = []
        var rest = bytes[...]
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let count = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            let stream = head[5...8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            frames.append(
                SentFrame(
                    type: head[3], flags: head[4], stream: stream,
                    body: Array(rest.dropFirst(9).prefix(count))))
            rest = rest.dropFirst(9 + count)
        }
        return frames
    }
}
