// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is remembered of the certificates of clients, and for how long.

import OS
import TLS
import Testing

@testable import Server

@Suite struct StatusCacheTests {
    private let cache: StatusCache
    private let again: StatusCache

    init() throws {
        let board = ProcessBoard(try SharedMemory(privateByteCount: ProcessBoard.byteCount))
        let lease = try #require(board.grant(serial: 1))
        let memory = try SharedMemory(privateByteCount: 32 << 10)
        cache = StatusCache(ZoneTable(memory, board: board, lease: lease))
        again = StatusCache(ZoneTable(memory, board: board, lease: lease))
    }

    @Test(arguments: [CertificateStatus.good, .revoked, .unknown])
    func `an answer counts until its end`(_ status: CertificateStatus) {
        cache.remember(StatusVerdict(status: status, validUntil: 200), of: [1, 2], at: 100)
        #expect(again.status(of: [1, 2], at: 199) == status)
        #expect(again.status(of: [1, 3], at: 199) == nil)
        #expect(cache.status(of: [1, 2], at: 200) == nil)
        // It is forgotten, whatever the clock says later.
        #expect(cache.status(of: [1, 2], at: 199) == nil)
    }

    @Test func `an answer without an end counts for an hour`() {
        cache.remember(StatusVerdict(status: .good, validUntil: nil), of: [1], at: 100)
        #expect(cache.status(of: [1], at: 3_699) == .good)
        #expect(cache.status(of: [1], at: 3_700) == nil)
    }

    @Test func `an answer that has ended is not remembered`() {
        cache.remember(StatusVerdict(status: .good, validUntil: 99), of: [1], at: 100)
        #expect(cache.status(of: [1], at: 50) == nil)
    }

    @Test func `a newer answer takes the place of the older one`() {
        cache.remember(StatusVerdict(status: .good, validUntil: 200), of: [1], at: 100)
        cache.remember(StatusVerdict(status: .revoked, validUntil: 300), of: [1], at: 100)
        #expect(cache.status(of: [1], at: 250) == .revoked)
    }

    @Test func `where there is no room what ends first is forgotten`() {
        for number in 0..<4_000 {
            cache.remember(
                StatusVerdict(status: .good, validUntil: Int64(1_000 + number)),
                of: [UInt8(number & 255), UInt8(number >> 8)], at: 100)
        }
        #expect(cache.status(of: [UInt8(3_999 & 255), UInt8(3_999 >> 8)], at: 100) == .good)
        #expect(cache.status(of: [0, 0], at: 100) == nil)
    }
}
