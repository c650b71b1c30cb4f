// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Snapshots and dumps: the text of a configuration as one piece.

import Testing

@testable import Configuration

@Suite struct SnapshotTests {
    private let files = [
        SourceFile(path: "/etc/site.conf", bytes: Array("include d/*;".utf8)),
        SourceFile(path: "/etc/d/empty", bytes: []),
        SourceFile(path: "command line", bytes: [1], isFile: false),
    ]

    @Test func `what was encoded is decoded`() {
        let snapshot = Snapshot(files)
        #expect(snapshot.files.count == 2)
        #expect(Snapshot(decoding: snapshot.encoded) == snapshot)
        #expect(Snapshot(decoding: Snapshot([]).encoded) == Snapshot([]))
    }

    @Test func `a snapshot parses as the files did`() {
        let snapshot = Snapshot(files)
        let parsed = ConfigurationParser(reader: snapshot.reader).parse(path: "/etc/site.conf")
        #expect(parsed.diagnostics.list.isEmpty)
        #expect(parsed.sources == snapshot.files)
    }

    @Test func `every truncation but those between files is refused`() {
        let encoded = Snapshot(files).encoded
        let whole = (0..<encoded.count).filter { Snapshot(decoding: Array(encoded[..<$0])) != nil }
        let first = Snapshot([files[0]]).encoded.count
        #expect(whole == [Snapshot([]).encoded.count, first])
    }

    @Test func `lengths that lie are refused`() {
        var encoded = Snapshot(files).encoded
        let start = Snapshot([]).encoded.count
        for i in start..<start + 8 { encoded[i] = 0xFF }
        #expect(Snapshot(decoding: encoded) == nil)
    }

    @Test func `a dump names each file once`() {
        let dump = configurationDump(files)
        #expect(
            String(decoding: dump, as: UTF8.self) == """
                # configuration file /etc/site.conf:
                include d/*;
                # configuration file /etc/d/empty:


                """)
    }
}
