// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Texts and the number of each. Filled when a configuration is loaded, read while requests are
// served.

internal import Memory

/// Finds the number of a text without copying it.
///
/// Why: a dictionary of arrays needs an array of the text for each question.
/// Limits: the keys come from a configuration, so nobody can make them collide.
/// Cost: one hash and mostly one comparison; no allocation.
struct TextTable: Sendable {
    private struct Entry: Sendable {
        var hash: UInt64
        var start: Int
        var end: Int
        var number: Int
    }

    /// All texts, one behind the other.
    private var texts: [UInt8] = []
    private var entries: [Entry] = []
    /// By hash: the index of an entry, or -1; a power of two, at least twice as many as entries.
    private var slots: [Int32] = []

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    /// Adds a text.
    ///
    /// - Returns: whether it was new; a text that is there keeps its number.
    mutating func insert(_ text: Span<UInt8>, _ number: Int) -> Bool {
        guard self.number(of: text) == nil else { return false }
        if (entries.count + 1) * 2 > slots.count { grow() }
        let start = texts.count
        for index in text.indices { texts.append(text[index]) }
        let hash = hash(text)
        place(hash, Int32(truncatingIfNeeded: entries.count))
        entries.append(Entry(hash: hash, start: start, end: texts.count, number: number))
        return true
    }

    /// The number of a text; nil when it is not there.
    func number(of text: Span<UInt8>) -> Int? {
        guard !entries.isEmpty else { return nil }
        let hash = hash(text)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let entry = entries[Int(slots[slot])]
            if entry.hash == hash, texts.span.extracting(entry.start..<entry.end).equals(text) {
                return entry.number
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: max(8, slots.count * 2))
        for (index, entry) in entries.enumerated() {
            place(entry.hash, Int32(truncatingIfNeeded: index))
        }
    }

    private mutating func place(_ hash: UInt64, _ index: Int32) {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = index
    }
}
