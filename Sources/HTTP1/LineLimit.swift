// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where a line has to end, and what it means when it does not.

/// The limit of one line of a head, from its first byte on.
///
/// A fault is judged by its place: the same bytes then get the same answer however they were cut,
/// because byte by byte the limit would have been met before a fault behind it is seen.
struct LineLimit: BitwiseCopyable {
    /// The line, with its line end, may not go beyond this offset.
    let stop: Int

    /// What is wrong when it does.
    let flaw: Flaw

    init(stop: Int, flaw: Flaw) {
        self.stop = stop
        self.flaw = flaw
    }

    @inline(__always)
    init(lineStart: Int, _ limits: HeadLimits, isStartLine: Bool) {
        let line = lineStart &+ limits.lineByteLimit
        stop = min(line, limits.headByteLimit)
        if isStartLine {
            flaw = .requestLineTooLong
        } else {
            flaw = line <= limits.headByteLimit ? .fieldTooLong : .headTooLong
        }
    }

    /// The answer when the bytes end before the line does.
    @inline(__always)
    func wait(at count: Int) -> LineStep { count >= stop ? .malformed(flaw) : .needsBytes }

    /// The answer to a fault at an offset.
    @inline(__always)
    func refuse(_ fault: Flaw, at offset: Int) -> LineStep {
        .malformed(offset >= stop ? flaw : fault)
    }

    /// The answer when a line ends before an offset.
    @inline(__always)
    func finish(at end: Int) -> LineStep { end > stop ? .malformed(flaw) : .line(end: end) }
}

/// What came of one line.
enum LineStep: BitwiseCopyable {
    /// A line that ends before this offset.
    case line(end: Int)
    /// The empty line after the last field line ends before this offset.
    case last(end: Int)
    case needsBytes
    case malformed(Flaw)
}
