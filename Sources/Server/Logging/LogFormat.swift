// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A `log_format`, compiled when the configuration is loaded.

internal import HTTP
internal import Memory

/// The form of a line.
///
/// Why: a class whose parts are flat. A line is written by stepping through plain values, and takes
///      its text from one buffer.
final class LogFormat: Sendable {
    /// What a part of a line is.
    enum Kind: BitwiseCopyable, Sendable {
        /// A part of `text`.
        case text
        /// A variable with a fixed name.
        case builtIn(BuiltInVariable)
        /// A field of the request that is known by its name; the variable is for several of them.
        case field(FieldName)
        /// Any other variable.
        case variable
    }

    /// A part of a line.
    struct Part: BitwiseCopyable, Sendable {
        var kind: Kind
        /// Where it lies in `text`, or an index of `variables`.
        var lowerBound = 0
        var upperBound = 0
    }

    let template: Template
    let escaping: LogEscaping
    let parts: FixedStore<Part>
    let text: Buffer
    let variables: [Variable]

    init(_ template: Template, _ escaping: LogEscaping) {
        self.template = template
        self.escaping = escaping
        var parts: [Part] = []
        var text: [UInt8] = []
        var variables: [Variable] = []
        for segment in template.segments {
            switch segment {
            case .literal(let bytes):
                let start = text.count
                text += bytes
                parts.append(Part(kind: .text, lowerBound: start, upperBound: text.count))
            case .variable(let variable):
                parts.append(Part(kind: Self.kind(of: variable), lowerBound: variables.count))
                variables.append(variable)
            }
        }
        let all = parts
        self.parts = FixedStore(count: all.count) { all[$0] }
        self.text = Buffer(text)
        self.variables = variables
    }

    private static func kind(of variable: Variable) -> Kind {
        switch variable {
        case .builtIn(let name): return .builtIn(name)
        case .requestField(let name):
            let spelling = name.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }
            let field = FieldName.recognise(spelling.span)
            return field == .other ? .variable : .field(field)
        default: return .variable
        }
    }
}
