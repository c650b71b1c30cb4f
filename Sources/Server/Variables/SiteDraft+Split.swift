// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads the blocks of `split_clients`.

internal import Configuration

extension SiteDraft {
    /// Reads a `split_clients` block.
    func addSplit(_ invocation: inout Invocation) throws(Diagnostic) {
        let variable = try invocation.definedVariable(1) { variables.define($0) }
        let source = try invocation.template(0, self)
        var shares: [(share: Int?, value: [UInt8])] = []
        var sum = 0
        for row in invocation.children {
            guard row.block == nil, row.arguments.count == 1 else {
                throw Diagnostic(
                    "invalid number of the split_clients parameters", at: row.name.location,
                    label: "expected a percentage and its value")
            }
            let share = row.name.equals("*") ? nil : try Self.percentage(row.name)
            sum = share.map { sum + $0 } ?? ClientSplit.whole
            guard sum <= ClientSplit.whole else {
                throw Diagnostic(
                    "percent total is greater than 100%", at: row.name.location,
                    label: "with this one")
            }
            shares.append((share, row.arguments[0].bytes))
        }
        computed.append(
            ComputedVariable(
                .split(ClientSplit(source: source, shares: shares)), variable: variable))
    }

    /// Reads a percentage with at most two decimals.
    ///
    /// Units: hundredths of a percent.
    private static func percentage(_ word: Word) throws(Diagnostic) -> Int {
        let flaw = Diagnostic(
            "invalid percent value \"\(word.text)\"", at: word.location,
            label: "expected a percentage such as 0.5% or 20%, or * for the rest")
        guard word.bytes.last == UInt8(ascii: "%") else { throw flaw }
        let parts = word.bytes.dropLast().split(
            separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count > 1 ? Array(parts[1]) : []
        guard let first = parts.first, !first.isEmpty || !decimals.isEmpty, decimals.count <= 2,
            let whole = first.isEmpty ? 0 : ValueSyntax.integer(first), whole <= 100,
            let part = ValueSyntax.integer((decimals + [0x30, 0x30])[..<2])
        else { throw flaw }
        let share = whole * 100 + part
        guard share > 0 else { throw flaw }
        return share
    }
}
