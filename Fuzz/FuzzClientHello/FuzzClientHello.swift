// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Any bytes as the beginning of a TLS connection: no trap, the same answer for any cut, and nothing
// told that did not arrive.

import Server

/// The function that libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    var reader = ClientHelloReader()
    let whole = reader.read(input.span)
    for step in [1, 5, max(input.count / 3, 1)] {
        precondition(read(input, step: step) == whole, "the answer depends on the cut")
    }
    if case .hello(let hello) = whole {
        let told = hello.serverName.count + hello.protocolList.count
        precondition(told <= input.count, "more was told than arrived")
    }
    return 0
}

private func read(_ input: [UInt8], step: Int) -> ClientHelloReader.Outcome {
    var reader = ClientHelloReader()
    var outcome = ClientHelloReader.Outcome.needsBytes
    var end = 0
    while end < input.count, outcome == .needsBytes {
        end = min(end + step, input.count)
        outcome = reader.read(Array(input[..<end]).span)
    }
    return outcome
}
