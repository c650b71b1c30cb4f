// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import HTTP1
import Testing

@Suite struct FlawTests {
    @Test("Every fault has a status of the client's side and words of its own")
    func statuses() {
        var descriptions: Set<String> = []
        for flaw in Flaw.allCases {
            let status = flaw.status
            #expect(status.isError && status.reason != nil)
            #expect(descriptions.insert(flaw.description.description).inserted)
        }
    }

    @Test("Limits are told apart from faults")
    func limits() {
        #expect(Flaw.requestLineTooLong.status == .targetTooLong)
        #expect(Flaw.fieldTooLong.status == .fieldsTooLarge)
        #expect(Flaw.headTooLong.status == .fieldsTooLarge)
        #expect(Flaw.tooManyFields.status == .fieldsTooLarge)
        #expect(Flaw.unsupportedVersion.status == .versionNotSupported)
        #expect(Flaw.unknownTransferCoding.status == .notImplemented)
        #expect(Flaw.conflictingLength.status == .badRequest)
    }
}
