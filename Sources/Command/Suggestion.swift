// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// "Did you mean": the nearest of a few known words.

/// Finds the word that was probably meant.
enum Suggestion {
    /// The candidate nearest to `word`, unless none is near enough to be meant.
    ///
    /// Limits: a third of the word may differ, and at least one letter.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let ranked = candidates.map { (word: $0, distance: distance(from: word, to: $0)) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }),
            best.distance <= max(1, word.utf8.count / 3)
        else { return nil }
        return best.word
    }

    /// A sentence with the nearest candidate, or another one.
    static func advice(
        for word: String, among candidates: [String], otherwise: String
    ) -> String {
        guard let nearest = nearest(to: word, among: candidates) else { return otherwise }
        return "Did you mean \"\(nearest)\"?"
    }

    /// How many bytes to insert, remove, replace or swap with their neighbour.
    ///
    /// Cost: the product of both lengths; words of a command line are short.
    static func distance(from first: String, to second: String) -> Int {
        let a = Array(first.utf8)
        let b = Array(second.utf8)
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var current = [i + 1]
            for j in 0..<b.count {
                var best = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, current[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    best = min(best, beforeLast[j - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[b.count]
    }
}
