// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Any bytes as chunked content: no trap, and the same content for any cut.

internal import HTTP
internal import HTTP1

/// The function that libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    check(input)
    return 0
}

/// How a decoding ended, and the content before that.
private struct Decoded: Equatable {
    var content: [UInt8] = []
    var consumed = 0
    var isAtEnd = false
    var isMalformed = false
}

/// Decodes the input in one piece and in pieces of three bytes.
private func check(_ input: [UInt8]) {
    let whole = decode(input, step: max(input.count, 1))
    let pieces = decode(input, step: 3)
    precondition(whole == pieces, "the content depends on the cut")
}

private func decode(_ input: [UInt8], step: Int) -> Decoded {
    var decoder = ChunkedDecoder()
    var decoded = Decoded()
    var end = 0
    while end < input.count {
        end = min(end + step, input.count)
        var isHungry = false
        while !isHungry {
            let piece = Array(input[decoded.consumed..<end])
            switch decoder.next(piece.span) {
            case .content(let range):
                precondition(!range.isEmpty, "an empty piece makes no progress")
                decoded.content += piece[range.range]
                decoded.consumed += range.upperBound
            case .needsBytes(let consumed):
                decoded.consumed += consumed
                isHungry = true
            case .end(let consumed):
                decoded.consumed += consumed
                decoded.isAtEnd = true
                return decoded
            case .malformed:
                // How much was used up before the fault depends on the cut, and is of no use.
                decoded.consumed = 0
                decoded.isMalformed = true
                return decoded
            }
        }
    }
    return decoded
}
