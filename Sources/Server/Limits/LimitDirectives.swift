// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives that limit requests and connections.

internal import Configuration
internal import Memory

/// The rows of `limit_req` and `limit_conn`.
enum LimitDirectives {
    static let mainRows: [Directive<MainDraft>] = [
        .simple(
            "limit_req_zone", in: [.http], .exactly(3), syntax: "key zone=name:size rate=rate",
            repeats: true,
            summary: """
                Makes a zone of memory that counts the requests of each key, and says how many \
                may come: `10r/s`, or `30r/m` for one every two seconds. A request whose key is \
                empty is not counted.
                """
        ) { main, invocation in
            try main.level.site.declareZone(invocation, takesRate: true)
        },
        .simple(
            "limit_conn_zone", in: [.http], .exactly(2), syntax: "key zone=name:size",
            repeats: true,
            summary: """
                Makes a zone of memory that counts the requests of each key that are being \
                served. A request whose key is empty is not counted.
                """
        ) { main, invocation in
            try main.level.site.declareZone(invocation, takesRate: false)
        },
    ]

    static let rows =
        limits + policy("req", "requests", \.requests)
        + policy("conn", "connections", \.connections)

    private static let limits: [Directive<LevelDraft>] = [
        .simple(
            "limit_req", in: .httpServerLocation, .between(1, 3),
            syntax: "zone=name [burst=number] [nodelay | delay=number]", repeats: true,
            summary: """
                Keeps the rate of a zone. What comes too early waits for its turn, up to `burst` \
                requests, and more is refused; `nodelay` lets the burst through at once, \
                `delay` the first part of it. All limits of a level hold together.
                """
        ) { level, invocation in
            let limit = try RequestLimit(invocation, level.site)
            if level.settings.limits.requests.isSet(at: level.level),
                level.settings.limits.requests.elements.contains(where: {
                    $0.zone == limit.zone
                })
            {
                throw invocation.error("\"limit_req\" directive is duplicate")
            }
            level.settings.limits.requests.append(limit, at: level.level)
        },
        .simple(
            "limit_conn", in: .httpServerLocation, .exactly(2), syntax: "zone number",
            repeats: true,
            summary: "How many requests of a key may be served at the same time."
        ) { level, invocation in
            let limit = try ConnectionLimit(invocation, level.site)
            if level.settings.limits.connections.isSet(at: level.level),
                level.settings.limits.connections.elements
                    .contains(where: { $0.zone == limit.zone })
            {
                throw invocation.error("\"limit_conn\" directive is duplicate")
            }
            level.settings.limits.connections.append(limit, at: level.level)
        },
    ]

    /// What both limits have.
    private static func policy(
        _ name: String, _ what: String,
        _ path: any WritableKeyPath<LimitPolicy, LimitPolicy.Refusal> & Sendable
    ) -> [Directive<LevelDraft>] {
        [
            .simple(
                "limit_\(name)_status", in: .httpServerLocation, .exactly(1), syntax: "code",
                default: "503", summary: "The answer to \(what) that are too many."
            ) {
                $0.settings.limits.policy[keyPath: path].status = try $1.integer(0, in: 400...599)
            },
            .simple(
                "limit_\(name)_log_level", in: .httpServerLocation, .exactly(1),
                syntax: "info | notice | warn | error", default: "error",
                summary: name == "req"
                    ? "How grave a refused request is in the error log; a delay is one level less."
                    : "How grave a refused connection is in the error log."
            ) {
                $0.settings.limits.policy[keyPath: path].logLevel = try $1.keyword(
                    0,
                    ["info": .information, "notice": .notice, "warn": .warning, "error": .error])
            },
            .simple(
                "limit_\(name)_dry_run", in: .httpServerLocation, .flag, default: "off",
                summary: "Whether \(what) are only counted and logged, and nothing is refused."
            ) { $0.settings.limits.policy[keyPath: path].isDry = try $1.flag() },
        ]
    }
}

extension SiteDraft {
    /// Reads `limit_req_zone` or `limit_conn_zone`.
    fileprivate func declareZone(
        _ invocation: Invocation, takesRate: Bool
    ) throws(Diagnostic) {
        var place: (name: [UInt8], byteCount: Int)?
        var rate = 1000
        for index in invocation.arguments.indices.dropFirst() {
            switch invocation.parameter(index) {
            case ("zone", let value)?: place = try invocation.zone(value, at: index)
            case ("rate", let value)? where takesRate: rate = try invocation.rate(value, at: index)
            default:
                throw invocation.invalidParameter(
                    at: index,
                    expected: takesRate
                        ? "expected zone=name:size and rate=10r/s"
                        : "expected zone=name:size")
            }
        }
        guard let place else {
            throw invocation.error(
                "\"\(invocation.name.text)\" must have \"zone\" parameter",
                expected: "expected zone=name:size, such as zone=one:10m")
        }
        let zone = SiteZone(
            name: place.name, use: takesRate ? .requests(rate: rate) : .connections,
            key: try invocation.template(0, self), keyText: invocation.bytes(0),
            byteCount: place.byteCount)
        try zones.declare(zone, by: invocation.name.text, at: invocation.location)
    }
}

extension Invocation {
    /// The value of `zone=name:size`.
    fileprivate func zone(
        _ value: [UInt8], at index: Int
    ) throws(Diagnostic) -> (name: [UInt8], byteCount: Int) {
        guard let colon = value.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            let byteCount = ValueSyntax.size(Array(value[(colon + 1)...]))
        else {
            throw error(
                at: index, "invalid zone size \"\(text(index))\"",
                expected: "expected a name and a size, such as zone=one:10m")
        }
        let name = Array(value[..<colon])
        guard byteCount >= Self.zoneByteLimits.lowerBound else {
            throw error(
                at: index, "zone \"\(String(decoding: name, as: UTF8.self))\" is too small",
                expected: "expected at least 32k")
        }
        guard byteCount <= Self.zoneByteLimits.upperBound else {
            throw error(
                at: index, "zone \"\(String(decoding: name, as: UTF8.self))\" is too large",
                expected: "expected at most 64g")
        }
        return (name, byteCount)
    }

    /// Spec: nginx: eight pages.
    private static var zoneByteLimits: ClosedRange<Int> { 32 << 10...64 << 30 }

    /// The value of `rate=`, in requests in 1000 seconds.
    fileprivate func rate(_ value: [UInt8], at index: Int) throws(Diagnostic) -> Int {
        var digits = value[...]
        var scale = 1
        if value.count > 3, value.suffix(3).elementsEqual(Array("r/s".utf8)) {
            digits = digits.dropLast(3)
        } else if value.count > 3, value.suffix(3).elementsEqual(Array("r/m".utf8)) {
            digits = digits.dropLast(3)
            scale = 60
        }
        guard let rate = ValueSyntax.integer(digits), rate > 0, rate <= 1_000_000_000 else {
            throw error(
                at: index, "invalid rate \"\(text(index))\"",
                expected: "expected requests a second or a minute, such as 10r/s or 30r/m")
        }
        return rate * 1000 / scale
    }

    /// A number of requests, in thousandths.
    fileprivate func requestCount(
        _ value: [UInt8], _ what: String, at index: Int
    ) throws(Diagnostic) -> Int {
        guard let count = ValueSyntax.integer(value[...]), count > 0 else {
            throw error(
                at: index, "invalid \(what) value \"\(text(index))\"",
                expected: "expected a number of requests, at least 1")
        }
        return min(count, RequestRate.excessLimit / 1000 - 1) * 1000
    }
}

extension RequestLimit {
    /// Reads `limit_req`.
    fileprivate init(_ invocation: Invocation, _ site: SiteDraft) throws(Diagnostic) {
        var zone: Int?
        var (burst, delay) = (0, 0)
        for index in invocation.arguments.indices {
            switch invocation.parameter(index) {
            case ("zone", let name)?:
                zone = try site.zones.reference(
                    name, by: "limit_req_zone", at: invocation.arguments[index].location)
            case ("burst", let value)?:
                burst = try invocation.requestCount(value, "burst", at: index)
            case ("delay", let value)?:
                delay = try invocation.requestCount(value, "delay", at: index)
            default:
                guard invocation.argument(index, is: "nodelay") else {
                    throw invocation.invalidParameter(
                        at: index,
                        expected: "expected zone=name, burst=number, nodelay or delay=number")
                }
                delay = .max
            }
        }
        guard let zone else {
            throw invocation.error(
                "\"limit_req\" must have \"zone\" parameter", expected: "expected zone=name")
        }
        self.init(zone: zone, burst: burst, delay: delay)
    }
}

extension ConnectionLimit {
    /// Reads `limit_conn`.
    fileprivate init(_ invocation: Invocation, _ site: SiteDraft) throws(Diagnostic) {
        let zone = try site.zones.reference(
            invocation.bytes(0), by: "limit_conn_zone", at: invocation.arguments[0].location)
        guard let count = ValueSyntax.integer(invocation.bytes(1)[...]), count > 0 else {
            throw invocation.error(
                at: 1, "invalid number of connections \"\(invocation.text(1))\"",
                expected: "expected a number, at least 1")
        }
        guard count <= 65_535 else {
            throw invocation.error(at: 1, "connection limit must be less 65536")
        }
        self.init(zone: zone, count: count)
    }
}
