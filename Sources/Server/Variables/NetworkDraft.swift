// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A `geo` block while its rows are read.

internal import OS

/// What the rows of a `geo` block have said so far.
struct NetworkDraft {
    /// `ranges`: rows are ranges of IPv4 addresses instead of networks.
    var hasRanges = false
    /// `volatile`.
    var isVolatile = false
    var proxies: [AddressBlock] = []
    /// `proxy_recursive`.
    var isRecursive = false
    private(set) var values: [[UInt8]] = []
    private var numbers: [[UInt8]: Int32] = [:]
    private var networks: [AddressBlock: Int32] = [:]
    private var ranges = RangeList()
    private var defaultNumber: Int32?

    /// Whether a row of the kind without ranges has been read.
    var hasNetworks: Bool { !networks.isEmpty }

    private mutating func number(of value: [UInt8]) -> Int32 {
        if let known = numbers[value] { return known }
        let number = Int32(truncatingIfNeeded: values.count)
        values.append(value)
        numbers[value] = number
        return number
    }

    private func text(_ number: Int32?) -> String? {
        number.map { String(decoding: values[Int($0)], as: UTF8.self) }
    }

    // MARK: Networks

    /// Gives a network a value.
    ///
    /// - Returns: the value that it had.
    mutating func insert(_ network: AddressBlock, _ value: [UInt8]) -> String? {
        let number = number(of: value)
        // Apart: as an argument it would be evaluated while self is held, and copy the table.
        let old = networks.updateValue(number, forKey: network)
        return text(old)
    }

    /// Takes a network out.
    ///
    /// - Returns: whether it was there.
    mutating func remove(_ network: AddressBlock) -> Bool {
        networks.removeValue(forKey: network) != nil
    }

    // MARK: Ranges

    /// Gives addresses that are in no range a value.
    ///
    /// - Returns: the value that they had.
    mutating func setDefault(_ value: [UInt8]) -> String? {
        let old = text(defaultNumber)
        defaultNumber = number(of: value)
        return old
    }

    /// What became of a range.
    enum Insertion: Equatable {
        case inserted
        case replaced(String)
        /// It lies neither within nor outside of this one.
        case overlaps(ClosedRange<UInt32>)
    }

    mutating func insert(_ range: ClosedRange<UInt32>, _ value: [UInt8]) -> Insertion {
        let number = number(of: value)
        switch ranges.insert(range, number) {
        case .inserted: return .inserted
        case .replaced(let old): return .replaced(text(old) ?? "")
        case .overlaps(let other): return .overlaps(other)
        }
    }

    /// - Returns: whether all of it was there.
    mutating func remove(_ range: ClosedRange<UInt32>) -> Bool { ranges.remove(range) }

    // MARK: What comes of it

    /// Where in IPv4 a value begins to hold, and its number: -1 for none.
    var stretches4: ([UInt32], [Int32]) {
        var sweep = Sweep<UInt32>()
        if hasRanges {
            let rest = defaultNumber ?? -1
            sweep.add(0, rest)
            for (range, number) in ranges.all {
                sweep.add(range.lowerBound, number)
                if range.upperBound < .max { sweep.add(range.upperBound + 1, rest) }
            }
            return (sweep.starts, sweep.numbers)
        }
        let own = networks.filter { $0.key.base.family == .ipv4 }.map { block, number in
            let start = UInt32(truncatingIfNeeded: block.base.low)
            let end = start | (block.prefixLength >= 32 ? 0 : .max >> block.prefixLength)
            return Sweep<UInt32>.Block(start: start, end: end, number: number)
        }
        sweep.add(own) { $0 == .max ? nil : $0 + 1 }
        return (sweep.starts, sweep.numbers)
    }

    /// The same for IPv6.
    var stretches6: ([WideAddress], [Int32]) {
        var sweep = Sweep<WideAddress>()
        guard !hasRanges else { return ([], []) }
        let own = networks.filter { $0.key.base.family == .ipv6 }.map { block, number in
            let start = WideAddress(high: block.base.high, low: block.base.low)
            let end = WideAddress(
                high: start.high | .max >> min(64, block.prefixLength),
                low: start.low | .max >> max(0, block.prefixLength - 64))
            return Sweep<WideAddress>.Block(start: start, end: end, number: number)
        }
        sweep.add(own) { $0.next }
        return (sweep.starts, sweep.numbers)
    }
}

/// Makes stretches that follow each other of blocks that lie within each other.
private struct Sweep<Address: Comparable> {
    struct Block {
        var start: Address
        var end: Address
        var number: Int32
    }

    private(set) var starts: [Address] = []
    private(set) var numbers: [Int32] = []

    /// Lets a value hold from an address on, which is not before the last one.
    mutating func add(_ start: Address, _ number: Int32) {
        if starts.last == start {
            starts.removeLast()
            numbers.removeLast()
        }
        guard numbers.last != number else { return }
        starts.append(start)
        numbers.append(number)
    }

    /// Adds blocks of which any two lie within each other or apart.
    mutating func add(_ blocks: [Block], next: (Address) -> Address?) {
        // The larger one first where two begin together.
        let sorted = blocks.sorted { $0.start == $1.start ? $0.end > $1.end : $0.start < $1.start }
        var open: [Block] = []
        func close(until start: Address?) {
            while let inner = open.last, start.map({ inner.end < $0 }) ?? true {
                open.removeLast()
                if let behind = next(inner.end) { add(behind, open.last?.number ?? -1) }
            }
        }
        for block in sorted {
            close(until: block.start)
            add(block.start, block.number)
            open.append(block)
        }
        close(until: nil)
    }
}
