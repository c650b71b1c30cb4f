// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The page of numbers, and the numbers.

import Memory
import OS
import Testing

@testable import Server

@Suite struct ExchangeStatusTests {
    private static let configuration = "server { listen 80; location / { stub_status; } }"

    private func answer(
        _ method: String, _ counts: [(Counter, Int)] = []
    ) throws -> (status: Int, text: String) {
        var bench = try Bench(Self.configuration)
        for (counter, count) in counts { bench.services.counters.add(count, to: counter) }
        let (slot, step) = try bench.begin(
            "\(method) / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        #expect(step == .respond)
        let status = bench.exchanges[slot].response.status
        return (status, String(decoding: bench.content(of: slot).bytes, as: UTF8.self))
    }

    @Test func `the page is nginx's to the blank at the end of a line`() throws {
        let (status, text) = try answer(
            "GET",
            [
                (.accepted, 16), (.handled, 15), (.requests, 31), (.active, 9), (.reading, 2),
                (.writing, 3),
            ])
        #expect(status == 200)
        #expect(
            text == """
                Active connections: 9 \n\
                server accepts handled requests\n \
                16 15 31 \n\
                Reading: 2 Writing: 3 Waiting: 4 \n
                """)
    }

    @Test func `no number is below zero`() throws {
        let (_, text) = try answer("GET", [(.active, 1), (.writing, 3)])
        #expect(text.hasSuffix("Reading: 0 Writing: 3 Waiting: 0 \n"))
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS"])
    func `other methods are refused`(_ method: String) throws {
        #expect(try answer(method).status == 405)
    }
}
