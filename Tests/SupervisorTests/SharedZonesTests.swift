// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which zones a new configuration takes over.

import OS
import Testing

@testable import Supervisor

@Suite struct SharedZonesTests {
    private static let one = SharedZonePlan(
        directive: "limit_req", name: "one", key: "$a", byteCount: 64 << 10)

    private func zones(
        _ plans: [SharedZonePlan], after active: SharedZones? = nil
    ) throws -> SharedZones {
        try SharedZones(plans, after: active)
    }

    private func changed(_ change: (inout SharedZonePlan) -> Void) -> SharedZonePlan {
        var plan = Self.one
        change(&plan)
        return plan
    }

    @Test func `a new zone has a secret and is empty but for it`() throws {
        let zones = try zones([Self.one])
        let memory = try SharedMemory(mapping: zones.numbers[0], byteCount: Self.one.byteCount)
        #expect(memory.word(at: 0) != 0 && memory.word(at: 8) != memory.word(at: 0))
        #expect(memory.word(at: 16) == 0 && memory.word(at: Self.one.byteCount - 8) == 0)
    }

    @Test func `the same zone stays, wherever it stands`() throws {
        let old = try zones([Self.one])
        let other = changed { $0.name = "other" }
        let new = try zones([other, Self.one], after: old)
        #expect(new.numbers[1] == old.numbers[0] && new.numbers[0] != old.numbers[0])
    }

    @Test func `another size or another use is another zone`() throws {
        let old = try zones([Self.one])
        for plan in [
            changed { $0.byteCount *= 2 }, changed { $0.directive = "limit_conn_zone" },
            changed {
                $0.byteCount *= 2; $0.key = "$b"
            },
        ] {
            #expect(try zones([plan], after: old).numbers != old.numbers)
        }
    }

    @Test func `another key is refused, in nginx's words`() throws {
        let old = try zones([Self.one])
        do {
            _ = try zones([changed { $0.key = "$b" }], after: old)
            Issue.record("it was accepted")
        } catch let failure as SharedZones.Failure {
            #expect(
                failure.message
                    == "limit_req \"one\" uses the \"$b\" key "
                    + "while previously it used the \"$a\" key"
            )
        }
    }
}
