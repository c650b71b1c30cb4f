// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where log lines go, and in which form.

import Memory
import OS
import Testing

@testable import Server

@Suite struct LogDirectivesTests {
    @Test func `nothing is logged but errors unless asked for`() throws {
        let site = try load("server { listen 80; }").sound()
        #expect(site.logFiles.map(\.destination) == [.standardError])
        let steps = site.locations[0].steps
        #expect(!steps.contains(.logsAccess))
        #expect(site.processes.errors == [ErrorLog(file: 0, level: .error)])
    }

    @Test(arguments: [
        ("stderr", LogFile.Destination.standardError), ("/dev/stderr", .standardError),
        ("/dev/stdout", .standardOutput), ("/dev/null", .none),
        ("logs/x", .file(bytes("/site/logs/x"))), ("/var/log/x", .file(bytes("/var/log/x"))),
        ("/a$.log", .file(bytes("/a$.log"))),
    ])
    func `devices are recognised`(_ path: String, _ destination: LogFile.Destination) throws {
        let site = try load("error_log \(path); server { listen 80; }").sound()
        #expect(site.logFiles[site.processes.errors[0].file].destination == destination)
    }

    @Test func `the command line's log holds until the configuration says otherwise`() throws {
        let early = try load("") { $0.errorLogPath = "early.log" }.sound()
        #expect(early.errorLogs.map(\.path) == [bytes("/site/early.log")])
        let late = try load("error_log late.log;") { $0.errorLogPath = "early.log" }.sound()
        #expect(late.errorLogs.map(\.path) == [bytes("/site/late.log")])
    }

    @Test func `the level of errors is inherited`() throws {
        let text = """
            error_log /e warn; server { listen 80; location /a { }
                location /b { error_log /b debug; location /b/c { } } }
            """
        #expect(try settings(of: text, location: "/a").log.errorLevel == .warning)
        #expect(try settings(of: text, location: "/b/c").log.errorLevel == .debug)
        #expect(
            try settings(of: text, location: "/b/c").log.errors.elements == [
                ErrorLog(file: 2, level: .debug)
            ])
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
        #expect(same.first?.format.escaping == .json)
        #expect(
            same.first?.format.template.segments == [
                .literal(bytes("{\"a\":")), .literal(bytes("\"")), .variable(.builtIn(.uri)),
                .literal(bytes("\"}")),
            ])
        let own = try settings(of: text, location: "/own").log.access.elements
        #expect(own.map(\.file) == [2, 1])
        #expect(own.first?.condition?.onlyVariable == .argument(bytes("log")))
        #expect(own.first?.format.escaping == .standard)
        #expect(try settings(of: text, location: "/off").log.access.isEmpty)
    }

    @Test func `the combined form is there from the start`() throws {
        let access = try settings(of: "server { listen 80; access_log /a; }").log.access
        let segments = access.elements.first?.format.template.segments ?? []
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

    // MARK: Several logs, each in its own way

    @Test func `every error log of a block holds, each with its level`() throws {
        let text = """
            error_log /a; error_log /b debug_http; error_log syslog:server=[::1]:5140 crit;
            server { listen 80; location /x { error_log /a emerg; error_log /a; } }
            """
        let site = try load(text).sound()
        #expect(
            site.processes.errors.map(\.level) == [.error, .debug, .critical])
        #expect(try settings(of: text).log.errorLevel == .debug)
        let inner = try settings(of: text, location: "/x").log
        #expect(inner.errors.elements.map(\.level) == [.emergency, .error])
        #expect(inner.errorLevel == .error)
    }

    @Test func `lines never go only to where they may get lost`() throws {
        let site = try load("error_log syslog:server=unix:/dev/log; server { listen 80; }").sound()
        #expect(site.errorLogs.count == 2)
        #expect(site.errorLogs.last?.path == nil && site.errorLogs.last?.server == nil)
    }

    @Test func `a syslog server has nginx's defaults`() throws {
        let text = "server { listen 80; access_log syslog:server=127.0.0.1; }"
        let site = try load(text).sound()
        let server = SyslogServer(
            address: .ip(CompactAddress(ipv4: 0x7F00_0001, port: 514)), facility: 23, severity: 6,
            tag: bytes("nginx"), hostName: bytes("machine.example"))
        #expect(site.logFiles.last?.destination == .syslog(server))
    }

    @Test func `every parameter of a syslog server counts`() throws {
        let text = """
            server { listen 80; access_log
                syslog:nohostname,severity=alert,tag=Web_1,facility=mail,server=unix:/a/b; }
            """
        let site = try load(text).sound()
        let server = SyslogServer(
            address: .unix(path: bytes("/a/b")), facility: 2, severity: 1, tag: bytes("Web_1"),
            hostName: nil)
        #expect(site.logFiles.last?.destination == .syslog(server))
    }

    @Test func `lines are collected as the parameters say`() throws {
        let text = """
            server { listen 80; access_log /a combined buffer=4k flush=100ms;
                location /a { access_log /a; access_log /b combined gzip; }
                location /b { access_log /c combined gzip=9 buffer=1m; } }
            """
        let batches = try load(text).sound().logFiles.map(\.batch)
        #expect(
            batches == [
                nil, LogBatch(byteCount: 4096, delay: 100),
                LogBatch(byteCount: 65536, gzipLevel: 1),
                LogBatch(byteCount: 1 << 20, gzipLevel: 9),
            ])
    }

    @Test(arguments: [
        ("/a f", "unknown log format \"f\""),
        ("/a combined flush=1s", "no buffer is defined for access_log \"/a\""),
        ("/a combined buffer=0", "invalid buffer size \"0\""),
        ("/a combined gzip=10", "invalid compression level \"10\""),
        ("/a combined buffer=1k flush=x", "invalid flush time \"x\""),
        ("/a combined if", "invalid parameter \"if\""),
        ("off combined", "invalid parameter \"combined\""),
        ("/$host combined buffer=1k", "buffered logs cannot have variables in name"),
        ("syslog:server=1.2.3.4 combined gzip", "logs to syslog cannot be buffered"),
        ("/used combined buffer=2k", "access_log \"/used\" already defined with conflicting"),
        ("syslog:tag=a", "no syslog server specified"),
        ("syslog:server=1.2.3.4,server=1.2.3.4", "duplicate syslog \"server\""),
        ("syslog:server=1.2.3.4,facility=x", "unknown syslog facility \"x\""),
        ("syslog:server=1.2.3.4,severity=err", "unknown syslog severity \"err\""),
        ("syslog:server=1.2.3.4,tag=a-b", "syslog \"tag\" only allows alphanumeric"),
        ("syslog:server=1.2.3.4,what", "unknown syslog parameter \"what\""),
        ("syslog:server=1.2.3.4:x", "invalid port in syslog server \"1.2.3.4:x\""),
    ])
    func `what is wrong with an access log is said in nginx's words`(
        _ arguments: String, _ message: String
    ) {
        let loaded = load(
            "server { listen 80; access_log /used combined buffer=1k; access_log \(arguments); }")
        #expect(loaded.findings.contains { $0.contains(message) }, "\(loaded.findings)")
    }

    @Test func `off hides what stands beside it`() throws {
        let text = "server { listen 80; access_log /a; access_log off; access_log /b; }"
        #expect(try settings(of: text).log.access.isEmpty)
    }

    @Test func `the cache of log files is inherited, and can be switched off`() throws {
        let text = """
            server { listen 80; open_log_file_cache max=3 inactive=20s valid=1m min_uses=2;
                location /a { } location /b { open_log_file_cache off; } }
            """
        let cache = try settings(of: text, location: "/a").log.fileCache
        #expect(
            cache
                == LogFileCacheSettings(
                    number: 1, entryLimit: 3, inactiveTime: 20_000, validTime: 60_000,
                    useMinimum: 2))
        #expect(try settings(of: text, location: "/b").log.fileCache == nil)
    }

    @Test(arguments: [
        ("logs/$x.log", "logs/a.log", true), ("logs/$x", "logs/..", false),
        ("logs/$x/y", "logs/a/../../y", false), ("../$x", "../b", true),
        ("../$x", "../../b", false), ("logs/.$x", "logs/..", false), ("$x", "a\0b", false),
        ("logs/$x", "logs/..a", true),
    ])
    func `the values of a client do not lead a path elsewhere`(
        _ written: String, _ path: String, _ isAdmitted: Bool
    ) throws {
        let segments: [Template.Segment] = written.split(
            separator: "$x", omittingEmptySubsequences: false
        ).flatMap { part in [.literal(bytes(String(part))), .variable(.argument(bytes("x")))] }
        let template = LogPath(Template(Array(segments.dropLast())))
        #expect(template.admits(bytes(path).span) == isAdmitted)
    }
}

extension AccessLog {
    /// The number of its file; nil where a request names the file.
    var file: Int? {
        guard case .file(let file) = outlet else { return nil }
        return file
    }
}
