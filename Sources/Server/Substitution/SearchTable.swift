// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Looks for several texts at once, in any case of their letters.
//
// It knows bytes only, and remembers nothing of what it has seen.

internal import Memory

/// Where one of several texts occurs first.
///
/// Of those that begin at the same place, the one that was listed first is found.
/// Cost: a step for each byte at worst where no text begins, one for each `shortest` bytes at best;
///       where texts begin, one for each byte of theirs.
/// Spec: nginx `sub_filter`: the case of ASCII letters does not matter.
package final class SearchTable: Sendable {
    /// The texts in lower case, one behind the other.
    private let texts: [UInt8]
    /// Where each of them begins, and where the last one ends.
    private let bounds: [Int]
    /// How far a place may move on when the byte at the end of its window is not one that ends it.
    private let shifts: [UInt8]
    /// How many bytes of a place are looked at first: as many as every text has.
    private let window: Int
    /// The numbers of the texts by the byte that ends their window, in the order of the list.
    private let candidates: [Int]
    /// By a byte: where its candidates begin among them; one more at the end.
    private let firstCandidates: [Int]

    /// How many texts there are.
    package let count: Int
    /// The length of the longest.
    package let longest: Int

    /// - Parameter texts: what to look for; what is empty is never found.
    package init(_ texts: [[UInt8]]) {
        var all: [UInt8] = []
        var bounds = [0]
        for text in texts {
            all += text.map(\.asciiLowercased)
            bounds.append(all.count)
        }
        let present = texts.filter { !$0.isEmpty }
        let window = min(present.map(\.count).min() ?? 1, Self.windowLimit)
        var shifts = [UInt8](repeating: UInt8(window), count: 256)
        var byLast = [[Int]](repeating: [], count: 256)
        for (number, text) in texts.enumerated() where !text.isEmpty {
            for offset in 0..<window {
                let byte = Int(text[offset].asciiLowercased)
                shifts[byte] = min(shifts[byte], UInt8(window - 1 - offset))
            }
            byLast[Int(text[window - 1].asciiLowercased)].append(number)
        }
        var firstCandidates = [0]
        for numbers in byLast {
            firstCandidates.append((firstCandidates.last ?? 0) + numbers.count)
        }
        self.texts = all
        self.bounds = bounds
        self.shifts = shifts
        self.window = window
        candidates = byLast.flatMap { $0 }
        self.firstCandidates = firstCandidates
        count = texts.count
        longest = present.map(\.count).max() ?? 0
    }

    private static var windowLimit: Int { 255 }

    /// How long a text is.
    package func length(of number: Int) -> Int { bounds[number + 1] - bounds[number] }

    package enum Result: BitwiseCopyable, Equatable {
        case found(number: Int, at: Int)
        /// None begins before this place; one may begin there, if more bytes come.
        case nothing(before: Int)
    }

    /// Looks for the first text from a place on.
    ///
    /// - Parameters:
    ///   - isWhole: whether no more bytes will come.
    ///   - isUsed: which texts are not looked for any more; empty for none.
    package func search(
        _ input: Span<UInt8>, from start: Int, isWhole: Bool, isUsed: Span<Bool>
    ) -> Result {
        var place = start
        while place <= input.count - window {
            let last = input[place + window - 1].asciiLowercased
            let shift = Int(shifts[Int(last)])
            if shift > 0 {
                place += shift
                continue
            }
            for index in firstCandidates[Int(last)]..<firstCandidates[Int(last) + 1] {
                let number = candidates[index]
                if !isUsed.isEmpty, isUsed[number] { continue }
                switch compare(number, with: input, at: place) {
                case .equal: return .found(number: number, at: place)
                case .unfinished: if !isWhole { return .nothing(before: place) }
                case .different: continue
                }
            }
            place += 1
        }
        return .nothing(before: isWhole ? input.count : hopeful(input, from: place, isUsed))
    }

    /// The first place at which a text may begin that has not come completely.
    private func hopeful(_ input: Span<UInt8>, from start: Int, _ isUsed: Span<Bool>) -> Int {
        var place = min(start, input.count)
        while place < input.count {
            for number in 0..<count where isUsed.isEmpty || !isUsed[number] {
                if compare(number, with: input, at: place) == .unfinished { return place }
            }
            place += 1
        }
        return place
    }

    private enum Comparison: BitwiseCopyable { case equal, unfinished, different }

    private func compare(
        _ number: Int, with input: Span<UInt8>, at place: Int
    ) -> Comparison {
        let first = bounds[number]
        let length = bounds[number + 1] - first
        guard length > 0 else { return .different }
        let available = min(length, input.count - place)
        for offset in 0..<available
        where input[place + offset].asciiLowercased != texts[first + offset] {
            return .different
        }
        return available == length ? .equal : .unfinished
    }
}
