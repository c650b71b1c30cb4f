// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// From field lines as HTTP/1 writes them to the fields of a response.

internal import CNGHTTP2
internal import HTTP
internal import Memory

extension HTTP2Session {
    /// Answers a stream with a status and field lines.
    ///
    /// - Parameter hasContent: whether content follows, or trailers.
    /// - Returns: false when that cannot be done any more.
    package func answer(
        _ stream: HTTP2Stream, status: Int, lines: Span<UInt8>, hasContent: Bool
    ) -> Bool {
        guard !stream.isClosed, !stream.hasAnswered else { return false }
        stream.hasAnswered = true
        return unsafe withFields(status, lines) { fields, count in
            unsafe takePriority(of: stream, fields, count)
            return unsafe withLibrary { library in
                guard hasContent else {
                    return unsafe nghttp2_submit_response(
                        library, stream.number, fields, count, nil) == 0
                }
                var provider = unsafe nghttp2_data_provider()
                unsafe provider.source.ptr = Unmanaged.passUnretained(stream).toOpaque()
                unsafe provider.read_callback = Self.provider
                return unsafe nghttp2_submit_response(
                    library, stream.number, fields, count, &provider) == 0
            }
        }
    }

    /// Lets an answer say when it goes.
    private func takePriority(
        of stream: HTTP2Stream, _ fields: UnsafePointer<nghttp2_nv>?, _ count: Int
    ) {
        guard let fields = unsafe fields else { return }
        for index in 0..<count {
            let field = unsafe fields[index]
            guard unsafe field.namelen == 8, let name = unsafe field.name,
                let value = unsafe field.value,
                unsafe Span(_unsafeStart: name, count: 8).equalsIgnoringCase("priority")
            else { continue }
            override(stream, by: unsafe Span(_unsafeStart: value, count: field.valuelen))
        }
    }

    /// Sends a head that goes before the answer: 103, or 100.
    package func inform(_ stream: HTTP2Stream, status: Int, lines: Span<UInt8>) {
        guard !stream.isClosed, !stream.hasAnswered else { return }
        unsafe withFields(status, lines) { fields, count in
            unsafe withLibrary { library in
                _ = unsafe nghttp2_submit_headers(
                    library, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.number, nil, fields,
                    count, nil)
            }
        }
    }

    func submitTrailers(of stream: HTTP2Stream) {
        submit(trailers: stream.trailers, stream.number)
    }

    private func submit(trailers: borrowing Buffer, _ number: Int32) {
        unsafe withFields(nil, trailers.readable) { fields, count in
            unsafe withLibrary { library in
                _ = unsafe nghttp2_submit_trailer(library, number, fields, count)
            }
        }
    }

    // MARK: Fields

    /// Lends the fields of a status and of field lines as the library wants them.
    ///
    /// Why: they point into the lines. The library copies all of them at once, and writes the
    ///      names in lower case while it does.
    private func withFields<Result>(
        _ status: Int?, _ lines: Span<UInt8>,
        _ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result
    ) -> Result {
        statusField.removeAll()
        if let status {
            statusField.append(":status")
            statusField.append(decimal: status)
        }
        return unsafe Self.withRows(statusField, lines, Self.usualFieldCount, body)
            ?? Self.withRows(statusField, lines, lines.count / 2 + 1, body)
            ?? body(nil, 0)
    }

    /// As many as lie on the stack.
    private static var usualFieldCount: Int { 24 }

    private static func withRows<Result>(
        _ status: borrowing Buffer, _ lines: Span<UInt8>, _ limit: Int,
        _ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result
    ) -> Result? {
        unsafe withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: limit) { rows in
            unsafe status.readable.withUnsafeBufferPointer { status in
                unsafe lines.withUnsafeBufferPointer { bytes in
                    var fields = unsafe FieldRows(rows: rows)
                    if status.count > 0 {
                        unsafe fields.append(status, 0..<7, 7..<status.count)
                    }
                    guard unsafe fields.append(lines, at: bytes) else { return nil }
                    return unsafe body(UnsafePointer(rows.baseAddress), fields.count)
                }
            }
        }
    }
}

/// The fields of one head for the library, with names and values where they already are.
@safe
private struct FieldRows: ~Copyable {
    private let rows: UnsafeMutableBufferPointer<nghttp2_nv>
    private(set) var count = 0

    init(rows: UnsafeMutableBufferPointer<nghttp2_nv>) { unsafe self.rows = unsafe rows }

    /// Adds a field; false when there is no room.
    @discardableResult
    mutating func append(
        _ bytes: UnsafeBufferPointer<UInt8>, _ name: Range<Int>, _ value: Range<Int>
    ) -> Bool {
        guard unsafe count < rows.count else { return false }
        // Nothing is changed through it.
        let start = unsafe UnsafeMutablePointer(mutating: bytes.baseAddress)
        unsafe rows.initializeElement(
            at: count,
            to: nghttp2_nv(
                name: start.map { unsafe $0 + name.lowerBound },
                value: start.map { unsafe $0 + value.lowerBound },
                namelen: name.count, valuelen: value.count, flags: 0))
        count += 1
        return true
    }

    /// Adds field lines, without those of a connection; false when there is no room for all.
    mutating func append(_ lines: Span<UInt8>, at bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var start = 0
        while start < lines.count {
            guard let colon = lines.firstOffset(of: UInt8(ascii: ":"), from: start) else { break }
            let end = lines.firstOffset(of: 0x0A, from: start) ?? lines.count
            let name = start..<min(colon, end)
            start = end + 1
            guard colon < end, !Self.isForConnection(lines, name) else { continue }
            var valueStart = colon + 1
            while valueStart < end, lines[valueStart] == 32 { valueStart += 1 }
            var valueEnd = end
            while valueEnd > valueStart, lines[valueEnd - 1] == 13 || lines[valueEnd - 1] == 32 {
                valueEnd -= 1
            }
            guard unsafe append(bytes, name, valueStart..<valueEnd) else { return false }
        }
        return true
    }

    /// Spec: RFC 9113 §8.2.2.
    private static func isForConnection(_ lines: Span<UInt8>, _ name: Range<Int>) -> Bool {
        switch name.count {
        case 7, 10, 16, 17: break
        default: return false
        }
        switch FieldName.recognise(lines, at: name.lowerBound, count: name.count) {
        case .connection, .keepAlive, .transferEncoding, .upgrade, .proxyConnection: return true
        default: return false
        }
    }
}
