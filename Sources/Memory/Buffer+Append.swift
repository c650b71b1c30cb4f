// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Writing at the end of a buffer. Everything here grows the buffer when it must; nothing traps on a
// full one.

extension Buffer {
    /// Makes a buffer that holds these bytes and no room for more.
    package init(_ bytes: [UInt8]) {
        self.init(capacity: bytes.count)
        append(bytes)
    }

    @inlinable
    package mutating func append(_ bytes: Span<UInt8>) {
        reserve(bytes.count)
        unsafe bytes.withUnsafeBytes { source in
            if let start = source.baseAddress {
                unsafe (base + tail).copyMemory(from: start, byteCount: source.count)
            }
        }
        tail &+= bytes.count
    }

    @inlinable
    package mutating func append(_ bytes: RawSpan) {
        reserve(bytes.byteCount)
        unsafe bytes.withUnsafeBytes { source in
            if let start = source.baseAddress {
                unsafe (base + tail).copyMemory(from: start, byteCount: source.count)
            }
        }
        tail &+= bytes.byteCount
    }

    /// Appends a text.
    ///
    /// Why: always inlined, so that a short literal becomes a store or two instead of two calls.
    @inlinable @inline(__always)
    package mutating func append(_ literal: StaticString) {
        let length = literal.utf8CodeUnitCount
        reserve(length)
        unsafe (base + tail).copyMemory(from: literal.utf8Start, byteCount: length)
        tail &+= length
    }

    @inlinable
    package mutating func append(_ bytes: [UInt8]) { append(bytes.span) }

    /// Appends what another buffer has readable.
    ///
    /// Why: a borrowed parameter, because `append(other.readable)` on a buffer that was just taken
    ///      out of an optional allocates a box (6.3.1).
    @inlinable
    package mutating func append(contentsOf other: borrowing Buffer) {
        let length = other.count
        reserve(length)
        unsafe (base + tail).copyMemory(from: other.base + other.head, byteCount: length)
        tail &+= length
    }

    /// Appends a copy of some of the readable bytes of this same buffer.
    @inlinable
    package mutating func append(copyOf range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        reserve(range.count)
        unsafe (base + tail).copyMemory(
            from: base + head + range.lowerBound, byteCount: range.count)
        tail &+= range.count
    }

    /// Appends some of what another buffer has readable.
    ///
    /// Why: as `append(contentsOf:)`; and a span of one stored property keeps the compiler from
    ///      changing another one.
    @inlinable
    package mutating func append(_ range: Range<Int>, of other: borrowing Buffer) {
        precondition(range.lowerBound >= 0 && range.upperBound <= other.count)
        reserve(range.count)
        unsafe (base + tail).copyMemory(
            from: other.base + other.head + range.lowerBound, byteCount: range.count)
        tail &+= range.count
    }

    @inlinable
    package mutating func append(byte: UInt8) {
        reserve(1)
        unsafe base.storeBytes(of: byte, toByteOffset: tail, as: UInt8.self)
        tail &+= 1
    }

    /// Appends `byte` several times.
    @inlinable
    package mutating func append(repeating byte: UInt8, count: Int) {
        precondition(count >= 0)
        reserve(count)
        unsafe (base + tail).initializeMemory(as: UInt8.self, repeating: byte, count: count)
        tail &+= count
    }

    /// Appends a number in base ten, with a minus sign when it is negative.
    @inlinable
    package mutating func append(decimal value: Int) {
        if value < 0 { append(byte: 0x2D) }
        append(decimal: value.magnitude)
    }

    /// Appends a number in base ten.
    @inlinable
    package mutating func append(decimal value: UInt) {
        var length = 1
        var limit: UInt = 10
        while value >= limit {
            length &+= 1
            let next = limit.multipliedReportingOverflow(by: 10)
            if next.overflow { break }
            limit = next.partialValue
        }
        appendDigits(value, base: 10, length: length)
    }

    /// Appends a number in base ten with leading zeros up to `width` digits.
    @inlinable
    package mutating func append(decimal value: UInt, width: Int) {
        var length = 1
        var rest = value / 10
        while rest > 0 {
            length &+= 1
            rest /= 10
        }
        appendDigits(value, base: 10, length: max(length, width))
    }

    /// Appends a number in base sixteen, small letters, no leading zeros.
    ///
    /// A negative number is written as the pattern of its bits.
    @inlinable
    package mutating func append(hex value: Int) {
        let bits = UInt(bitPattern: value)
        let length = max(1, (UInt.bitWidth &- bits.leadingZeroBitCount &+ 3) / 4)
        appendDigits(bits, base: 16, length: length)
    }

    /// Appends at most `limit` bytes that `write` puts into the given span.
    @inlinable
    package mutating func append(
        upTo limit: Int, writing write: (inout OutputSpan<UInt8>) -> Void
    ) {
        reserve(limit)
        let start = unsafe UnsafeMutableBufferPointer(
            start: (base + tail).assumingMemoryBound(to: UInt8.self), count: limit)
        var output = unsafe OutputSpan(buffer: start, initializedCount: 0)
        write(&output)
        tail &+= unsafe output.finalize(for: start)
    }

    /// Overwrites readable bytes from `offset` on, which must all exist.
    @inlinable
    package mutating func overwrite(at offset: Int, with bytes: Span<UInt8>) {
        precondition(offset >= 0 && offset <= count &- bytes.count)
        unsafe bytes.withUnsafeBytes { source in
            if let start = source.baseAddress {
                unsafe (base + head + offset).copyMemory(from: start, byteCount: source.count)
            }
        }
    }

    /// Writes the last `length` digits of `value`, the lowest one last.
    @usableFromInline
    mutating func appendDigits(_ value: UInt, base radix: UInt, length: Int) {
        reserve(length)
        var rest = value
        var offset = tail + length
        while offset > tail {
            offset -= 1
            let digit = UInt8(truncatingIfNeeded: rest % radix)
            unsafe base.storeBytes(
                of: digit < 10 ? 0x30 + digit : 0x57 + digit, toByteOffset: offset, as: UInt8.self)
            rest /= radix
        }
        tail += length
    }
}
