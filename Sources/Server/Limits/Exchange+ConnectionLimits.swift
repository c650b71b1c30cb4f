// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Keeps the numbers of requests that are served at the same time.

internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Counts the request with all `limit_conn` of its location, until it ends.
    ///
    /// Spec: nginx ngx_http_limit_conn_handler.
    /// - Returns: nil to go on.
    mutating func limitConnections(_ services: inout Services) -> ExchangeStep? {
        let site = services.site
        let limits = site.locations[locationIndex].settings.limits.connections.elements
        for limit in limits {
            guard let key = zoneKey(limit.zone, byteLimit: 255, &services) else { continue }
            let count = ConnectionCount(table: services.shared.zones[limit.zone])
            switch count.enter(key, limit: limit.count) {
            case .passed:
                self.limits.verdicts.connections = .passed
                self.limits.hold(ConnectionHold(count: count, key: key))
            case .rejected:
                logConnections(limit.zone, &services)
                return refuseConnection(&services)
            case .full:
                services.logError(
                    .alert, self,
                    "could not allocate node in limit_conn_zone \"\(site.zones[limit.zone].text)\"")
                return refuseConnection(&services)
            }
        }
        return nil
    }

    private mutating func refuseConnection(_ services: inout Services) -> ExchangeStep? {
        limits.release()
        let refusal = services.site.locations[locationIndex].settings.limits.policy.connections
        limits.verdicts.connections = refusal.isDry ? .rejectedDry : .rejected
        return refusal.isDry ? nil : fail(refusal.status, &services)
    }

    private func logConnections(_ zone: Int, _ services: inout Services) {
        let refusal = services.site.locations[locationIndex].settings.limits.policy.connections
        let dry = refusal.isDry ? ", dry run," : ""
        services.logError(
            refusal.logLevel, self,
            "limiting connections\(dry) by zone \"\(services.site.zones[zone].text)\"")
    }
}
