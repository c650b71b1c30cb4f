// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What happens to one request, as those tell it who serve it.
//
// This file keeps words in their order, and knows nothing of who says them.

internal import Configuration
internal import OS

/// What is told about one request.
///
/// Why: a class, because everybody who has to do with the request tells it something. A request
///      that is really served has none, and costs one test of a flag for each place that would
///      tell something.
final class Trace {
    /// The parts of a request's way, in the words of what is printed.
    enum Kind: String, Sendable {
        case server, location, rewrite, redirect, limits, access, file, peer, error, log
    }

    /// One thing that happened.
    struct Step: Sendable, Equatable {
        let kind: Kind
        let text: String
        var details: [String] = []
        /// The block of the configuration that it happened in.
        var place: SourceLocation?
    }

    /// Where the client seems to have connected to.
    let localAddress: CompactAddress
    private(set) var steps: [Step] = []
    /// What was looked at until the next location is chosen.
    var considered: [String] = []
    /// The head that a peer would be sent; nil as long as none is to be asked.
    private(set) var peerRequest: [UInt8]?

    init(localAddress: CompactAddress) {
        self.localAddress = localAddress
    }

    /// How many steps are kept; ten internal redirects have fewer.
    private static let stepLimit = 500

    /// Notes that something happened.
    func note(
        _ kind: Kind, _ text: String, _ details: [String] = [], at place: SourceLocation? = nil
    ) {
        guard steps.count < Self.stepLimit else { return }
        steps.append(Step(kind: kind, text: text, details: details, place: place))
    }

    /// Notes a line of the error log, whatever its level.
    func noteLog(_ level: LogLevel, _ message: String) {
        note(level == .notice ? .rewrite : .log, message)
    }

    /// Notes which peers would be asked, and by which head.
    func reachPeer(_ text: String, _ details: [String], request: [UInt8]) {
        note(.peer, text, details)
        peerRequest = request
    }
}

/// Where a location, or a server, stands in the configuration.
struct BlockOrigin: Sendable {
    /// Its first line, without the brace.
    var title = "server"
    var place: SourceLocation?
}
