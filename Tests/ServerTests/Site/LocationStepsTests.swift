// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import Testing

@testable import Server

@Suite struct LocationStepsTests {
    @Test("Each step has a bit of its own")
    func bits() {
        let steps: [Location.Steps] = [
            .isInternal, .hasScript, .triesFiles, .hasErrorPages, .addsFields, .skipsRegexes,
            .logsAccess, .listsDirectories, .namesCharset, .encodes, .checksLinks,
            .hidesDotfiles, .hints, .guardsErrors, .addsTrailers, .limitsRate, .checksAccess,
            .mirrors, .surrounds,
            .includes,
        ]
        #expect(Set(steps.map(\.rawValue)).count == steps.count)
        #expect(steps.allSatisfy { $0.rawValue.nonzeroBitCount == 1 })
    }
}
