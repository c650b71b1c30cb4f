// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How the addresses of a host are put together from several answers. Pure: asks nobody.

internal import OS

/// What is to be done after an answer.
enum LookupStep: Equatable {
    /// Other answers are still to come.
    case wait
    /// The name is an alias: everything has to be asked for this one.
    case ask(QueryName)
    case found([CompactAddress], ttlSeconds: Int64)
    case failed(ResolutionFailure)
}

/// The search for the addresses of one host, in both families at once.
///
/// Spec: nginx: the addresses of both families count together; a family that has none is no error,
///       one whose question fails makes the whole name fail, for nobody knows what is missing.
///       An alias counts only when there is no address beside it.
struct HostLookup {
    /// The records that one name is asked for.
    let types: [RecordType]
    private var waiting: [RecordType]
    private var ipv4: [CompactAddress] = []
    private var ipv6: [CompactAddress] = []
    private var failure: ResolutionFailure?
    /// What the answer that came last said.
    private var alias: QueryName?
    private var ttlSeconds = Int64.max
    private var aliasCount = 0

    init(families: AddressFamilies) {
        var types: [RecordType] = []
        if families.contains(.ipv4) { types.append(.ipv4) }
        if families.contains(.ipv6) { types.append(.ipv6) }
        self.types = types
        waiting = types
    }

    mutating func take(
        _ result: Result<DNSAnswer, ResolutionFailure>, for type: RecordType
    ) -> LookupStep {
        waiting.removeAll { $0 == type }
        switch result {
        case .success(let answer):
            if type == .ipv4 { ipv4 = answer.addresses } else { ipv6 = answer.addresses }
            alias = answer.alias
            ttlSeconds = min(ttlSeconds, answer.ttlSeconds)
        case .failure(let reason):
            // Whatever fails besides says more than "not found".
            if failure == nil || failure == .notFound { failure = reason }
        }
        return waiting.isEmpty ? finish() : .wait
    }

    private mutating func finish() -> LookupStep {
        let addresses = ipv4 + ipv6
        if let failure, failure != .notFound || addresses.isEmpty { return .failed(failure) }
        guard addresses.isEmpty else { return .found(addresses, ttlSeconds: ttlSeconds) }
        guard let alias else { return .failed(.noAddress) }
        aliasCount += 1
        guard aliasCount <= DNSMessage.aliasLimit else { return .failed(.tooManyAliases) }
        self.alias = nil
        waiting = types
        return .ask(alias)
    }
}
