// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Sessions that processes remember together.

import OS
import Testing

@testable import Server

@Suite struct StickySessionsTests {
    private let start = Instant(milliseconds: 1_000)
    private let zone: SharedZone
    private let one: StickySessions
    private let other: StickySessions

    init() throws {
        zone = try SharedZone()
        one = StickySessions(table: zone.one, timeout: 10_000)
        other = StickySessions(table: zone.other, timeout: 10_000)
    }

    private func learn(_ session: String, _ mark: UInt64, creates: Bool = true, at now: Instant) {
        one.learn(bytes(session).span, mark, creates: creates, at: now)
    }

    private func peer(_ session: String, at now: Instant) -> UInt64? {
        other.peer(of: bytes(session).span, at: now)
    }

    @Test func `what one process learns another knows`() {
        let mark = one.mark(ofRoute: bytes("a"))
        #expect(mark == other.mark(ofRoute: bytes("a")))
        #expect(mark != one.mark(ofRoute: bytes("b")))
        learn("s", mark, at: start)
        #expect(peer("s", at: start) == mark)
        #expect(peer("S", at: start) == nil)
        #expect(peer("", at: start) == nil)
    }

    @Test func `a session ends when nobody has used it for its time`() {
        learn("s", 1, at: start)
        #expect(peer("s", at: start + 10_000) == 1)
        // To ask is not to use: only an answer prolongs it.
        #expect(peer("s", at: start + 10_001) == nil)
        #expect(peer("s", at: start) == nil)
        learn("t", 1, at: start)
        learn("t", 2, creates: false, at: start + 9_000)
        #expect(peer("t", at: start + 19_000) == 2)
    }

    @Test func `an answer that comes too late does not prolong a session`() {
        learn("s", 1, at: start)
        learn("s", 1, creates: false, at: start + 10_001)
        #expect(peer("s", at: start + 10_001) == nil)
        learn("s", 2, at: start + 10_002)
        #expect(peer("s", at: start + 10_002) == 2)
    }

    @Test func `only what begins a session makes one`() {
        learn("s", 1, creates: false, at: start)
        #expect(peer("s", at: start) == nil)
    }

    @Test func `a full zone forgets those who were not seen for longest`() {
        for number in 0..<ZoneTable.placeCount {
            learn("s\(number)", UInt64(number), at: start + Int64(number))
        }
        let later = start + 5_000
        learn("s0", 0, at: later)
        learn("new", 99, at: later)
        #expect(peer("new", at: later) == 99)
        #expect(peer("s0", at: later) == 0)
        #expect(peer("s1", at: later) == nil)
        #expect(peer("s2", at: later) == 2)
    }

    @Test func `the time may begin anew`() {
        let late = Instant(milliseconds: Int64(UInt32.max) - 1_000)
        learn("s", 1, at: late)
        #expect(peer("s", at: late + 5_000) == 1)
        #expect(peer("s", at: late + 10_001) == nil)
    }
}
