// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Puts the address of the client in the place of that of a proxy in front of us.

internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Takes the client's address for that of the connection, if a proxy that is believed tells it.
    ///
    /// Everybody sees it from then on: variables, access rules, limits, logs and peers.
    /// Spec: nginx ngx_http_realip_module: once for the server and once for the location; the first
    ///       address that is found stays.
    mutating func findClient(by location: Int, _ services: inout Services) {
        guard connectionAddress == nil,
            let address = toldAddress(services.site.locations[location].settings.clientAddress)
        else { return }
        connectionAddress = facts.address
        facts.address = address
    }

    private func toldAddress(_ settings: ClientAddressSettings) -> CompactAddress? {
        let trusted = settings.trusted.elements
        var line: Field?
        switch settings.header {
        case .forwardedFor:
            return forwardedAddress(
                from: facts.address, trusting: trusted, recursively: settings.isRecursive)
        case .proxyProtocol:
            guard let source = proxyHeader?.source,
                trusted.contains(where: { $0.contains(facts.address) })
            else { return nil }
            return source
        case .realIP: line = head.fields.first(of: .xRealIP)
        case .field(let name):
            for index in 0..<head.fields.count
            where bytes.span(head.fields[index].nameRange).equalsIgnoringCase(name.span) {
                line = head.fields[index]
                break
            }
        }
        guard let line else { return nil }
        var found = ForwardedAddress(facts.address)
        _ = found.follow(
            bytes.span(line.valueRange), trusting: trusted, recursively: settings.isRecursive)
        return found.isChanged ? found.address : nil
    }
}
