// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How the endpoints of a service are put together: its records, then the addresses of the hosts
// that they name. Pure: asks nobody.

package import OS

/// Where a service is offered, or a host found.
package struct ServiceEndpoint: Hashable, BitwiseCopyable, Sendable {
    /// With its port, which is 0 for a host.
    package var address: CompactAddress
    /// The lowest number is to be used as long as it works.
    package var priority: UInt16
    package var weight: UInt16

    package init(address: CompactAddress, priority: UInt16 = 0, weight: UInt16 = 0) {
        self.address = address
        self.priority = priority
        self.weight = weight
    }
}

/// The search for the endpoints of one service.
struct ServiceLookup {
    private(set) var records: [ServiceRecord] = []
    /// The hosts whose addresses are still to come.
    var waiting: Set<Question> = []
    private var addresses: [QueryName: [CompactAddress]] = [:]
    private var failure: ResolutionFailure?
    private(set) var ttlSeconds = Int64.max
    private var aliasCount = 0

    /// Takes the records; says which name is to be asked instead, if any.
    mutating func take(
        _ answer: DNSAnswer, recordLimit: Int
    ) throws(ResolutionFailure) -> QueryName? {
        ttlSeconds = min(ttlSeconds, answer.ttlSeconds)
        if let alias = answer.alias {
            aliasCount += 1
            guard aliasCount <= DNSMessage.aliasLimit else { throw .tooManyAliases }
            return alias
        }
        records = Array(answer.services.prefix(recordLimit))
        guard !records.isEmpty else { throw .notFound }
        return nil
    }

    /// Takes what came of one of the hosts.
    mutating func take(_ resolution: Resolution, of host: Question) {
        waiting.remove(host)
        switch resolution {
        case .addresses(let list): addresses[host.name] = list
        case .failed(let reason):
            if failure == nil || reason == .notFound { failure = reason }
        case .pending: break
        }
    }

    /// All endpoints, those of equal priority in the order of the records.
    ///
    /// Spec: nginx: a host without addresses offers nothing, and the others still do.
    func endpoints() throws(ResolutionFailure) -> [ServiceEndpoint] {
        var endpoints: [ServiceEndpoint] = []
        for record in records {
            for address in addresses[record.target] ?? [] {
                var address = address
                address.port = record.port
                endpoints.append(
                    ServiceEndpoint(
                        address: address, priority: record.priority, weight: record.weight))
            }
        }
        guard !endpoints.isEmpty else { throw failure ?? .notFound }
        return endpoints
    }
}
