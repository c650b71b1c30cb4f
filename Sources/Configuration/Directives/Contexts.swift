// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The places in which a directive may stand, and the number of its arguments.

/// The kinds of blocks.
package struct Contexts: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let main = Contexts(rawValue: 1 << 0)
    package static let events = Contexts(rawValue: 1 << 1)
    package static let http = Contexts(rawValue: 1 << 2)
    package static let server = Contexts(rawValue: 1 << 3)
    package static let location = Contexts(rawValue: 1 << 4)
    /// An `if` in a server.
    package static let serverIf = Contexts(rawValue: 1 << 5)
    /// An `if` in a location.
    package static let locationIf = Contexts(rawValue: 1 << 6)
    package static let upstream = Contexts(rawValue: 1 << 7)
    package static let limitExcept = Contexts(rawValue: 1 << 8)
    package static let map = Contexts(rawValue: 1 << 9)
    package static let types = Contexts(rawValue: 1 << 10)
    package static let geo = Contexts(rawValue: 1 << 11)
    package static let splitClients = Contexts(rawValue: 1 << 12)
    package static let match = Contexts(rawValue: 1 << 13)
    package static let stream = Contexts(rawValue: 1 << 16)
    package static let streamServer = Contexts(rawValue: 1 << 17)
    package static let streamUpstream = Contexts(rawValue: 1 << 18)
    /// A `match` of `stream`.
    package static let streamMatch = Contexts(rawValue: 1 << 21)
    package static let mail = Contexts(rawValue: 1 << 19)
    package static let mailServer = Contexts(rawValue: 1 << 20)
    /// A block of a kind that is not listed here.
    package static let other = Contexts(rawValue: 1 << 31)

    /// Where nginx allows most directives of HTTP.
    package static let httpServerLocation: Contexts = [.http, .server, .location]

    /// The names of the blocks, outermost first, as the manual and messages use them.
    package var names: [String] {
        Contexts.table.compactMap { contains($0.context) ? $0.name : nil }
    }

    private static let table: [(context: Contexts, name: String)] = [
        (.main, "main"), (.events, "events"), (.http, "http"), (.server, "server"),
        (.location, "location"), (.serverIf, "if in server"), (.locationIf, "if in location"),
        (.upstream, "upstream"), (.limitExcept, "limit_except"), (.map, "map"), (.types, "types"),
        (.geo, "geo"), (.splitClients, "split_clients"), (.match, "match"), (.stream, "stream"),
        (.streamServer, "server in stream"), (.streamUpstream, "upstream in stream"),
        (.streamMatch, "match in stream"),
        (.mail, "mail"), (.mailServer, "server in mail"),
    ]
}

/// How many arguments a directive takes.
package enum Arity: Sendable, Equatable {
    case exactly(Int)
    case atLeast(Int)
    case between(Int, Int)
    /// One argument, `on` or `off`.
    case flag

    /// Whether so many are right.
    package func accepts(_ count: Int) -> Bool {
        switch self {
        case .exactly(let number): count == number
        case .atLeast(let least): count >= least
        case .between(let least, let most): least <= count && count <= most
        case .flag: count == 1
        }
    }

    /// What was expected, in words.
    package var expectation: String {
        switch self {
        case .exactly(0): "no arguments"
        case .exactly(let number): Arity.count(number)
        case .atLeast(let least): "at least " + Arity.count(least)
        case .between(let least, let most):
            "\(least) \(most == least + 1 ? "or" : "to") \(Arity.count(most))"
        case .flag: "\"on\" or \"off\""
        }
    }

    private static func count(_ number: Int) -> String {
        number == 1 ? "1 argument" : "\(number) arguments"
    }
}
