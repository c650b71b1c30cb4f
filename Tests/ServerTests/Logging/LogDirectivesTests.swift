// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where log lines go, and in which form.

import Memory
import Testing

@testable import Server

@Suite struct LogDirectivesTests {
    @Test func `nothing is logged but errors unless asked for`() throws {
        let site = try load("server { listen 80; }").sound()
        #expect(site.logFiles.map(\.destination) == [.standardError])
        let steps = site.locations[0].steps
        #expect(!steps.contains(.logsAccess))
        #expect(site.errorLogPath == nil)
    }

    @Test(arguments: [
        ("stderr", LogFile.Destination.standardError), ("/dev/stderr", .standardError),
        ("/dev/stdout", .standardOutput), ("/dev/null", .none),
        ("logs/x", .file(bytes("/site/logs/x"))), ("/var/log/x", .file(bytes("/var/log/x"))),
    ])
    func `devices are recognised`(_ path: String, _ destination: LogFile.Destination) throws {
        let site = try load("error_log \(path); server { listen 80; }").sound()
        #expect(site.logFiles[site.processes.errorFile].destination == destination)
    }

    @Test func `the command line's log holds until the configuration says otherwise`() throws {
        let early = try load("") { $0.errorLogPath = "early.log" }.sound()
        #expect(early.errorLogPath == bytes("/site/early.log"))
        let late = try load("error_log late.log;") { $0.errorLogPath = "early.log" }.sound()
        #expect(late.errorLogPath == bytes("/site/late.log"))
    }

    @Test func `the level of errors is inherited`() throws {
        let text = """
            error_log /e warn; server { listen 80; location /a { }
                location /b { error_log /b debug; location /b/c { } } }
            """
        #expect(try settings(of: text, location: "/a").log.errorLevel == .warning)
        #expect(try settings(of: text, location: "/b/c").log.errorLevel == .debug)
        #expect(try settings(of: text, location: "/b/c").log.errorFile == 2)
    }

    @Test func `forms are named, and their parts joined`() throws {
        let text = """
            http {
                access_log /a x;
                log_format x escape=json '{"a":' '"$uri"}';
                server { listen 80;
                    location /same { }
                    location /own { access_log /b buffer=32k flush=1s if=$arg_log;
                        access_log /a x; }
                    location /off { access_log off; } } }
            """
        let same = try settings(of: text, location: "/same").log.access.elements
        #expect(same.map(\.file) == [1])
        #expect(same.first?.escaping == .json)
        #expect(
            same.first?.format.segments == [
                .literal(bytes("{\"a\":")), .literal(bytes("\"")), .variable(.builtIn(.uri)),
                .literal(bytes("\"}")),
            ])
        let own = try settings(of: text, location: "/own").log.access.elements
        #expect(own.map(\.file) == [2, 1])
        #expect(own.first?.condition?.onlyVariable == .argument(bytes("log")))
        #expect(own.first?.escaping == .standard)
        #expect(try settings(of: text, location: "/off").log.access.isEmpty)
    }

    @Test func `the combined form is there from the start`() throws {
        let access = try settings(of: "server { listen 80; access_log /a; }").log.access
        let segments = access.elements.first?.format.segments ?? []
        let variables = segments.compactMap { segment in
            if case .variable(let variable) = segment { return variable }
            return nil
        }
        #expect(
            variables == [
                .builtIn(.remoteAddress), .builtIn(.remoteUser), .builtIn(.timeLocal),
                .builtIn(.request), .builtIn(.status), .builtIn(.bodyBytesSent),
                .requestField(bytes("referer")), .requestField(bytes("user_agent")),
            ])
    }
}
