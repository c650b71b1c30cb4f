// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The table, the lines and the amounts that people read.

import Testing

@testable import Precompression

@Suite struct PrecompressionReportTests {
    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (9994, "9.99 kB"), (9995, "10.0 kB"),
        (45_649, "45.6 kB"), (99_949, "99.9 kB"), (99_950, "100 kB"), (999_499, "999 kB"),
        (999_500, "1.00 MB"), (4_312_345, "4.31 MB"), (1_000_000_000, "1.00 GB"),
        (5_000_000_000_000_000, "5000 TB"),
    ])
    func `amounts have three figures`(byteCount: Int, text: String) {
        #expect(ByteText.of(byteCount) == text)
    }

    private let kinds = [SiblingKind.named("br"), SiblingKind.named("gz")].compactMap(\.self)

    private func file(
        _ path: String, _ byteCount: Int, _ outcomes: [SiblingOutcome]
    ) -> PrecompressionReport.File {
        PrecompressionReport.File(path: Array(path.utf8), byteCount: byteCount, outcomes: outcomes)
    }

    private func report(
        _ files: [PrecompressionReport.File], isDryRun: Bool = false
    ) -> PrecompressionReport {
        PrecompressionReport(kinds: kinds, isDryRun: isDryRun, files: files, folderFailures: [])
    }

    @Test func `the table has a row for each type, the heaviest first`() {
        let files = [
            file("a.css", 1000, [.written(byteCount: 200), .kept(byteCount: 250)]),
            file("a.js", 20_000, [.written(byteCount: 4000), .written(byteCount: 5000)]),
            file("b.JS", 10_000, [.notSmaller, .failed("why")]),
        ]
        #expect(
            report(files).table == [
                "type  files   before       br  saved       gz  saved",
                "js        2  30.0 kB  14.0 kB   53 %  15.0 kB   50 %",
                "css       1  1.00 kB    200 B   80 %    250 B   75 %",
                "all       3  31.0 kB  14.2 kB   54 %  15.3 kB   51 %",
            ])
    }

    @Test func `one type needs no sum, a dry run and nothing no table`() {
        let one = [file("a.css", 1000, [.written(byteCount: 200), .notSmaller])]
        #expect(report(one).table.count == 2)
        #expect(report(one, isDryRun: true).table.isEmpty)
        #expect(report([]).table.isEmpty)
    }

    @Test func `the summary counts what happened`() {
        let files = [
            file("a.css", 1000, [.written(byteCount: 200), .kept(byteCount: 250)]),
            file("b.css", 1000, [.removed, .failed("why")]),
            file("c.css", 1000, [.notSmaller, .planned]),
        ]
        #expect(
            report(files).summary
                == "1 written, 1 to be written, 1 up to date, 1 not worth it, "
                + "1 outdated and removed, 1 failed")
        #expect(report([]).summary == "nothing here is worth compressing")
    }

    @Test func `a line shows a file and its siblings`() {
        let line = file("js/a.js", 20_000, [.written(byteCount: 4000), .kept(byteCount: 5)])
            .line(kinds)
        #expect(line == "js/a.js  20.0 kB  br 4.00 kB  gz 5 B (kept)")
    }

    @Test func `a name cannot steer the terminal`() {
        let name: [UInt8] = [0x61, 0x1B, 0x5B, 0x32, 0x4A, 0x0A, 0x7F, 0x2E, 0x6A, 0x73]
        #expect(PathText.of(name) == "a?[2J??.js")
    }

    @Test(arguments: [
        ("br", "br"), ("brotli", "br"), ("GZ", "gz"), ("gzip", "gz"), ("zstd", "zst"),
    ])
    func `kinds are known by both of their names`(name: String, kind: String) throws {
        #expect(try #require(SiblingKind.named(name)).name == kind)
    }

    @Test func `other kinds are not known`() {
        #expect(SiblingKind.named("bz2") == nil)
        #expect(SiblingKind.named("") == nil)
    }
}
