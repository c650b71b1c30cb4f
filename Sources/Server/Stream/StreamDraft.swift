// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A server of `stream` as its directives fill it in.

internal import Configuration
internal import Memory

/// What a server of streams does, as written.
struct StreamDraft {
    enum Content {
        case proxy(StreamDestination)
        case text(Template)
        case pass(StreamDestination)
    }

    var content: Content?
    var assignments: [StreamAssignment] = []

    /// Where sessions are said to be passed to peers.
    var peersLocation: SourceLocation? {
        guard case .proxy(let destination) = content else { return nil }
        return destination.location
    }
}

/// One `set`.
struct StreamAssignment: Sendable {
    /// An index into an exchange's values.
    let variable: Int
    let value: Template
}

/// Where sessions go, before it is known which peers a name stands for.
struct StreamDestination {
    enum Form {
        case address(UpstreamURL)
        case template(Template)
    }

    let form: Form
    let written: String
    let location: SourceLocation

    /// Reads the only argument of `proxy_pass` or `pass`.
    init(_ invocation: Invocation, _ site: SiteDraft) throws(Diagnostic) {
        written = invocation.text(0)
        location = invocation.arguments[0].location
        let template = try invocation.template(0, site)
        guard template.constant != nil else {
            form = .template(template)
            return
        }
        let what = invocation.name.equals("pass") ? "pass" : "upstream"
        do throws(UpstreamURL.Flaw) {
            let url = try UpstreamURL(parsing: invocation.bytes(0))
            guard url.path == nil else { throw UpstreamURL.Flaw(message: "invalid host") }
            form = .address(url)
        } catch {
            throw invocation.error(
                at: 0, "\(error.message) in \(what) \"\(written)\"",
                expected: "expected an address with a port, unix:/path, or the name of an upstream")
        }
    }
}

extension UpstreamURL {
    /// Whether nobody can be dialled for lack of a port.
    var lacksPort: Bool {
        if case .unix = host { return false }
        return port == nil
    }
}
