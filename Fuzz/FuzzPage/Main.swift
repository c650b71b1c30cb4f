// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Any bytes as a page: no trap, and no field that could end its line or name another host.

import HTTP
import Memory

/// The function that libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    check(PageLinks.fieldLine(for: input.span))
    return 0
}

private func check(_ line: [UInt8]) {
    guard !line.isEmpty else { return }
    precondition(line.starts(with: Array("Link: <".utf8)) && line.suffix(2) == [13, 10])
    precondition(line.count <= PageLinks.lineByteLimit)
    precondition(line.dropLast(2).allSatisfy { $0 >= 0x20 && $0 < 0x7F })
    // Each address begins a link, and what is in it is of this origin.
    var links = 0
    for (index, byte) in line.enumerated() where byte == UInt8(ascii: "<") {
        links += 1
        let address = line[(index + 1)...].prefix { $0 != UInt8(ascii: ">") }
        precondition(!address.isEmpty && !address.starts(with: Array("//".utf8)))
        precondition(!address.contains(0x20) && !address.contains(UInt8(ascii: "\\")))
        let scheme = address.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        precondition(!scheme.contains(UInt8(ascii: ":")) || scheme.contains { isSpecial($0) })
    }
    precondition(links <= PageLinks.linkLimit)
}

/// Whether a byte before the first colon says that this colon ends no scheme.
private func isSpecial(_ byte: UInt8) -> Bool {
    !ByteClass.isLetter(byte) && !ByteClass.isDigit(byte) && byte != UInt8(ascii: "+")
        && byte != UInt8(ascii: "-") && byte != UInt8(ascii: ".")
}
