// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Makes a `ProxyPass` of what a location says, once all groups of peers are known.

internal import Configuration
internal import Memory

extension ProxyPass {
    /// That of a location that passes nothing on.
    static let none = ProxyPass(
        destination: .group(-1), path: nil, hostText: [], port: 0, locationName: [],
        redirectFrom: [], redirectTo: [], fields: [], replacedNames: [])

    /// Compiles a `proxy_pass` with the settings of its location.
    init(
        _ draft: ProxyPassDraft, of location: LocationDraft, groups: inout UpstreamTable,
        tls: PeerTLS? = nil
    ) throws(Diagnostic) {
        self = .none
        self.tls = tls
        let name = location.match == .named ? [] : location.name
        switch draft.destination {
        case .template(let template): destination = .template(template)
        case .address(let address):
            destination = .group(try groups.group(for: address, at: draft.location))
            path = address.path
            hostText = address.authorityText
            port = Int(address.effectivePort)
            locationName = name
            if case .replace(let from, let to) = draft.standardRedirect(of: name) {
                (redirectFrom, redirectTo) = (from, to)
            }
        }
        try location.level.settings.proxy.policy.checkBuffers(at: draft.location)
        usesHTTP10 = location.level.settings.proxy.policy.usesHTTP10
        let heads = location.level.settings.proxy.heads
        (method, content) = (heads.method, heads.content)
        setsContent = content != nil
        rewritesCookies = heads.rewritesCookies
        for field in location.level.settings.proxy.setFields.elements { take(field) }
    }

    /// Sorts a `proxy_set_header` by who obeys it.
    private mutating func take(_ field: SetField) {
        let name = field.name.map(\.asciiLowercased)
        replacedNames.append(name)
        switch String(decoding: name, as: UTF8.self) {
        case "connection": connectionValue = field.value
        case "upgrade": upgradeValue = field.value
        // The framing of a request and what is said about its connection is never configured.
        case "content-length", "transfer-encoding", "keep-alive", "te", "expect": break
        case "host": hostValue = field.value
        default: fields.append(field)
        }
    }
}

/// The groups of peers: those of `upstream` blocks, and one for each other address.
struct UpstreamTable {
    private(set) var groups: [UpstreamDraft]
    private var indexes: [[UInt8]: Int] = [:]
    /// Those of `stream`.
    private(set) var streamGroups: [[UInt8]: Int] = [:]
    /// The implicit groups, by the address.
    private var implicit: [[UInt8]: Int] = [:]

    init(_ groups: [UpstreamDraft]) {
        self.groups = groups
        for (index, group) in groups.enumerated() {
            switch group.language {
            case .http: indexes[group.name] = index
            case .stream: streamGroups[group.name] = index
            }
        }
    }

    /// The number of the group that an address means.
    mutating func group(
        for address: UpstreamURL, in language: BlockLanguage = .http, at location: SourceLocation
    ) throws(Diagnostic) -> Int {
        let named = language == .http ? indexes : streamGroups
        if case .name(let name) = address.host, let index = named[name] {
            guard address.port == nil else {
                let text = String(decoding: name, as: UTF8.self)
                throw Diagnostic(
                    "upstream \"\(text)\" may not have port \(address.port ?? 0)", at: location,
                    label: "the ports are those of its servers")
            }
            return index
        }
        let key = address.peerName
        if let index = implicit[key] { return index }
        let peer = Peer(name: key, target: address.target)
        groups.append(
            UpstreamDraft(name: address.authorityText, peers: [peer], isImplicit: true))
        implicit[key] = groups.count - 1
        return groups.count - 1
    }
}
