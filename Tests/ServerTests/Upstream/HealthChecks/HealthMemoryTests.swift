// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is left of verdicts when a process has gone.

import Memory
import OS
import Testing

@testable import Server

@Suite struct HealthMemoryTests {
    private func memory(_ check: String = "") throws -> HealthMemory {
        let site = try load(
            """
            upstream api { server 127.0.0.1:1; }
            server { location / { proxy_pass http://api; health_check \(check); } }
            """
        ).sound()
        let shared = try SharedState(privateFor: site)
        return HealthMemory(shared.zones[try #require(site.healthZone)])
    }

    @Test func `a verdict is known to whoever asks the same of the same peer`() throws {
        let memory = try memory()
        var check = HealthCheck()
        let (group, peer) = (bytes("api"), bytes("127.0.0.1:1"))
        #expect(memory.verdict(of: peer, in: group, by: check) == nil)
        memory.remember(.unhealthy, of: peer, in: group, by: check)
        #expect(memory.verdict(of: peer, in: group, by: check) == .unhealthy)
        memory.remember(.healthy, of: peer, in: group, by: check)
        #expect(memory.verdict(of: peer, in: group, by: check) == .healthy)
        #expect(memory.verdict(of: peer, in: bytes("apis"), by: check) == nil)
        #expect(memory.verdict(of: bytes("127.0.0.1:2"), in: group, by: check) == nil)
        check.target = bytes("/other")
        #expect(memory.verdict(of: peer, in: group, by: check) == nil)
    }

    @Test func `what does not fit is forgotten`() throws {
        let memory = try memory()
        let check = HealthCheck()
        for number in 0..<20_000 {
            memory.remember(.healthy, of: bytes("\(number)"), in: bytes("api"), by: check)
        }
        let known = (0..<20_000).count {
            memory.verdict(of: bytes("\($0)"), in: bytes("api"), by: check) == .healthy
        }
        #expect(known > 1_000 && known < 20_000)
    }
}
