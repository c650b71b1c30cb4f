// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How far two names are apart, for "did you mean".

/// The number of single letters to insert, remove, replace or swap, to make one name of another.
///
/// - Returns: nil when it is more than `limit`.
/// Cost: product of the lengths; names longer than 64 bytes are not compared.
func editDistance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int? {
    guard left.count <= 64, right.count <= 64, abs(left.count - right.count) <= limit else {
        return nil
    }
    var older: [Int] = []
    var previous = Array(0...right.count)
    for i in 0..<left.count {
        var current = [i + 1]
        for j in 0..<right.count {
            var distance = min(
                current[j] + 1, previous[j + 1] + 1, previous[j] + (left[i] == right[j] ? 0 : 1))
            if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                distance = min(distance, older[j - 1] + 1)
            }
            current.append(distance)
        }
        (older, previous) = (previous, current)
    }
    let distance = previous[right.count]
    return distance <= limit ? distance : nil
}

/// The candidate that an unknown name was most likely meant to be.
package func closestName(to name: [UInt8], among candidates: [String]) -> String? {
    let limit = max(1, min(3, name.count / 3))
    var best: (name: String, distance: Int)?
    for candidate in candidates.sorted() {
        guard let distance = editDistance(name, Array(candidate.utf8), limit: limit) else {
            continue
        }
        if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
    }
    return best?.name
}
