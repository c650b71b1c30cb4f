// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A directive as one row: everything that is to be known about it.
//
// The rows themselves stand with their features; this file only says what a row is.

/// Where a directive comes from.
package enum DirectiveOrigin: String, Sendable {
    case nginx = "nginx"
    case nginxPlus = "nginx Plus"
    case angie = "Angie"
    /// A module for nginx that is not part of it.
    case nginxModule = "nginx module"
    case beranda = "Beranda"
}

/// What the manual and the messages know about a directive.
package struct DirectiveDescription: Sendable, Equatable {
    package let name: String
    package var contexts: Contexts
    package let arity: Arity
    /// The arguments as the manual shows them, for example `size` or `on | off`.
    package let syntax: String
    /// The value that holds without the directive, as one would write it.
    package let defaultValue: String?
    /// One sentence for the manual.
    package let summary: String
    package let origin: DirectiveOrigin
    /// Whether it opens a block.
    package let isBlock: Bool
    /// Why the directive is accepted without effect; nil for all that have one.
    package let ignoredBecause: String?
}

/// A directive: its name, where it may stand, what it takes, what it is for, and what it does.
///
/// `Scope` is what the directive changes while a configuration is loaded.
package struct Directive<Scope>: Sendable {
    /// What a directive does.
    ///
    /// A thrown `Diagnostic` is reported, and loading goes on. Nothing else is to be thrown.
    ///
    /// Why: plain `throws`, because Swift 6.3 does not infer a typed throw for closures, and every
    ///      row would have to spell it out.
    package typealias Action = @Sendable (inout Scope, inout Invocation) throws -> Void

    /// What follows the arguments, and when the action runs.
    enum Kind: Sendable {
        /// A semicolon; runs in the order of the text.
        case simple(Action)
        /// A block of values such as `types` or `map`; runs together with the simple directives.
        case values(Action)
        /// A block of directives; runs after all simple directives around it, so that what the
        /// block inherits is complete.
        case block(Action)
        /// Nothing happens.
        case ignored(why: String)
    }

    /// What the manual and the messages know.
    package let description: DirectiveDescription
    /// Whether it may stand more than once in one block.
    package let allowsRepetition: Bool
    let kind: Kind

    /// The name.
    package var name: String { description.name }

    /// A directive that ends with a semicolon.
    package static func simple(
        _ name: String, in contexts: Contexts, _ arity: Arity, syntax: String = "",
        default defaultValue: String? = nil, repeats: Bool = false,
        origin: DirectiveOrigin = .nginx, summary: String, apply: @escaping Action
    ) -> Directive {
        Directive(
            name, contexts, arity, syntax, defaultValue, summary, origin, repeats, .simple(apply))
    }

    /// A directive with a block of directives; the action applies a table to `invocation.children`.
    package static func block(
        _ name: String, in contexts: Contexts, _ arity: Arity, syntax: String = "",
        repeats: Bool = true, origin: DirectiveOrigin = .nginx, summary: String,
        apply: @escaping Action
    ) -> Directive {
        Directive(name, contexts, arity, syntax, nil, summary, origin, repeats, .block(apply))
    }

    /// A directive with a block of values, such as `types` or `map`, which the action reads itself.
    package static func values(
        _ name: String, in contexts: Contexts, _ arity: Arity, syntax: String = "",
        default defaultValue: String? = nil, repeats: Bool = true,
        origin: DirectiveOrigin = .nginx, summary: String, apply: @escaping Action
    ) -> Directive {
        Directive(
            name, contexts, arity, syntax, defaultValue, summary, origin, repeats, .values(apply))
    }

    /// A directive that means nothing for us: its arguments are counted, and that is all.
    package static func ignored(
        _ name: String, in contexts: Contexts, _ arity: Arity, syntax: String = "",
        origin: DirectiveOrigin = .nginx, why: String
    ) -> Directive {
        Directive(name, contexts, arity, syntax, nil, why, origin, true, .ignored(why: why))
    }

    private init(
        _ name: String, _ contexts: Contexts, _ arity: Arity, _ syntax: String,
        _ defaultValue: String?, _ summary: String, _ origin: DirectiveOrigin, _ repeats: Bool,
        _ kind: Kind
    ) {
        var ignoredBecause: String?
        if case .ignored(let why) = kind { ignoredBecause = why }
        var isBlock = false
        switch kind {
        case .block, .values: isBlock = true
        case .simple, .ignored: break
        }
        let isFlag = arity == .flag && syntax.isEmpty
        self.init(
            description: DirectiveDescription(
                name: name, contexts: contexts, arity: arity, syntax: isFlag ? "on | off" : syntax,
                defaultValue: defaultValue, summary: summary, origin: origin, isBlock: isBlock,
                ignoredBecause: ignoredBecause),
            allowsRepetition: repeats, kind: kind)
    }

    /// The same directive with further blocks that it may stand in.
    package func also(in contexts: Contexts) -> Directive {
        var description = description
        description.contexts.formUnion(contexts)
        return Directive(description: description, allowsRepetition: allowsRepetition, kind: kind)
    }

    private init(description: DirectiveDescription, allowsRepetition: Bool, kind: Kind) {
        self.description = description
        self.allowsRepetition = allowsRepetition
        self.kind = kind
    }

    /// The same directive for a scope that contains this one, for example the settings that `http`,
    /// `server` and `location` have in common.
    package func on<Outer>(
        _ path: any WritableKeyPath<Outer, Scope> & Sendable
    ) -> Directive<Outer> {
        func lift(_ apply: @escaping Action) -> Directive<Outer>.Action {
            { outer, invocation in try apply(&outer[keyPath: path], &invocation)
            }
        }
        let lifted: Directive<Outer>.Kind =
            switch kind {
            case .simple(let apply): .simple(lift(apply))
            case .values(let apply): .values(lift(apply))
            case .block(let apply): .block(lift(apply))
            case .ignored(let why): .ignored(why: why)
            }
        return Directive<Outer>(
            description: description, allowsRepetition: allowsRepetition, kind: lifted)
    }
}
