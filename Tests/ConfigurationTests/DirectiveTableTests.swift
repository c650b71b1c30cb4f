// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Applying rows to statements.

import Testing

@testable import Configuration

@Suite struct DirectiveTableTests {
    @Test func `blocks inherit what stands behind them`() {
        let (site, diagnostics) = Model.load(
            """
            location / { send_timeout 5s; }
            gzip on;
            types { text/html html; text/css css; }
            """)
        #expect(diagnostics.list.isEmpty)
        #expect(Array(site.places.keys) == ["/"])
        #expect(site.places["/"]?.isOn == true)
        #expect(site.places["/"]?.timeout == 5000)
        #expect(site.places["/"]?.types == ["text/html", "text/css"])
        #expect(site.settings.timeout == 0)
    }

    @Test func `ignored directives are listed once`() {
        let (_, diagnostics) = Model.load("tcp_nopush on; location / { tcp_nopush off; }")
        #expect(diagnostics.list.isEmpty)
        let expected = IgnoredDirective(name: "tcp_nopush", why: "it is always on")
        #expect(diagnostics.ignored == [expected])
    }

    @Test func `positions count the statements of a block`() {
        let (site, _) = Model.load("set $a 1; gzip on; set $b 2;")
        #expect(site.log == ["0 $a", "2 $b"])
    }

    @Test func `one error does not hide the next`() {
        let (site, diagnostics) = Model.load(
            "gzip maybe; listen 80x; location / { send_timeout x; gzip on; bogus; } set $a 1;")
        #expect(diagnostics.errorCount == 4)
        #expect(site.log == ["2 $a"] || site.log == ["3 $a"])
        #expect(site.places["/"]?.isOn == true)
    }

    @Test func `repetition is allowed where the row says so`() {
        let (_, diagnostics) = Model.load(
            "listen 80; listen 81; location / { gzip on; } location /a { gzip on; }")
        #expect(diagnostics.list.isEmpty)
    }

    @Test func `several contexts at once admit the rows of all`() {
        let table = DirectiveTable<Int>([
            .simple("pid", in: [.main], .exactly(1), summary: "") { count, _ in count += 1 },
            .simple("root", in: [.http], .exactly(1), summary: "") { count, invocation in
                count += invocation.context == .http ? 10 : 1000
            },
        ])
        let parser = ConfigurationParser(reader: FileReader(files: []))
        let parsed = parser.parse(text: "pid a; root b;", name: "t")
        var diagnostics = parsed.diagnostics
        var count = 0
        table.apply(parsed.statements, in: [.main, .http], to: &count, &diagnostics)
        #expect(count == 11)
        #expect(diagnostics.list.isEmpty)
    }

    @Test func `rows of one name are told apart by their context`() {
        let table = DirectiveTable<[String]>([
            .simple("server", in: [.upstream], .exactly(1), summary: "") { log, _ in
                log.append("peer")
            },
            .block("server", in: [.http], .exactly(0), summary: "") { log, _ in
                log.append("host")
            },
        ])
        let parser = ConfigurationParser(reader: FileReader(files: []))
        var log: [String] = []
        for (text, context) in [("server a;", Contexts.upstream), ("server {}", .http)] {
            let parsed = parser.parse(text: text, name: "t")
            var diagnostics = parsed.diagnostics
            table.apply(parsed.statements, in: context, to: &log, &diagnostics)
            #expect(diagnostics.list.isEmpty)
        }
        #expect(log == ["peer", "host"])
    }

    @Test func `an error of another type is reported all the same`() {
        struct Surprise: Error {}
        let table = DirectiveTable<Int>([
            .simple("a", in: [.main], .exactly(0), summary: "") { _, _ in throw Surprise() }
        ])
        let parsed = ConfigurationParser(reader: FileReader(files: [])).parse(text: "a;", name: "t")
        var diagnostics = parsed.diagnostics
        var scope = 0
        table.apply(parsed.statements, in: .main, to: &scope, &diagnostics)
        #expect(diagnostics.list.map { $0.message } == ["Surprise()"])
    }

    @Test func `ten thousand unknown names end soon`() {
        let text = (0..<10_000).map { "server_nane\($0);" }.joined(separator: "\n")
        let time = ContinuousClock().measure {
            let (_, diagnostics) = Model.load(text)
            #expect(diagnostics.errorCount == 10_000)
            #expect(diagnostics.list.count == Diagnostics.keptLimit)
            #expect(diagnostics.summary == "10000 errors (the first 50 are shown)\n")
        }
        #expect(time < .seconds(10))
    }
}
