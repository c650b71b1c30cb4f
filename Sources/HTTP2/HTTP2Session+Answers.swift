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
        collect(status: status, lines)
        stream.hasAnswered = true
        return unsafe withFields { fields, count in
            unsafe withLibrary { library in
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

    /// Sends a head that goes before the answer: 103, or 100.
    package func inform(_ stream: HTTP2Stream, status: Int, lines: Span<UInt8>) {
        guard !stream.isClosed, !stream.hasAnswered else { return }
        collect(status: status, lines)
        unsafe withFields { fields, count in
            unsafe withLibrary { library in
                _ = unsafe nghttp2_submit_headers(
                    library, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.number, nil, fields,
                    count, nil)
            }
        }
    }

    func submitTrailers(of stream: HTTP2Stream) {
        names.removeAll()
        places.removeAll(keepingCapacity: true)
        append(stream.trailers.readable)
        unsafe withFields { fields, count in
            unsafe withLibrary { library in
                _ = unsafe nghttp2_submit_trailer(library, stream.number, fields, count)
            }
        }
    }

    // MARK: Fields

    private func collect(status: Int, _ lines: Span<UInt8>) {
        names.removeAll()
        places.removeAll(keepingCapacity: true)
        names.append(":status")
        names.append(decimal: status)
        places.append(FieldPlace(start: 0, nameCount: 7, valueCount: names.count - 7))
        append(lines)
    }

    /// Copies field lines, with names in lower case and without those of a connection.
    private func append(_ lines: Span<UInt8>) {
        var start = 0
        while start < lines.count {
            let end = lines.firstOffset(of: 0x0A, from: start) ?? lines.count
            defer { start = end + 1 }
            guard let colon = lines.firstOffset(of: UInt8(ascii: ":"), from: start), colon < end
            else { continue }
            var valueStart = colon + 1
            while valueStart < end, lines[valueStart] == 32 { valueStart += 1 }
            var valueEnd = end
            while valueEnd > valueStart, lines[valueEnd - 1] == 13 || lines[valueEnd - 1] == 32 {
                valueEnd -= 1
            }
            guard !Self.isForConnection(lines, start, colon) else { continue }
            let place = names.count
            for index in start..<colon { names.append(byte: lines[index].lowercased) }
            names.append(lines.extracting(valueStart..<valueEnd))
            places.append(
                FieldPlace(
                    start: place, nameCount: colon - start, valueCount: valueEnd - valueStart))
        }
    }

    /// Spec: RFC 9113 §8.2.2.
    private static func isForConnection(_ lines: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        switch FieldName.recognise(lines, at: start, count: end - start) {
        case .connection, .keepAlive, .transferEncoding, .upgrade, .proxyConnection: true
        default: false
        }
    }

    private func withFields<Result>(
        _ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result
    ) -> Result {
        unsafe Self.withFields(names, places, body)
    }

    private static func withFields<Result>(
        _ names: borrowing Buffer, _ places: [FieldPlace],
        _ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result
    ) -> Result {
        let count = places.count
        return unsafe names.readable.withUnsafeBufferPointer { bytes in
            // The library copies them at once, and changes nothing.
            let start = unsafe UnsafeMutablePointer(mutating: bytes.baseAddress)
            return unsafe withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: count) {
                fields in
                for index in 0..<count {
                    let place = places[index]
                    let name = unsafe start.map { unsafe $0 + place.start }
                    let value = unsafe name.map { unsafe $0 + place.nameCount }
                    unsafe (fields.baseAddress.unsafelyUnwrapped + index).initialize(
                        to: nghttp2_nv(
                            name: name, value: value, namelen: place.nameCount,
                            valuelen: place.valueCount, flags: 0))
                }
                return unsafe body(fields.baseAddress, count)
            }
        }
    }
}

/// Where a name and the value behind it are.
struct FieldPlace: BitwiseCopyable {
    var start: Int
    var nameCount: Int
    var valueCount: Int
}

extension UInt8 {
    fileprivate var lowercased: UInt8 { self &- 65 < 26 ? self | 0x20 : self }
}
