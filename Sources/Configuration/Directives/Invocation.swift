// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// One use of a directive: its arguments, and the means to read values from them.

/// A directive as it stands in a configuration, handed to its row's action.
package struct Invocation: Sendable {
    /// What the row says about the directive.
    package let directive: DirectiveDescription
    /// The name as written, with its place.
    package let name: Word
    /// The arguments; their number has been checked.
    package let arguments: [Word]
    /// The statements of its block; empty without one.
    package let children: [Statement]
    /// The kind of block that it stands in.
    package let context: Contexts
    /// The number of the statement within its block, from 0.
    ///
    /// Why: blocks run after simple directives; features in which the order between the two matters
    ///      (`set` and `if`) sort by it.
    package let position: Int
    /// Where findings go while the action runs.
    package var diagnostics = Diagnostics()

    /// Where the name stands.
    package var location: SourceLocation { name.location }

    /// An argument as bytes.
    package func bytes(_ index: Int) -> [UInt8] { arguments[index].bytes }

    /// An argument as text.
    package func text(_ index: Int) -> String { arguments[index].text }

    /// Whether an argument exists and says exactly this.
    package func argument(_ index: Int, is text: String) -> Bool {
        index < arguments.count && arguments[index].equals(text)
    }

    /// Applies a table of directives to the block of this one.
    package mutating func applyChildren<Scope>(
        _ table: DirectiveTable<Scope>, in context: Contexts, to scope: inout Scope
    ) {
        table.apply(children, in: context, to: &scope, &diagnostics)
    }

    // MARK: Messages

    /// A flaw of the whole directive.
    package func error(_ message: String, expected: String = "", help: String? = nil) -> Diagnostic
    {
        Diagnostic(message, at: name.location, label: expected, help: help)
    }

    /// A flaw of one argument.
    package func error(
        at index: Int, _ message: String, expected: String = "", help: String? = nil
    ) -> Diagnostic {
        let word = index < arguments.count ? arguments[index] : name
        return Diagnostic(message, at: word.location, label: expected, help: help)
    }

    /// The flaw of one argument, in the words that nginx uses for most.
    package func invalidValue(at index: Int, expected: String) -> Diagnostic {
        error(
            at: index, "invalid value \"\(text(index))\" in \"\(name.text)\" directive",
            expected: expected)
    }

    /// The flaw of an argument that is not one of those known.
    package func invalidParameter(at index: Int, expected: String = "") -> Diagnostic {
        error(at: index, "invalid parameter \"\(text(index))\"", expected: expected)
    }

    /// Reports something that does not stop the configuration from being used.
    package mutating func warn(
        at index: Int? = nil, _ message: String, expected: String = "", help: String? = nil
    ) {
        let word = index.flatMap { $0 < arguments.count ? arguments[$0] : nil } ?? name
        diagnostics.add(
            Diagnostic(
                message, at: word.location, label: expected, help: help, severity: .warning))
    }

    /// Reports an error without leaving the action.
    package mutating func report(_ diagnostic: Diagnostic) {
        diagnostics.add(diagnostic)
    }
}
