// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is remembered while a page with commands is read.

/// How far a page has been read, and what its commands have said about the rest of it.
final class IncludePage {
    /// How `echo` writes a value.
    enum Encoding: BitwiseCopyable { case none, url, entity }

    /// Where in an `if` the page is.
    enum Condition: BitwiseCopyable, Equatable { case outside, branch, otherwise }

    var parser: IncludeParser
    /// Whether what is read is given out: not within a block or a branch that was not chosen.
    var isOutput = true
    var condition = Condition.outside
    /// Whether a branch has been chosen.
    var isChosen = false
    /// Whether what is read belongs to a block.
    var isBlock = false
    var encoding = Encoding.entity
    /// `config errmsg`.
    var message = Array("[an error occurred while processing the directive]".utf8)
    /// `config timefmt`.
    var timeFormat = IncludePage.usualTimeFormat

    init(valueByteLimit: Int) {
        parser = IncludeParser(valueByteLimit: valueByteLimit)
    }

    static let usualTimeFormat = Array("%A, %d-%b-%Y %H:%M:%S %Z".utf8)
}

/// What the pages of one client's request have in common: variables and blocks.
///
/// Spec: nginx: a page that is included sees those of the page around it.
/// Limits: `byteLimit` of all values and blocks together; what would exceed it is left out.
final class IncludeStore {
    private(set) var values: [[UInt8]: [UInt8]] = [:]
    private(set) var blocks: [(name: [UInt8], text: [UInt8])] = []
    /// The groups of the last regular expression that matched, all of it first.
    var captures: [[UInt8]] = []
    private var byteCount = 0

    private static var byteLimit: Int { 1 << 20 }

    /// Sets a variable; its name is in lower case.
    func set(_ name: [UInt8], to value: [UInt8]) {
        let old = values[name]?.count ?? 0
        guard byteCount - old + name.count + value.count <= Self.byteLimit else { return }
        byteCount += name.count + value.count - old
        values[name] = value
    }

    func beginBlock(_ name: [UInt8]) {
        byteCount += name.count + 64
        guard byteCount <= Self.byteLimit else { return }
        blocks.append((name, []))
    }

    func appendToBlock(_ text: [UInt8]) {
        guard !blocks.isEmpty, byteCount + text.count <= Self.byteLimit else { return }
        byteCount += text.count
        blocks[blocks.count - 1].text += text
    }

    func block(_ name: [UInt8]) -> [UInt8]? { blocks.first { $0.name == name }?.text }
}
