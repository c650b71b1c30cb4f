// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Runs a head parser on the same bytes in every way they can arrive.

import HTTP1

/// The bytes of a text; `\0` and `\u{80}`…`\u{ff}` stand for the single byte of that value.
func bytes(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}

/// What all ways of feeding `input` agree on, or nil when two differ.
///
/// - whole, and with bytes of a next message behind it,
/// - byte by byte, told each time how much was seen before,
/// - cut once at every place.
///
/// A fault may be found later when the bytes come in pieces, but no later than at the end of its
/// line: so a faulty input is given a line end if it needs one.
func everySplit(
    _ input: [UInt8], parse: (_ bytes: [UInt8], _ scanned: Int) -> ParseResult
) -> ParseResult? {
    let whole = parse(input, 0)
    if case .needsBytes = whole {
    } else if parse(input + bytes("GET / HTTP/1.1\r\n"), 0) != whole {
        return nil
    }
    var feed = input
    if case .malformed = whole { feed += bytes("\n") }
    if resumed(feed, at: Array(1...max(feed.count, 1)), parse) != whole { return nil }
    for cut in 1..<max(feed.count, 2) where resumed(feed, at: [cut, feed.count], parse) != whole {
        return nil
    }
    return whole
}

/// Feeds growing beginnings of the input until one of them settles it.
private func resumed(
    _ input: [UInt8], at cuts: [Int], _ parse: (_ bytes: [UInt8], _ scanned: Int) -> ParseResult
) -> ParseResult {
    var scanned = 0
    for cut in cuts where cut <= input.count {
        let result = parse(Array(input[..<cut]), scanned)
        if result != .needsBytes { return result }
        scanned = cut
    }
    return .needsBytes
}
