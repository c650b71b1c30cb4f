// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Any bytes as a response head: no trap, and the same answer for any cut.

internal import HTTP
internal import HTTP1

/// The function that libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    check(input)
    return 0
}

/// Parses the input whole and in pieces, as the answer to GET and to HEAD.
private func check(_ input: [UInt8]) {
    let limits = HeadLimits(lineByteLimit: 512, headByteLimit: 2048)
    for method in [Method.get, .head] {
        var head = ResponseHead(fieldLimit: 16)
        let whole = ResponseParser.parse(
            input.span, answering: method, into: &head, limits: limits)
        var result = ParseResult.needsBytes
        var scanned = 0
        for end in stride(from: 1, through: input.count, by: max(input.count / 7, 1)) {
            let beginning = Array(input[..<end])
            result = ResponseParser.parse(
                beginning.span, answering: method, into: &head, limits: limits, scanned: scanned)
            if result != .needsBytes { break }
            scanned = end
        }
        if result != .needsBytes { precondition(result == whole, "the answer depends on the cut") }
    }
}
