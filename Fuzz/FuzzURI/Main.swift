// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Any bytes as a path, a host, a list, a range, a date or a file name: no trap, and no way above
// the root.

internal import HTTP
internal import Memory

/// The function that libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    check(input)
    return 0
}

/// Gives the input to everything that reads what a client can choose freely.
private func check(_ input: [UInt8]) {
    checkPath(input, mergesSlashes: true)
    checkPath(input, mergesSlashes: false)
    _ = HostName(validating: input.span)
    _ = HTTPDate.parse(input.span)
    _ = CodingPreference(accepting: input.span)
    _ = Navigation.acceptsHTML(input.span)
    _ = Navigation.hasAssetExtension(input.span)
    _ = BuildHash.isHashed(input.span)
    _ = EntityTag.ifNoneMatch(input.span, names: input.span)
    _ = FieldName.recognise(input.span)
    checkRanges(input)
}

private func checkPath(_ input: [UInt8], mergesSlashes: Bool) {
    var normal = Buffer(capacity: 16)
    guard URI.normalize(input.span, into: &normal, mergesSlashes: mergesSlashes) else { return }
    precondition(normal.readable[0] == UInt8(ascii: "/"))
    precondition(normal.count <= max(input.count, 1))
    var segment: [UInt8] = []
    for i in 1..<max(normal.count, 1) {
        let byte = normal.readable[i]
        precondition(byte != 0)
        if byte == UInt8(ascii: "/") {
            precondition(segment != [0x2e] && segment != [0x2e, 0x2e], "a segment of dots is left")
            segment = []
        } else {
            segment.append(byte)
        }
    }
    precondition(segment != [0x2e] && segment != [0x2e, 0x2e], "a segment of dots is left")
    if URI.isPlain(input.span), input.span.firstOffset(of: 0) == nil {
        precondition(normal.readable.equals(input.span), "a plain path is not its own normal form")
    }
    var escaped = Buffer(capacity: 16)
    URI.escape(normal.readable, for: .path, into: &escaped)
    var again = Buffer(capacity: 16)
    precondition(URI.normalize(escaped.readable, into: &again, mergesSlashes: mergesSlashes))
    precondition(again.readable.equals(normal.readable), "normalising twice changes the path")
}

private func checkRanges(_ input: [UInt8]) {
    switch RangeSet.parse(input.span, size: 1000) {
    case .ignored, .unsatisfiable: break
    case .single(let range): precondition(!range.isEmpty && range.upperBound <= 1000)
    case .multiple(let ranges):
        precondition(ranges.count > 1)
        var byteCount = 0
        for range in ranges {
            precondition(!range.isEmpty && range.upperBound <= 1000)
            byteCount += range.count
        }
        precondition(byteCount <= 1000)
    }
}
