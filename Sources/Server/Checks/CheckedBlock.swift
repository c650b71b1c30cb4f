// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A configuration as checks see it: blocks with their statements, and the blocks around them.
//
// This file knows the text, and nothing of what directives do.

internal import Configuration

/// A block, or the main level.
///
/// Why: a class, because a block and those within it refer to each other while checks run.
final class CheckedBlock {
    /// What checks tell apart.
    enum Kind: Equatable {
        case main
        case http
        case server
        case location
        /// An `if`.
        case condition
        case upstream
        case other
    }

    let kind: Kind
    /// The directive that opens the block; nil for the main level.
    let statement: Statement?
    /// The block around it.
    private(set) weak var around: CheckedBlock?
    /// The statements without a block, in the order of the text.
    let simple: [Statement]
    /// The blocks within.
    private(set) var blocks: [CheckedBlock] = []
    /// The path of a location.
    let path: LocationPath?

    init(_ statement: Statement?, _ statements: [Statement], around: CheckedBlock?) {
        self.statement = statement
        self.around = around
        kind = statement.map(Self.kind) ?? .main
        path = kind == .location ? statement.map(LocationPath.init) : nil
        simple = statements.filter { $0.block == nil }
        blocks = statements.compactMap { inner in
            inner.block.map { CheckedBlock(inner, $0, around: self) }
        }
    }

    private static func kind(of statement: Statement) -> Kind {
        switch statement.name.text {
        case "http": .http
        case "server": .server
        case "location": .location
        case "if": .condition
        case "upstream": .upstream
        default: .other
        }
    }

    /// The directives of this name in this very block.
    func own(_ name: String) -> [Statement] { simple.filter { $0.name.equals(name) } }

    /// Whether the block itself has the directive.
    func has(_ name: String) -> Bool { simple.contains { $0.name.equals(name) } }

    /// Whether the block itself has one of the directives.
    func has(anyOf names: [String]) -> Bool { names.contains(where: has) }

    /// Whether the block or one within has the directive.
    func holds(_ name: String) -> Bool { has(name) || blocks.contains { $0.holds(name) } }

    /// Those of the nearest block that has some, as nginx inherits them.
    func effective(_ name: String) -> [Statement] {
        let found = own(name)
        return found.isEmpty ? around?.effective(name) ?? [] : found
    }

    /// The locations directly within.
    var locations: [CheckedBlock] { blocks.filter { $0.kind == .location } }

    /// Where to point at the block as a whole.
    var place: SourceLocation? { statement?.arguments.last?.location ?? statement?.name.location }

    /// The block as its first line says it, without the brace.
    var title: String {
        guard let statement else { return "" }
        return ([statement.name] + statement.arguments).map(\.text).joined(separator: " ")
    }
}

/// The name of a location, its modifier taken off.
struct LocationPath {
    enum Kind { case exact, prefix, strongPrefix, pattern, caselessPattern, named }

    let kind: Kind
    let text: String

    init(_ statement: Statement) {
        let words = statement.arguments.map(\.text)
        var modifier = words.count > 1 ? words[0] : ""
        var path = words.last ?? ""
        if words.count == 1 {
            modifier = ["=", "^~", "~*", "~"].first { path.hasPrefix($0) } ?? ""
            path = String(path.dropFirst(modifier.count))
        }
        text = path
        kind =
            switch modifier {
            case "=": .exact
            case "^~": .strongPrefix
            case "~": .pattern
            case "~*": .caselessPattern
            default: path.hasPrefix("@") ? .named : .prefix
            }
    }

    var isPattern: Bool { kind == .pattern || kind == .caselessPattern }
    var isPrefix: Bool { kind == .prefix || kind == .strongPrefix }
}

extension Statement {
    /// The last argument, if there is one.
    var last: Word? { arguments.last }

    /// The first argument as text; empty without one.
    var first: String { arguments.first?.text ?? "" }

    /// Whether an argument has a variable in it.
    var hasVariables: Bool { arguments.contains { $0.bytes.contains(UInt8(ascii: "$")) } }
}
