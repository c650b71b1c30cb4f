// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives that say how a group chooses among its peers.

internal import Configuration
internal import Memory

/// A way to choose a peer, as it is read.
struct BalancingDraft {
    enum Method {
        case roundRobin
        case leastConnections
        case leastTime(ResponseTime)
        case addressHash
        case hash(Template, isConsistent: Bool)
        case random
        case randomOfTwo(Balancing.Measure)
    }

    var method = Method.roundRobin
    /// Whether a directive has said it.
    private(set) var isSet = false

    /// Takes a method over; the last one holds.
    mutating func take(_ method: Method, _ invocation: inout Invocation) {
        if isSet {
            invocation.warn(
                "load balancing method redefined", expected: "the last one holds")
        }
        self.method = method
        isSet = true
    }

    /// Whether peers may have a parameter.
    ///
    /// Spec: nginx: what a method cannot respect is refused in the lines behind it.
    func supports(_ parameter: String) -> Bool {
        switch method {
        case .roundRobin, .leastConnections, .leastTime: true
        case .addressHash, .hash, .random, .randomOfTwo:
            parameter != "backup" && parameter != "slow_start"
        }
    }

    /// Whether a key is to be made of each request.
    var key: BalancingKey {
        switch method {
        case .hash(let template, _): .template(template)
        case .addressHash: .address
        default: .none
        }
    }

    /// The method, once all peers are known.
    func balancing(_ peers: [Peer]) -> Balancing {
        switch method {
        case .roundRobin: .roundRobin
        case .leastConnections: .leastConnections
        case .leastTime(let time): .leastTime(time)
        case .addressHash: .addressHash
        case .hash(_, isConsistent: true): .consistentHash(HashRing(peers))
        case .hash: .hash
        case .random: .random
        case .randomOfTwo(let measure): .randomOfTwo(measure)
        }
    }
}

/// What a method wants to know of a request.
enum BalancingKey: Sendable {
    case none
    /// The address of the client.
    case address
    case template(Template)
}

/// The rows about the choice of a peer.
enum BalancingDirectives {
    static let rows: [Directive<UpstreamDraft>] = [
        .simple(
            "least_conn", in: [.upstream], .exactly(0),
            summary: "Asks the peer that has the fewest requests for its weight."
        ) { $0.balancing.take(.leastConnections, &$1) },
        .simple(
            "ip_hash", in: [.upstream], .exactly(0),
            summary: "Asks the same peer for all clients of a network (the first three bytes of an "
                + "IPv4 address, all of an IPv6 address)."
        ) { $0.balancing.take(.addressHash, &$1) },
        .simple(
            "hash", in: [.upstream], .between(1, 2), syntax: "key [consistent]",
            summary: "Asks the same peer for the same key; with `consistent`, most keys stay where "
                + "they are when a peer comes or goes."
        ) { upstream, invocation in
            if invocation.arguments.count > 1 { _ = try invocation.keyword(1, ["consistent"]) }
            guard let site = upstream.site else { return }
            let key = try invocation.template(0, site)
            let isConsistent = invocation.arguments.count > 1
            upstream.balancing.take(.hash(key, isConsistent: isConsistent), &invocation)
        },
        .simple(
            "random", in: [.upstream], .between(0, 2),
            syntax: "[two [least_conn | least_time=header | least_time=last_byte]]",
            summary: """
                Asks any peer; with `two`, the better one of two. In `stream`, it is \
                `least_time=connect | first_byte | last_byte`.
                """
        ) { upstream, invocation in
            guard invocation.arguments.count > 0 else {
                return upstream.balancing.take(.random, &invocation)
            }
            _ = try invocation.keyword(0, ["two"])
            var measure = Balancing.Measure.connections
            if invocation.arguments.count > 1 {
                measure = try invocation.keyword(1, measures(in: upstream.language))
            }
            upstream.balancing.take(.randomOfTwo(measure), &invocation)
        },
        .simple(
            "least_time", in: [.upstream], .between(1, 2),
            syntax: "header | last_byte [inflight]",
            summary: "Asks the peer that answers fastest for what it has to do, by the head or the "
                + "end of its answers; with `inflight`, those that are not complete count as well. "
                + "In `stream`, it is `connect | first_byte | last_byte`."
        ) { upstream, invocation in
            var time = try invocation.keyword(0, times(in: upstream.language))
            if invocation.arguments.count > 1 {
                _ = try invocation.keyword(1, ["inflight"])
                time.countsUnfinished = true
            }
            upstream.balancing.take(.leastTime(time), &invocation)
        },
        .simple(
            "queue", in: [.upstream], .between(1, 2), syntax: "number [timeout=time]",
            summary: """
                How many requests may wait while every peer has as many as `max_conns` allows, and \
                for how long (60s); then they fail with 502. Those of a thread go on in the order \
                in which they came; `$upstream_queue_time` says how long they have waited.
                """
        ) { upstream, invocation in
            let limit = try invocation.integer(0, in: 1...1 << 20)
            var timeout = 60_000
            if invocation.arguments.count > 1 {
                guard let (name, value) = invocation.parameter(1), name == "timeout",
                    let time = ValueSyntax.milliseconds(value)
                else {
                    throw invocation.invalidParameter(
                        at: 1, expected: "expected a time such as timeout=30s")
                }
                timeout = time
            }
            upstream.queue = PeerQueue(limit: limit, timeout: timeout)
        },
        .simple(
            "zone", in: [.upstream], .between(1, 2), syntax: "name [size]",
            summary: "Names shared memory for what is known of the peers. All threads share that "
                + "anyway: it is only checked."
        ) { upstream, invocation in
            guard invocation.bytes(0).count > 0 else {
                throw invocation.error(at: 0, "invalid zone name \"\"")
            }
            var size: Int?
            if invocation.arguments.count > 1 {
                guard let value = ValueSyntax.size(invocation.bytes(1)) else {
                    throw invocation.error(
                        at: 1, "invalid zone size \"\(invocation.text(1))\"",
                        expected: "expected a size such as 64k")
                }
                guard value >= 32 << 10 else {
                    throw invocation.error(
                        at: 1, "zone \"\(invocation.text(0))\" is too small",
                        expected: "expected at least 32k")
                }
                size = value
            }
            try upstream.site?.zones.share(
                invocation.bytes(0), byteCount: size, at: invocation.arguments[0].location)
        },
    ]
    /// What `least_time` can compare.
    private static func times(in language: BlockLanguage) -> KeyValuePairs<String, ResponseTime> {
        switch language {
        case .http: ["header": ResponseTime(), "last_byte": ResponseTime(toHead: false)]
        case .stream:
            [
                "connect": ResponseTime(toConnection: true), "first_byte": ResponseTime(),
                "last_byte": ResponseTime(toHead: false),
            ]
        }
    }

    /// By what `random two` tells the better one.
    private static func measures(
        in language: BlockLanguage
    ) -> KeyValuePairs<String, Balancing.Measure> {
        switch language {
        case .http:
            [
                "least_conn": .connections, "least_time=header": .time(ResponseTime()),
                "least_time=last_byte": .time(ResponseTime(toHead: false)),
            ]
        case .stream:
            [
                "least_conn": .connections,
                "least_time=connect": .time(ResponseTime(toConnection: true)),
                "least_time=first_byte": .time(ResponseTime()),
                "least_time=last_byte": .time(ResponseTime(toHead: false)),
            ]
        }
    }
}
