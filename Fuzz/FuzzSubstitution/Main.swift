// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Any texts in any content: no trap, the same result for any cut, and the one that looking at each
// place in turn gives.

import Memory
import Server

/// The function that libFuzzer calls with each input: three texts, each behind its length, and the
/// content.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var rest = unsafe Array(UnsafeBufferPointer(start: data, count: count))[...]
    var texts: [[UInt8]] = []
    for _ in 0..<3 {
        guard let length = rest.popFirst() else { return 0 }
        texts.append(Array(rest.prefix(Int(length % 16))))
        rest = rest.dropFirst(Int(length % 16))
    }
    for once in [true, false] { check(Array(rest), texts, once: once) }
    return 0
}

private let replacements: [[UInt8]] = [[], [0x61], [UInt8](repeating: 0x62, count: 20)]

private func check(_ input: [UInt8], _ texts: [[UInt8]], once: Bool) {
    let whole = replace(input, texts, once: once, step: max(input.count, 1), limit: 1 << 20)
    precondition(whole == replace(input, texts, once: once, step: 1, limit: 1), "it depends")
    precondition(whole == replace(input, texts, once: once, step: 3, limit: 5), "it depends")
    precondition(whole == naive(input, texts, once: once), "something was not replaced as it is")
}

private func replace(
    _ input: [UInt8], _ texts: [[UInt8]], once: Bool, step: Int, limit: Int
) -> [UInt8] {
    var substituter = Substituter(
        SearchTable(texts), Substituter.Replacements(replacements), once: once)
    var output = Buffer(capacity: 16)
    for start in stride(from: 0, to: input.count, by: step) {
        let end = min(start + step, input.count)
        substituter.write(input.span.extracting(start..<end), into: &output, limit: limit)
        while substituter.hasBacklog { substituter.proceed(into: &output, limit: limit) }
    }
    substituter.finish(into: &output, limit: limit)
    while substituter.hasBacklog { substituter.proceed(into: &output, limit: limit) }
    var result: [UInt8] = []
    for index in 0..<output.count { result.append(output.readable[index]) }
    return result
}

private func naive(_ input: [UInt8], _ texts: [[UInt8]], once: Bool) -> [UInt8] {
    var rest = input[...]
    var result: [UInt8] = []
    var left = texts.indices.filter { !texts[$0].isEmpty }
    while let first = rest.first {
        let place = left.firstIndex { number in
            rest.map(\.asciiLowercased).starts(with: texts[number].map(\.asciiLowercased))
        }
        if let place {
            result += replacements[left[place]]
            rest = rest.dropFirst(texts[left[place]].count)
            if once { left.remove(at: place) }
        } else {
            result.append(first)
            rest = rest.dropFirst()
        }
    }
    return result
}
