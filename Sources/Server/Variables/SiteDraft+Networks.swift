// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads the blocks of `geo`.

internal import Configuration
internal import Memory
internal import OS

extension SiteDraft {
    /// Reads a `geo` block.
    func addNetworks(_ invocation: inout Invocation) throws(Diagnostic) {
        let last = invocation.arguments.count - 1
        let variable = try invocation.definedVariable(last) { variables.define($0) }
        var source: Variable?
        if last > 0 {
            source = try invocation.template(0, self).onlyVariable
            guard source != nil else {
                throw invocation.error(
                    at: 0, "invalid variable name \"\(invocation.text(0))\"",
                    expected: "expected a name that begins with \"$\"")
            }
        }
        var draft = NetworkDraft()
        for row in invocation.children {
            do throws(Diagnostic) {
                try take(row, &draft, &invocation.diagnostics)
            } catch {
                invocation.report(error)
            }
        }
        let table = NetworkTable(draft, variable: source)
        computed.append(
            ComputedVariable(.networks(table), variable: variable, isVolatile: draft.isVolatile))
    }

    private func take(
        _ row: Statement, _ draft: inout NetworkDraft, _ diagnostics: inout Diagnostics
    ) throws(Diagnostic) {
        if row.isMark("ranges") {
            guard !draft.hasNetworks else {
                throw Diagnostic(
                    "the \"ranges\" directive must be the first directive inside \"geo\" block",
                    at: row.name.location)
            }
            draft.hasRanges = true
        } else if row.isMark("proxy_recursive") {
            draft.isRecursive = true
        } else if row.isMark("volatile") {
            draft.isVolatile = true
        } else if row.block == nil, row.arguments.count == 1 {
            if row.name.equals("proxy") {
                draft.proxies.append(try Self.network(row.arguments[0], &diagnostics))
            } else if draft.hasRanges {
                try takeRange(row, &draft, &diagnostics)
            } else {
                try takeNetwork(row, &draft, &diagnostics)
            }
        } else {
            throw Diagnostic(
                "invalid number of the geo parameters", at: row.name.location,
                label: "expected a network and its value")
        }
    }

    // MARK: Networks

    private func takeNetwork(
        _ row: Statement, _ draft: inout NetworkDraft, _ diagnostics: inout Diagnostics
    ) throws(Diagnostic) {
        let value = row.arguments[0]
        if row.name.equals("default") {
            for address in [CompactAddress(ipv4: 0, port: 0), CompactAddress(ipv6: 0, 0, port: 0)] {
                let everything = AddressBlock(address, prefixLength: 0)
                let old = draft.insert(everything, value.bytes)
                if address.family == .ipv4 { Self.warn(row, "network", of: old, &diagnostics) }
            }
            return
        }
        if row.name.equals("delete") {
            guard !draft.remove(try Self.network(value, &diagnostics)) else { return }
            diagnostics.add(
                Diagnostic(
                    "no network \"\(value.text)\" to delete", at: value.location,
                    severity: .warning))
            return
        }
        let old = draft.insert(try Self.network(row.name, &diagnostics), value.bytes)
        Self.warn(row, "network", of: old, &diagnostics)
    }

    /// Reads a network; bits behind its prefix are worth a warning.
    static func network(
        _ word: Word, _ diagnostics: inout Diagnostics
    ) throws(Diagnostic) -> AddressBlock {
        var hasLowBits = false
        guard let block = AddressBlock(parsing: word.bytes.span, hasLowBits: &hasLowBits) else {
            throw Diagnostic(
                "invalid network \"\(word.text)\"", at: word.location,
                label: "expected an address or a network such as 192.0.2.0/24 or 2001:db8::/32")
        }
        if hasLowBits {
            diagnostics.add(
                Diagnostic(
                    "low address bits of \(word.text) are meaningless", at: word.location,
                    severity: .warning))
        }
        return block
    }

    /// Says that a row takes the place of another one.
    private static func warn(
        _ row: Statement, _ kind: String, of old: String?, _ diagnostics: inout Diagnostics
    ) {
        guard let old else { return }
        diagnostics.add(
            Diagnostic(
                "duplicate \(kind) \"\(row.name.text)\", value: \"\(row.arguments[0].text)\", "
                    + "old value: \"\(old)\"",
                at: row.name.location, severity: .warning))
    }

    // MARK: Ranges

    private func takeRange(
        _ row: Statement, _ draft: inout NetworkDraft, _ diagnostics: inout Diagnostics
    ) throws(Diagnostic) {
        let value = row.arguments[0]
        if row.name.equals("default") {
            guard let old = draft.setDefault(value.bytes) else { return }
            diagnostics.add(
                Diagnostic(
                    "duplicate default geo range value: \"\(value.text)\", old value: \"\(old)\"",
                    at: row.name.location, severity: .warning))
            return
        }
        if row.name.equals("delete") {
            guard !draft.remove(try Self.range(value)) else { return }
            diagnostics.add(
                Diagnostic(
                    "no address range \"\(value.text)\" to delete", at: value.location,
                    severity: .warning))
            return
        }
        switch draft.insert(try Self.range(row.name), value.bytes) {
        case .inserted: break
        case .replaced(let old): Self.warn(row, "range", of: old, &diagnostics)
        case .overlaps(let other):
            let ends = [other.lowerBound, other.upperBound].map { value in
                let text = CompactAddress(ipv4: value, port: 0).addressText
                return String(decoding: text, as: UTF8.self)
            }
            throw Diagnostic(
                "range \"\(row.name.text)\" overlaps \"\(ends[0])-\(ends[1])\"",
                at: row.name.location, label: "a range lies within another one or beside it")
        }
    }

    private static func range(_ word: Word) throws(Diagnostic) -> ClosedRange<UInt32> {
        let ends = word.bytes.split(
            separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false
        ).map { CompactAddress(parsingIPv4: Array($0).span, port: 0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first.low <= last.low else {
            throw Diagnostic(
                "invalid range \"\(word.text)\"", at: word.location,
                label: "expected two IPv4 addresses such as 192.0.2.0-192.0.2.255")
        }
        return UInt32(truncatingIfNeeded: first.low)...UInt32(truncatingIfNeeded: last.low)
    }
}
