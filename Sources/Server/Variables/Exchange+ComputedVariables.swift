// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The values of variables that `map`, `geo` and `split_clients` define.

internal import HTTP
internal import Memory
internal import OS
internal import Regex

extension Exchange {
    /// The value of a computed variable, found once unless it is volatile.
    mutating func computed(_ index: Int, _ services: inout Services) -> ByteRange? {
        let computed = services.site.computed[index]
        if !computed.isVolatile, let known = values[computed.variable] { return known }
        // One more than there are: one of them is needed for itself.
        guard computationDepth < services.site.computed.count else {
            services.logError(
                .error, self, "cycle while evaluating a variable of a map")
            return nil
        }
        computationDepth += 1
        defer { computationDepth -= 1 }
        let value: ByteRange
        switch computed.rule {
        case .map(let map): value = mapped(by: map, &services)
        case .networks(let table): value = chosen(by: table, &services)
        case .split(let split):
            let source = evaluate(split.source, &services)
            let part = split.index(of: bytes.span(source.range))
            value = part.map { store(split.parts[$0].value) } ?? ByteRange()
        }
        if !computed.isVolatile { values[computed.variable] = value }
        return value
    }

    private mutating func mapped(by map: ValueMap, _ services: inout Services) -> ByteRange {
        let source = evaluate(map.source, &services)
        // The key is needed only here: its bytes are given back at once.
        let start = bytes.count
        bytes.appendLowercased(copyOf: source.range)
        let index = map.index(of: bytes.span(start..<bytes.count))
        bytes.truncate(to: start)
        if let index { return evaluate(map.values[index], &services) }
        // Spec: nginx ngx_http_map_find: no pattern is tried on an empty text.
        search: for pattern in map.patterns where !source.isEmpty {
            switch matches(pattern.regex, source, &services) {
            case .matched: return evaluate(pattern.value, &services)
            case .noMatch: continue
            case .limit:
                // Spec: nginx: one that meets its limits ends the search.
                services.logRegexLimit(self, "map", logged(source))
                break search
            }
        }
        return evaluate(map.fallback, &services)
    }

    private mutating func chosen(
        by table: NetworkTable, _ services: inout Services
    ) -> ByteRange {
        var address: CompactAddress? = facts.address
        if let variable = table.variable {
            address = value(of: variable, &services).flatMap { place in
                CompactAddress(parsingAddress: bytes.span(place.range), port: 0)
            }
        }
        if let direct = address, !table.proxies.isEmpty {
            address =
                forwardedAddress(
                    from: direct, trusting: table.proxies, recursively: table.isRecursive)
                ?? direct
        }
        return table.index(of: address).map { store(table.values[$0]) } ?? ByteRange()
    }
}

extension Buffer {
    /// Appends a copy of some of its own bytes with small letters for large ones.
    fileprivate mutating func appendLowercased(copyOf range: Range<Int>) {
        let start = count
        append(copyOf: range)
        var copy = mutableReadable
        for index in start..<start + range.count { copy[index] = copy[index].asciiLowercased }
    }
}
