// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Texts as bytes, and back.

import Memory

/// The bytes of a text; `\0` and `\u{80}`…`\u{ff}` stand for the single byte of that value.
func bytes(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}

/// What a step appends to a buffer, one scalar a byte; nil when it answers false.
func appended(_ step: (inout Buffer) -> Bool) -> String? {
    var buffer = Buffer(capacity: 8)
    guard step(&buffer) else { return nil }
    var text = ""
    for i in 0..<buffer.count {
        text.unicodeScalars.append(Unicode.Scalar(buffer.readable[i]))
    }
    return text
}
