// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The bytes between kernel and parser: head, tail, growth.

import Memory
import Testing

@Suite struct BufferTests {
    /// What a buffer has readable, copied out for comparison.
    private func text(_ buffer: borrowing Buffer) -> String {
        let bytes = buffer.readable
        return String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
    }

    @Test func `an empty buffer without capacity allocates on the first byte`() {
        var buffer = Buffer(capacity: 0)
        let before = buffer.capacity
        #expect(before == 0)
        buffer.append(byte: 0x61)
        let after = buffer.capacity
        #expect(after >= 1)
        let content = text(buffer)
        #expect(content == "a")
    }

    @Test func `consuming everything gives the whole room back`() {
        var buffer = Buffer(capacity: 8)
        buffer.append("abcdefgh")
        let full = buffer.room
        #expect(full == 0)
        buffer.consume(3)
        let rest = text(buffer)
        #expect(rest == "defgh")
        buffer.consume(5)
        let (isEmpty, room) = (buffer.isEmpty, buffer.room)
        #expect(isEmpty)
        #expect(room == 8)
    }

    @Test(arguments: [0, 1, 7, 8, 255, 256, 257, 5000])
    func `appending grows and keeps what was there`(count: Int) {
        var buffer = Buffer(capacity: 4)
        buffer.append("ab")
        buffer.consume(1)
        buffer.append(repeating: 0x78, count: count)
        let content = text(buffer)
        #expect(content == "b" + String(repeating: "x", count: count))
    }

    @Test func `reserve compacts when that is enough`() {
        var buffer = Buffer(capacity: 16)
        buffer.append("0123456789abcdef")
        buffer.consume(12)
        buffer.reserve(10)
        let (capacity, room, content) = (buffer.capacity, buffer.room, text(buffer))
        #expect(capacity == 16)
        #expect(room == 12)
        #expect(content == "cdef")
    }

    @Test func `growth doubles`() {
        var buffer = Buffer(capacity: 1024)
        buffer.append(repeating: 0, count: 1024)
        buffer.append(byte: 0)
        let capacity = buffer.capacity
        #expect(capacity == 2048)
    }

    @Test func `offsets count from the first readable byte`() {
        var buffer = Buffer(capacity: 16)
        buffer.append("0123456789")
        buffer.consume(4)
        let found = buffer.span(1..<3).equals("56")
        #expect(found)
        let raw = buffer.bytes(0..<6).byteCount
        #expect(raw == 6)
        let replacement: [UInt8] = [0x2D, 0x2D]
        buffer.overwrite(at: 2, with: replacement.span)
        let content = text(buffer)
        #expect(content == "45--89")
        buffer.truncate(to: 3)
        let shorter = text(buffer)
        #expect(shorter == "45-")
        buffer.compact()
        let moved = (text(buffer), buffer.room)
        #expect(moved == ("45-", 13))
    }

    @Test func `bytes can be changed in place`() {
        var buffer = Buffer(capacity: 8)
        buffer.append("abc")
        buffer.consume(1)
        var bytes = buffer.mutableReadable
        bytes[0] = 0x42
        let content = text(buffer)
        #expect(content == "Bc")
    }

    @Test func `received bytes become readable`() {
        var buffer = Buffer(capacity: 8)
        buffer.append("a")
        var space = buffer.free
        let room = space.byteCount
        space.storeBytes(of: UInt8(0x62), toByteOffset: 0, as: UInt8.self)
        buffer.didFill(1)
        #expect(room == 7)
        let content = text(buffer)
        #expect(content == "ab")
    }

    @Test func `another buffer's bytes are copied from its head`() {
        var source = Buffer(capacity: 8)
        source.append("xyz")
        source.consume(1)
        var target = Buffer(capacity: 1)
        target.append([0x61])
        target.append(contentsOf: source)
        let content = text(target)
        #expect(content == "ayz")
    }

    @Test(arguments: [
        (0, "0"), (9, "9"), (10, "10"), (99, "99"), (100, "100"), (-1, "-1"), (-10, "-10"),
        (Int.max, "9223372036854775807"), (Int.min, "-9223372036854775808"),
    ])
    func `decimal numbers`(value: Int, expected: String) {
        var buffer = Buffer(capacity: 1)
        buffer.append(decimal: value)
        let content = text(buffer)
        #expect(content == expected)
    }

    @Test(arguments: [
        (0, "0"), (9, "9"), (10, "a"), (15, "f"), (16, "10"), (255, "ff"),
        (0x6543_21ab, "654321ab"),
        (Int.max, "7fffffffffffffff"), (-1, "ffffffffffffffff"),
    ])
    func `hexadecimal numbers`(value: Int, expected: String) {
        var buffer = Buffer(capacity: 1)
        buffer.append(hex: value)
        let content = text(buffer)
        #expect(content == expected)
    }

    @Test(arguments: [(5, 3, "005"), (123, 3, "123"), (1234, 3, "1234"), (0, 2, "00")])
    func `padded numbers`(value: UInt, width: Int, expected: String) {
        var buffer = Buffer(capacity: 1)
        buffer.append(decimal: value, width: width)
        let content = text(buffer)
        #expect(content == expected)
    }

    @Test(arguments: [0 as UInt, 9, 10, 99, 100, 12345, UInt.max])
    func `unsigned numbers`(value: UInt) {
        var buffer = Buffer(capacity: 1)
        buffer.append(decimal: value)
        let content = text(buffer)
        #expect(content == String(value))
    }

    @Test func `a writer may use less than it asked for`() {
        var buffer = Buffer(capacity: 2)
        buffer.append("a")
        buffer.append(upTo: 10) { output in
            output.append(0x62)
            output.append(0x63)
        }
        let content = text(buffer)
        #expect(content == "abc")
    }
}
