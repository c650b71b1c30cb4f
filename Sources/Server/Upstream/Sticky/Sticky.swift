// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How a client stays with the peer that it had before.

internal import HTTP
internal import Memory

/// What binds requests to peers.
///
/// Spec: nginx `sticky`.
struct Sticky: Sendable {
    enum Means: Sendable {
        /// A cookie of ours names the peer.
        case cookie(StickyCookie)
        /// A variable names the peer.
        case route
        /// What a peer has said is remembered.
        case learn(StickyLearning)
    }

    /// Values that may name the peer, or what was remembered; the first that is not empty holds.
    var lookups: [Template] = []
    var means: Means
}

/// The cookie that names a peer.
struct StickyCookie: Sendable {
    enum Expiry: Sendable, Equatable {
        /// With the session of the browser.
        case none
        /// Units: seconds.
        case after(Int)
        case never
    }

    let name: [UInt8]
    var expiry = Expiry.none
    var domain: Template?
    var path: [UInt8] = []
    var isHTTPOnly = false
    var isSecure = false
    var sameSite: Template?

    /// Spec: nginx: anything else is `strict`.
    static func isSameSite(_ value: Span<UInt8>) -> Bool {
        value.equalsIgnoringCase("strict") || value.equalsIgnoringCase("lax")
            || value.equalsIgnoringCase("none")
    }

    /// Appends when the cookie ends.
    ///
    /// Units: `now` in seconds since 1970.
    func appendExpiry(to line: inout [UInt8], at now: Int) {
        switch expiry {
        case .none: break
        case .never:
            line += Array("; expires=Thu, 31-Dec-37 23:55:55 GMT; max-age=315360000".utf8)
        case .after(let seconds):
            line += Array("; expires=".utf8)
            let date = HTTPDate.text(seconds: now + seconds)
            for index in 0..<date.count where index != 12 && index != 13 {
                // Spec: nginx: as Netscape wrote it, with dashes and two digits of the year.
                line.append(index == 7 || index == 11 ? UInt8(ascii: "-") : date[index])
            }
            line += Array("; max-age=\(seconds)".utf8)
        }
    }
}

/// What is remembered of the answers of peers.
struct StickyLearning: Sendable {
    /// Values of an answer that begin a session.
    var creators: [Template] = []
    /// An index of `Site.zones`.
    var zone = 0
    /// Units: milliseconds.
    var timeout = 600_000
    /// Whether the head of an answer is enough.
    var learnsFromHead = false
}
