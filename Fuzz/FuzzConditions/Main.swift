// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Any bytes as the values of Range and of preconditions: no trap, never more than there is, and the
// same answer as that of a reading that is plain and slow.

internal import HTTP
internal import Memory

/// The function that libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    guard input.count > 2 else { return 0 }
    let value = Array(input.dropFirst(2))
    checkRanges(value, size: sizes[Int(input[0] & 7)], limit: input[1] > 200 ? 2 : .max)
    checkPreconditions(value, kind: input[1])
    return 0
}

private let sizes = [0, 1, 10, 1000, 1 << 20, 1 << 40, Int.max - 1, Int.max]

private func checkRanges(_ value: [UInt8], size: Int, limit: Int) {
    let text = Array("bytes=".utf8) + value
    switch RangeSet.parse(text.span, size: size, limit: limit) {
    case .ignored: break
    case .unsatisfiable: precondition(!isSatisfiable(value, size), "a range was not seen")
    case .single(let range): checkParts([range], size)
    case .multiple(let ranges):
        precondition(ranges.count > 1 && ranges.count <= limit)
        checkParts(ranges, size)
        precondition(RangeSet.parse(text.span, size: size, limit: 1) == .ignored)
    }
    _ = RangeSet.parse(value.span, size: size, limit: limit)
}

private func checkParts(_ parts: [Range<Int>], _ size: Int) {
    var byteCount = 0
    for part in parts {
        precondition(!part.isEmpty && part.lowerBound >= 0 && part.upperBound <= size)
        byteCount += part.count
    }
    precondition(byteCount <= size, "parts are more than the whole")
}

/// Whether the value is one range of plain digits that lies in the content.
private func isSatisfiable(_ value: [UInt8], _ size: Int) -> Bool {
    let text = String(decoding: value, as: UTF8.self)
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, text.utf8.allSatisfy({ $0 == 45 || (48...57).contains($0) }),
        let first = Int(ends[0])
    else { return false }
    if ends[1].isEmpty { return first < size }
    guard let last = Int(ends[1]) else { return false }
    return first <= last && first < size
}

private func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
    text.indices.contains { text[$0...].starts(with: part) }
}

private let names: [FieldName] = [
    .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince,
]

private func checkPreconditions(_ value: [UInt8], kind: UInt8) {
    let name = names[Int(kind & 3)]
    var head = RequestHead()
    head.method = kind & 4 == 0 ? .get : .put
    _ = head.fields.append(
        Field(name: name, nameStart: 0, nameCount: 0, valueStart: 0, valueEnd: value.count))
    let tag = Array("\"a\"".utf8)
    let outcome = Preconditions.evaluate(
        head, value.span, etag: tag.span, lastModified: 784_111_777, check: .before)
    switch outcome {
    case .proceed: break
    case .notModified:
        precondition(head.method == .get && (name == .ifNoneMatch || name == .ifModifiedSince))
    case .preconditionFailed:
        precondition(name != .ifModifiedSince && (head.method == .put || name != .ifNoneMatch))
    }
    if name == .ifNoneMatch, outcome != .proceed {
        precondition(value == [0x2A] || contains(value, tag), "a tag was seen that is not there")
    }
    if Preconditions.ifRange(value.span, holdsFor: tag.span, nil) {
        precondition(value == tag, "If-Range holds for another tag")
    }
}
