// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What each command line means, and what is said about those that mean nothing.

import Testing

@testable import Command

@Suite struct OptionParserTests {
    @Test func `no arguments mean serving what is found`() throws {
        let options = try Options.parse([])
        #expect(options == Options())
        #expect(options.action == .serve)
        #expect(!options.isWithoutConfigurationFile)
    }

    @Test(arguments: [
        ("-c site.conf", "site.conf"), ("-csite.conf", "site.conf"),
        ("-t -c site.conf", "site.conf"), ("-tqc site.conf", "site.conf"),
        ("-tqcsite.conf", "site.conf"), ("-c -", "-"), ("-c -t", "-t"),
    ])
    func `a configuration file may be glued to its letter`(line: String, path: String) throws {
        #expect(try Options.parse(words(line)).configurationPath == path)
    }

    @Test(arguments: [
        ("-t", Options.Action.test), ("-T", .dump), ("-tT", .dump), ("-Tt", .dump), ("-tq", .test),
        ("-v", .version), ("--version", .version), ("-V", .versionDetails), ("-h", .help),
        ("-?", .help), ("--help", .help), ("-s stop", .signal(.stop)), ("-squit", .signal(.quit)),
        ("-s reopen", .signal(.reopen)), ("-s reload", .signal(.reload)),
        ("-s restart-peers", .signal(.restartPeers)),
    ])
    func `each letter has nginx's meaning`(line: String, action: Options.Action) throws {
        #expect(try Options.parse(words(line)).action == action)
    }

    @Test func `all letters with values are kept as written`() throws {
        let options = try Options.parse(
            [
                "-q", "-p", "/srv/site", "-c", "conf/a.conf", "-e", "log/e", "-g",
                "daemon off; pid x;",
            ])
        #expect(options.isQuiet)
        #expect(options.prefix == "/srv/site/")
        #expect(options.configurationPath == "conf/a.conf")
        #expect(options.errorLogPath == "log/e")
        #expect(options.globalDirectives == "daemon off; pid x;")
        #expect(options.resolve("conf/a.conf") == "/srv/site/conf/a.conf")
        #expect(options.resolve("/etc/a.conf") == "/etc/a.conf")
    }

    @Test func `a command follows two dashes, with whatever it wants`() throws {
        let options = try Options.parse(
            ["dist", "--instances", "2", "--", "node", "-t", "--", "server.js"])
        #expect(options.directory == "dist")
        #expect(options.instanceCount == 2)
        #expect(options.command == ["node", "-t", "--", "server.js"])
        #expect(options.isWithoutConfigurationFile)
        #expect(try Options.parse(["--", "node"]).isWithoutConfigurationFile)
    }

    @Test(arguments: [
        ("--", "there is no command after \"--\""),
        ("--instances 2", "--instances says how many processes there are of a command"),
        ("--instances 0 -- node", "invalid number of instances: \"0\""),
        ("--instances +1 -- node", "invalid number of instances: \"+1\""),
        ("--api 5000 -- node", "--api and a command cannot be used together"),
        ("-c site.conf -- node", "-c and a command cannot be used together"),
    ])
    func `a command is not mixed with what contradicts it`(line: String, message: String) {
        let error = #expect(throws: OptionError.self) { try Options.parse(words(line)) }
        #expect(error?.message == message)
    }

    @Test func `a prefix with a final slash gets no second one`() throws {
        #expect(try Options.parse(["-p", "/srv/"]).prefix == "/srv/")
    }

    @Test func `a folder, a port and peers need no configuration file`() throws {
        let options = try Options.parse(["dist", "--port", "8080", "--api=5000", "--api", ":5001"])
        #expect(options.isWithoutConfigurationFile)
        #expect(options.directory == "dist")
        #expect(options.port == 8080)
        #expect(options.apiAddresses == ["127.0.0.1:5000", "127.0.0.1:5001"])
    }

    @Test(arguments: [
        ("5000", "127.0.0.1:5000"), (":5000", "127.0.0.1:5000"), ("node:5000", "node:5000"),
        ("http://10.0.0.5:80/", "10.0.0.5:80"), ("api.example", "api.example"),
        ("[::1]:5000", "[::1]:5000"), ("[::1]", "[::1]"),
        ("unix:/run/api.sock", "unix:/run/api.sock"),
    ])
    func `a peer may be given in short`(text: String, address: String) throws {
        #expect(try Options.parse(["--api", text]).apiAddresses == [address])
    }

    @Test(arguments: [
        "https://node", "http://", "node:", "node:0", "node:65536", "a b", "a;b", "node/api", "{",
        "$host", "node:80:80", "[::1", "::1", "unix:relative", "70000", "-1",
    ])
    func `a peer that the configuration could read otherwise is refused`(text: String) {
        #expect(throws: OptionError.self) { try Options.parse(["--api", text]) }
    }

    @Test(arguments: ["0", "65536", "+80", "http", "8 0", "-1", "٣"])
    func `a port is a number in range`(text: String) {
        #expect(throws: OptionError.self) { try Options.parse(["--port", text]) }
    }

    @Test(arguments: [
        ("--prot 80", "invalid option: \"--prot\"", "Did you mean \"--port\"?"),
        ("--versoin", "invalid option: \"--versoin\"", "Did you mean \"--version\"?"),
        ("--zzz", "invalid option: \"--zzz\"", Help.pointer),
        ("-z", "invalid option: \"-z\"", Help.pointer),
        ("-C x", "invalid option: \"-C\"", "Did you mean \"-c\"?"),
        ("-c", "option \"-c\" requires FILE", Help.pointer),
        ("-tc", "option \"-c\" requires FILE", Help.pointer),
        ("--port", "option \"--port\" requires N", Help.pointer),
        ("--port=", "option \"--port\" requires N", Help.pointer),
        ("--help=yes", "option \"--help\" takes no value", Help.pointer),
        ("-s relaod", "invalid option: \"-s relaod\"", "Did you mean \"reload\"?"),
        (
            "-s restart", "invalid option: \"-s restart\"",
            "It is one of stop, quit, reopen, reload and restart-peers."
        ),
        ("-s", "option \"-s\" requires SIGNAL", Help.pointer),
        ("a b", "invalid option: \"b\"", "One folder can be served, and \"a\" was given already."),
        ("-", "invalid option: \"-\"", Help.pointer),
        (
            "--", "there is no command after \"--\"",
            "For example: beranda public -- node server.js"
        ),
    ])
    func `a mistake is named, with a way out`(line: String, message: String, advice: String) {
        #expect(throws: OptionError(message: message, advice: advice)) {
            try Options.parse(words(line))
        }
    }

    @Test(arguments: ["dist", "--port 80", "--api 5000"])
    func `a configuration file excludes the short way`(other: String) {
        #expect(throws: OptionError.self) { try Options.parse(words("-c a.conf " + other)) }
    }

    private func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }
}
