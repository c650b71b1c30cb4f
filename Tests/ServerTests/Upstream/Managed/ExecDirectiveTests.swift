// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What `exec` makes of its arguments, and what is said of those that mean nothing.

import Configuration
import Memory
import OS
import Testing

@testable import Server

@Suite struct ExecDirectiveTests {
    @Test func `a command has as many peers as instances, each with a record of its own`() throws {
        let site = try load(
            "upstream api { exec \"node 'a b.js'\" instances=2 weight=3 max_fails=0; "
                + "server 127.0.0.1:1; }"
        ).sound()
        let peers = site.groups[0].peers
        #expect(peers.map(\.name) == ["api.1", "api.2", "127.0.0.1:1"].map { bytes($0) })
        #expect(peers.map(\.weight) == [3, 3, 1])
        #expect(peers.map(\.failureLimit) == [0, 0, 1])
        #expect(peers.map(\.isStarted) == [true, true, false])
        #expect(peers[0].health !== peers[1].health)
        #expect(site.commands.map(\.words) == [["node", "a b.js"]])
        #expect(site.commands.map(\.instanceCount) == [2])
    }

    @Test func `several commands of a group are told apart`() throws {
        let site = try load(
            "upstream api { exec node a.js; exec node b.js instances=2 backup; }"
        ).sound()
        #expect(site.commands.map(\.name) == ["api", "api-2"])
        #expect(site.commands.map(\.words) == [["node", "a.js"], ["node", "b.js"]])
        let peers = site.groups[0].peers
        #expect(peers.map(\.name) == ["api.1", "api-2.1", "api-2.2"].map { bytes($0) })
        #expect(peers.map(\.isBackup) == [false, true, true])
    }

    @Test func `everything about a process can be said`() throws {
        let site = try load(
            """
            upstream api {
                exec "node ." cwd=api user=www:web env=NODE_ENV=production env=A=b=c socket
                    start_timeout=2m stop_timeout=500ms;
            }
            """
        ).sound()
        var command = PeerCommand(name: "api", words: ["node", "."], directory: "/site/api")
        command.user = "www"
        command.group = "web"
        command.environment = ["NODE_ENV=production", "A=b=c"]
        command.usesSocket = true
        command.startTimeout = 120_000
        command.stopTimeout = 500
        command.directory = site.commands[0].directory
        #expect(site.commands == [command])
        #expect(site.commands[0].directory.hasSuffix("/api"))
    }

    @Test func `words are taken as they are, a dollar sign too`() throws {
        let site = try load("upstream api { exec sh -c 'echo $PORT' x=1; }").sound()
        #expect(site.commands.map(\.words) == [["sh", "-c", "echo $PORT", "x=1"]])
    }

    @Test(arguments: [
        ("exec \"node .\" instnces=2", "did you mean `instances`?"),
        ("exec \"node .\" instances=0", "expected a whole number from 1 to 64"),
        ("exec \"node .\" stop_timeout=x", "expected a time such as 30s"),
        ("exec \"node .\" user=:x", "expected a user such as user=www-data"),
        ("exec \"node .\" env=A", "expected a variable such as env=NODE_ENV=production"),
        ("exec \"node .\" cwd=", "expected a folder"),
        ("exec \"node .\" weight=0", "expected a whole number from 1 to 1048576"),
        ("exec \"node '.\"", "a quote is not closed"),
        ("exec \"\"", "there is no command"),
    ])
    func `what means nothing is refused`(line: String, text: String) {
        let loaded = load("upstream api { \(line); }")
        #expect(loaded.site == nil)
        #expect(loaded.diagnostics.render().contains(text))
    }

    @Test func `a program that is not there is a warning`() throws {
        func warnings(_ line: String) throws -> String {
            let loaded = load("upstream api { \(line); }")
            #expect(loaded.site != nil)
            return loaded.diagnostics.render()
        }
        #expect(try warnings("exec sh").isEmpty)
        #expect(try warnings("exec no-such-program").contains("\"no-such-program\" in PATH"))
        #expect(try warnings("exec sh env=PATH=/no").contains("PATH is /no"))
        #expect(try warnings("exec ./no/such").contains("looked for from /"))
        #expect(try warnings("exec /etc/passwd").contains("nothing that can be executed"))
    }

    @Test(arguments: [
        (["node", "a b.js", ""], "node 'a b.js' ''"),
        (["echo", "it's"], "echo 'it'\\''s'"),
        (["/bin/sh", "-c", "a | b"], "a | b"),
    ])
    func `a command is shown as one types it`(words: [String], text: String) throws {
        #expect(PeerCommand(words: words, directory: "/").text == text)
        #expect(try CommandText.words(of: text) == words)
    }

    @Test func `a check of a peer that is started here comes before its requests`() throws {
        #expect(HealthCheck().of(Peer(name: [], target: .process)).isMandatory)
        let other = Peer(name: [], target: .name(host: bytes("a"), port: 1))
        #expect(!HealthCheck().of(other).isMandatory)
    }

    @Test func `a peer is asked only while its process accepts connections`() throws {
        let board = PeerBoard(try SharedMemory(privateByteCount: PeerBoard.byteCount))
        let slots = [PeerSlot(number: 4), PeerSlot(number: 9)]
        var upstream = UpstreamDraft(name: bytes("api"))
        for _ in slots { upstream.peers.append(Peer(name: [], target: .process)) }
        var next = 0
        upstream.seat(&next, ManagedPeers(board), slots)
        let group = UpstreamGroup(
            name: upstream.name, peers: upstream.peers, keepAlive: upstream.keepAlive,
            startTime: 60_000, isImplicit: false)
        let now = Instant(milliseconds: 1000)
        func choose() -> Int? {
            var request = PeerRequest()
            let choice = group.select(for: &request, at: now).index
            choice.map { group.release($0) }
            return choice
        }
        #expect(choose() == nil)
        #expect(group.isStarting)
        board.publish(PeerLife(slot: slots[1], incarnation: 1), .port(20_001))
        #expect(choose() == 1)
        #expect(choose() == 1)
        #expect(group.peers[1].process?.door?.address.description == "127.0.0.1:20001")
        board.withdraw(slots[1])
        #expect(choose() == nil)
        #expect(!group.isStarting)
        #expect(group.peers[1].process?.door == nil)
    }

    @Test func `a process that is started again has a clean record`() throws {
        let board = PeerBoard(try SharedMemory(privateByteCount: PeerBoard.byteCount))
        let slot = PeerSlot(number: 0)
        var peer = Peer(name: [], target: .process)
        peer.process = ManagedPeer(ManagedPeers(board), slot)
        let other = Peer(name: [], target: .name(host: bytes("a"), port: 1))
        let group = UpstreamGroup(
            name: [], peers: [peer, other], keepAlive: UpstreamKeepAlive(), isImplicit: false)
        let now = Instant(milliseconds: 1000)
        board.publish(PeerLife(slot: slot, incarnation: 1), .port(1))
        var request = PeerRequest()
        _ = group.select(for: &request, at: now)
        group.note(.failed, of: 0, at: now)
        #expect(peer.health.isUnavailable(peer, at: now.seconds))
        board.publish(PeerLife(slot: slot, incarnation: 2), .port(2))
        var another = PeerRequest()
        _ = group.select(for: &another, at: now)
        #expect(!peer.health.isUnavailable(peer, at: now.seconds))
    }
}
