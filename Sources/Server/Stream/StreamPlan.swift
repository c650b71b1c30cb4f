// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A server of `stream` as it is used.

internal import Configuration
internal import Memory
internal import OS

/// What happens to the sessions of a server.
final class StreamPlan: Sendable {
    enum Content: Sendable {
        case proxy(ProxyPass.Destination)
        case text(Template)
        case pass(PassTarget)
    }

    /// Whose connection it is to become.
    enum PassTarget: Sendable {
        case address(SocketAddress)
        case template(Template)
    }

    let content: Content
    let assignments: [StreamAssignment]
    /// How TLS is spoken with peers; nil where it is not.
    let tls: PeerTLS?

    /// Resolves a draft, which has a content.
    init(
        _ draft: StreamDraft, groups: inout UpstreamTable, tls: PeerTLS? = nil
    ) throws(Diagnostic) {
        assignments = draft.assignments
        self.tls = tls
        switch draft.content {
        case .proxy(let destination):
            content = .proxy(try Self.peers(destination, &groups))
        case .pass(let destination): content = .pass(try Self.listener(destination))
        case .text(let text): content = .text(text)
        case nil: content = .text(Template(""))
        }
    }

    /// Where sessions are passed to, if they are passed to peers.
    var destination: ProxyPass.Destination? {
        guard case .proxy(let destination) = content else { return nil }
        return destination
    }

    private static func peers(
        _ destination: StreamDestination, _ groups: inout UpstreamTable
    ) throws(Diagnostic) -> ProxyPass.Destination {
        switch destination.form {
        case .template(let template): return .template(template)
        case .address(let url):
            if case .name(let name) = url.host, let group = groups.streamGroups[name],
                url.port == nil
            {
                return .group(group)
            }
            guard !url.lacksPort else {
                throw Diagnostic(
                    "no port in upstream \"\(destination.written)\"", at: destination.location,
                    label: "there is no `upstream` of this name")
            }
            return .group(try groups.group(for: url, in: .stream, at: destination.location))
        }
    }

    private static func listener(
        _ destination: StreamDestination
    ) throws(Diagnostic) -> PassTarget {
        switch destination.form {
        case .template(let template): return .template(template)
        case .address(let url):
            guard !url.lacksPort else {
                throw Diagnostic(
                    "no port in pass \"\(destination.written)\"", at: destination.location)
            }
            guard let address = url.listenerAddress else {
                throw Diagnostic(
                    "invalid address in pass \"\(destination.written)\"",
                    at: destination.location, label: "expected an address, not a name")
            }
            return .address(address)
        }
    }
}

extension UpstreamURL {
    /// The address that somebody may listen on; names are not asked for.
    var listenerAddress: SocketAddress? {
        switch target {
        case .address(let address): return address
        case .slot: return nil
        case .name(let name, let port):
            guard name == Array("localhost".utf8) else { return nil }
            return .ip(CompactAddress(ipv4: 0x7F00_0001, port: port))
        case .process: return nil
        }
    }
}

extension Site {
    /// Who has the connections of an address: the listener itself, or a wildcard that covers it.
    func listener(at address: SocketAddress) -> Int? {
        var wildcard: Int?
        for index in 0..<listeners.count where !listeners[index].options.isDatagram {
            if listeners[index].address == address { return index }
            guard case .ip(let wanted) = address, case .ip(let own) = listeners[index].address
            else { continue }
            if own.isUnspecified, own.family == wanted.family, own.port == wanted.port {
                wildcard = index
            }
        }
        return wildcard
    }
}
