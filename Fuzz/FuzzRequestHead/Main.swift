// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Any bytes as a request head: no trap, the same answer for any cut, and what was parsed can be
// written.

internal import HTTP
internal import HTTP1
internal import Memory

/// The function that libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    check(input)
    return 0
}

/// Parses the input whole and in pieces, and what it means once more after writing it.
private func check(_ input: [UInt8]) {
    let limits = HeadLimits(lineByteLimit: 512, headByteLimit: 2048)
    var head = RequestHead(fieldLimit: 16)
    let whole = RequestParser.parse(input.span, into: &head, limits: limits)
    var cut = RequestHead(fieldLimit: 16)
    var result = ParseResult.needsBytes
    var scanned = 0
    for end in stride(from: 1, through: input.count, by: max(input.count / 7, 1)) {
        let beginning = Array(input[..<end])
        result = RequestParser.parse(beginning.span, into: &cut, limits: limits, scanned: scanned)
        if result != .needsBytes { break }
        scanned = end
    }
    if result != .needsBytes { precondition(result == whole, "the answer depends on the cut") }
    guard case .parsed(let byteCount) = whole else { return }
    precondition(byteCount <= input.count && byteCount <= 2048)
    checkWriting(input, head)
}

private func checkWriting(_ input: [UInt8], _ head: borrowing RequestHead) {
    var buffer = Buffer(capacity: 256)
    let method = input.span.extracting(head.methodRange)
    let target = input.span.extracting(head.targetRange)
    precondition(
        HeadWriter.requestLine(
            method: method, target: target, version: head.version, to: &buffer))
    for i in 0..<head.fields.count {
        let name = input.span.extracting(head.fields[i].nameRange)
        let value = input.span.extracting(head.fields[i].valueRange)
        precondition(HeadWriter.field(name, value, to: &buffer))
    }
    HeadWriter.end(to: &buffer)
    var again = RequestHead(fieldLimit: 16)
    let result = RequestParser.parse(buffer.readable, into: &again)
    precondition(result == .parsed(byteCount: buffer.count), "what was written does not parse")
    precondition(again.fields.count == head.fields.count && again.framing == head.framing)
    precondition(again.host == head.host && again.persistence == head.persistence)
    _ = Preconditions.evaluate(head, input.span, etag: nil, lastModified: 0)
    _ = Navigation.isNavigation(head, input.span)
}
