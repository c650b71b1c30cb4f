// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The last value of Accept-Encoding, and what it meant.

internal import HTTP
internal import Memory

/// Reads `Accept-Encoding`, and remembers the last value.
///
/// Why: nearly all clients of a site send the very same value, and comparing it is some ten times
///      cheaper than reading it.
struct CodingMemory: ~Copyable {
    private var value = Buffer(capacity: 0)
    private var preference = CodingPreference()

    /// The codings that a value accepts, in order.
    mutating func preference(of value: Span<UInt8>) -> CodingPreference {
        if self.value.readable.equals(value) { return preference }
        let answer = CodingPreference(accepting: value)
        self.value.removeAll()
        // A long value is read anew each time; the empty one accepts nothing.
        let isRemembered = value.count <= Self.valueByteLimit
        if isRemembered { self.value.append(value) }
        preference = isRemembered ? answer : CodingPreference()
        return answer
    }

    private static var valueByteLimit: Int { 256 }
}
