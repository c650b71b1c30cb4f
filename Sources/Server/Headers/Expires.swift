// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How long an answer may be used again, as `expires` says. Numbers in, numbers out: it reads no
// clock, and knows no responses.

internal import Configuration

/// What `expires` says.
///
/// Units: seconds.
enum Expires: BitwiseCopyable, Equatable, Sendable {
    /// Nothing is said.
    case off
    /// It is out of date already.
    case epoch
    /// For as long as anybody can mean.
    case max
    /// So long after the answer.
    case accessed(Int)
    /// So long after the file was changed.
    case modified(Int)
    /// Until this time of the day comes next.
    case daily(Int)
    /// What a variable says when the answer is made.
    case variable(isModified: Bool)

    /// Why a value is none.
    enum Flaw: Error, Equatable {
        case invalid
        case longerThanADay
        case dailyAndModified
    }

    /// Reads a value.
    ///
    /// Spec: nginx `expires`.
    /// - Parameter isModified: whether the word `modified` stands before it.
    static func parse(_ text: [UInt8], isModified: Bool) throws(Flaw) -> Expires {
        if !isModified {
            if text == Array("epoch".utf8) { return .epoch }
            if text == Array("max".utf8) { return .max }
            if text == Array("off".utf8) { return .off }
        }
        let sign = text.first ?? 0
        let isSigned = sign == UInt8(ascii: "@") || sign == UInt8(ascii: "+")
        let isNegative = sign == UInt8(ascii: "-")
        if sign == UInt8(ascii: "@"), isModified { throw .dailyAndModified }
        guard let time = ValueSyntax.seconds(Array(text.dropFirst(isSigned || isNegative ? 1 : 0)))
        else { throw .invalid }
        if sign == UInt8(ascii: "@") {
            guard time <= secondsOfDay else { throw .longerThanADay }
            return .daily(time)
        }
        let signed = isNegative ? -time : time
        return isModified ? .modified(signed) : .accessed(signed)
    }

    /// What is said in an answer made at `now`.
    ///
    /// - Parameters:
    ///   - modified: when what is sent was changed, nil if nobody knows.
    ///   - offset: how far local time is ahead at a moment.
    /// - Returns: nil where nothing is said.
    func freshness(at now: Int, modified: Int?, offset: (Int) -> Int) -> Freshness? {
        switch self {
        case .off, .variable: return nil
        case .epoch: return Freshness(expiresAt: 1, maxAge: nil)
        case .max: return Freshness(expiresAt: 2_145_916_555, maxAge: 315_360_000)
        case .accessed(let time): return Freshness(from: now, for: time, now)
        case .modified(let time):
            return Freshness(from: time == 0 ? now : modified ?? now, for: time, now)
        case .daily(let time):
            let end = Self.next(time, after: now, offset)
            return Freshness(expiresAt: end, maxAge: end &- now)
        }
    }

    /// When this time of the day comes next.
    private static func next(_ time: Int, after now: Int, _ offset: (Int) -> Int) -> Int {
        let ahead = offset(now)
        let local = now &+ ahead
        var end = local &- local % secondsOfDay &+ time &- ahead
        if end <= now { end &+= secondsOfDay }
        // The clocks may be put forward or back meanwhile.
        return Swift.max(now, end &+ ahead &- offset(end))
    }

    private static let secondsOfDay = 86_400
}

/// What an answer says about its use.
struct Freshness: BitwiseCopyable, Equatable {
    /// Seconds since 1970.
    var expiresAt: Int
    /// Seconds; nil where it must not be used without asking.
    var maxAge: Int?
}

extension Freshness {
    fileprivate init(from start: Int, for time: Int, _ now: Int) {
        expiresAt = start &+ time
        maxAge = time < 0 || expiresAt < now ? nil : expiresAt &- now
    }
}
