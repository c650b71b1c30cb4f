// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import Memory
import Testing

@testable import Server

@Suite struct PartPlanTests {
    /// Everything that a plan sends of a content of letters.
    private func sent(_ plan: PartPlan, of content: [UInt8]) -> String {
        var text = Buffer(capacity: 0)
        var all: [UInt8] = []
        while true {
            switch plan.advance(&text) {
            case .delimiter: all += text.copied()
            case .part(let part): all += content[part.range]
            case .end: return String(decoding: all, as: UTF8.self)
            }
        }
    }

    @Test func `parts stand between boundaries, each with its type and place`() {
        let content = Array("abcdefghij".utf8)
        let plan = PartPlan(
            [0..<2, 9..<10], of: 10, mediaType: Array("text/x".utf8), number: 42)
        let boundary = "00000000000000000042"
        #expect(plan.boundary == Array(boundary.utf8))
        #expect(plan.byteCount == 2 * (2 + 22 + 22 + 2) + 62 + 3 + 28)
        let text = sent(plan, of: content)
        #expect(
            text == """
                \r\n--\(boundary)\r\nContent-Type: text/x\r\nContent-Range: bytes 0-1/10\r\n\r\nab\
                \r\n--\(boundary)\r\nContent-Type: text/x\r\nContent-Range: bytes 9-9/10\r\n\r\nj\
                \r\n--\(boundary)--\r\n
                """)
        #expect(text.utf8.count == plan.byteCount)
    }

    @Test func `a content without a type has parts without one`() {
        let plan = PartPlan([0..<1, 1..<2], of: 2, mediaType: [], number: .max)
        let text = sent(plan, of: Array("ab".utf8))
        #expect(text.hasPrefix("\r\n--18446744073709551615\r\nContent-Range: bytes 0-0/2\r\n"))
        #expect(!text.contains("Type"))
    }

    @Test(arguments: [1, 9, 10, 11, 99, 100, 101, 1000, 12_345])
    func `the length is what is sent, however many digits places have`(size: Int) {
        let content = [UInt8](repeating: 0x61, count: size)
        for start in stride(from: 0, to: size, by: max(1, size / 7)) {
            let ranges = [start..<size, 0..<1, 0..<size, start..<start + 1]
            let plan = PartPlan(ranges, of: size, mediaType: Array("a/b".utf8))
            #expect(sent(plan, of: content).utf8.count == plan.byteCount)
        }
    }

    @Test func `no two plans have the same boundary`() {
        let plans = (0..<100).map { _ in PartPlan([0..<1, 0..<1], of: 2, mediaType: []) }
        #expect(Set(plans.map(\.boundary)).count == 100)
        #expect(plans.allSatisfy { $0.boundary.count == 20 })
    }

    @Test func `an end stays an end`() {
        let plan = PartPlan([0..<1, 1..<2], of: 2, mediaType: [])
        _ = sent(plan, of: [1, 2])
        var text = Buffer(capacity: 0)
        for _ in 0..<3 { #expect(plan.advance(&text) == .end) }
    }
}
