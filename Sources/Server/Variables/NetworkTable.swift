// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The table behind a `geo` block, as it is used.

internal import OS

/// Chooses a value by an address.
///
/// Invariant: `starts4` and `starts6` ascend; each begins a stretch of addresses that ends before
///            the next one and has the value of the same place.
/// Cost: a binary search; no allocation.
struct NetworkTable: Sendable {
    /// Whose address is looked up: that of a variable, or the client's.
    let variable: Variable?
    /// Whose `X-Forwarded-For` is believed, and whether the last address in it that is none of
    /// these counts.
    let proxies: [AddressBlock]
    let isRecursive: Bool
    let values: [[UInt8]]
    private let starts4: [UInt32]
    private let numbers4: [Int32]
    private let starts6: [WideAddress]
    private let numbers6: [Int32]
    /// Whether IPv6 addresses are looked up at all, as they are not in ranges.
    private let knowsIPv6: Bool

    init(_ draft: NetworkDraft, variable: Variable?) {
        self.variable = variable
        proxies = draft.proxies
        isRecursive = draft.isRecursive
        values = draft.values
        knowsIPv6 = !draft.hasRanges
        (starts4, numbers4) = draft.stretches4
        (starts6, numbers6) = draft.stretches6
    }

    /// The value for an address, or for something that is none: an index of `values`.
    ///
    /// Spec: nginx `geo`: a Unix socket, and what is no address, is 255.255.255.255; a mapped IPv4
    ///       address counts as that of IPv4.
    func index(of address: CompactAddress?) -> Int? {
        let address = address?.unmapped
        if let address, address.family == .ipv6, knowsIPv6 {
            let wide = WideAddress(high: address.high, low: address.low)
            return Self.number(numbers6, at: Self.last(of: starts6, upTo: wide))
        }
        let isIPv4 = address?.family == .ipv4
        let value = isIPv4 ? UInt32(truncatingIfNeeded: address?.low ?? 0) : UInt32.max
        return Self.number(numbers4, at: Self.last(of: starts4, upTo: value))
    }

    private static func number(_ numbers: [Int32], at index: Int?) -> Int? {
        guard let index, numbers[index] >= 0 else { return nil }
        return Int(numbers[index])
    }

    /// The index of the last element that is not greater than a value.
    private static func last<Value: Comparable>(of sorted: [Value], upTo value: Value) -> Int? {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : low - 1
    }
}

/// The bits of an IPv6 address, in its order.
struct WideAddress: BitwiseCopyable, Comparable, Hashable, Sendable {
    var high: UInt64
    var low: UInt64

    static func < (left: WideAddress, right: WideAddress) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }

    /// The address behind it; nil behind the last one.
    var next: WideAddress? {
        let (low, carries) = low.addingReportingOverflow(1)
        guard carries else { return WideAddress(high: high, low: low) }
        let (high, overflows) = high.addingReportingOverflow(1)
        return overflows ? nil : WideAddress(high: high, low: 0)
    }
}
