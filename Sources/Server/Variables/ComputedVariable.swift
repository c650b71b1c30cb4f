// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Variables that a block of the http level computes: `map`, `geo`, `split_clients`.

/// A variable, how its value is found, and where it is remembered.
///
/// Why: a class, so that an exchange at work holds its tables by one reference.
final class ComputedVariable: Sendable {
    enum Rule: Sendable {
        case map(ValueMap)
        case networks(NetworkTable)
        case split(ClientSplit)
    }

    let rule: Rule
    /// An index into an exchange's values.
    let variable: Int
    /// Whether the value is computed again at each use.
    let isVolatile: Bool

    init(_ rule: Rule, variable: Int, isVolatile: Bool = false) {
        self.rule = rule
        self.variable = variable
        self.isVolatile = isVolatile
    }
}
