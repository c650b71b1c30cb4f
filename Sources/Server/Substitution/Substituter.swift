// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Puts other texts in the place of some, in content that comes in pieces.
//
// It knows bytes only; where they come from and what frames them is the business of others.

package import Memory

/// Replaces texts in a content.
///
/// The result does not depend on where the pieces are cut. What can be decided comes out at once.
/// Limits: holds back no more than the longest text, and what was written while more than a limit
///         came out.
package struct Substituter: ~Copyable {
    private let table: SearchTable
    private let replacements: Replacements
    /// Which texts have been replaced, where each is replaced but once; empty otherwise.
    private var isUsed: [Bool]
    private var usedCount = 0
    /// What may be the beginning of a text, or has not been looked at.
    private var held = Buffer(capacity: 0)
    /// Whether no more will be written.
    private var isWhole = false
    /// Whether something can come out that has been written already.
    package private(set) var hasBacklog = false

    /// What to put in the place of each text.
    package final class Replacements: Sendable {
        fileprivate let texts: [[UInt8]]

        package init(_ texts: [[UInt8]]) { self.texts = texts }
    }

    /// - Parameter once: whether each text is replaced at its first occurrence only.
    package init(_ table: SearchTable, _ replacements: Replacements, once: Bool) {
        self.table = table
        self.replacements = replacements
        isUsed = once ? [Bool](repeating: false, count: table.count) : []
    }

    /// Takes the next bytes, and appends what comes out.
    ///
    /// - Parameter limit: how much that may be, but for one replacement and the bytes before it.
    package mutating func write(
        _ input: Span<UInt8>, into output: inout Buffer, limit: Int
    ) {
        held.append(input)
        proceed(into: &output, limit: limit)
    }

    /// Appends more of what comes out, while there is a backlog.
    package mutating func proceed(into output: inout Buffer, limit: Int) {
        let end = output.count + limit
        var place = 0
        hasBacklog = false
        while place < held.count {
            guard output.count < end else {
                hasBacklog = true
                break
            }
            guard !hasReplacedAll else {
                output.append(place..<held.count, of: held)
                place = held.count
                break
            }
            let result = table.search(
                held.readable, from: place, isWhole: isWhole, isUsed: isUsed.span)
            guard case .found(let number, let start) = result else {
                if case .nothing(let rest) = result {
                    output.append(place..<rest, of: held)
                    place = rest
                }
                break
            }
            output.append(place..<start, of: held)
            output.append(replacements.texts[number])
            place = start + table.length(of: number)
            use(number)
        }
        held.consume(place)
    }

    /// Ends the content.
    package mutating func finish(into output: inout Buffer, limit: Int) {
        isWhole = true
        proceed(into: &output, limit: limit)
    }

    private var hasReplacedAll: Bool { !isUsed.isEmpty && usedCount == isUsed.count }

    private mutating func use(_ number: Int) {
        guard !isUsed.isEmpty else { return }
        isUsed[number] = true
        usedCount += 1
    }
}
