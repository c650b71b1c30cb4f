// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Text with variables, compiled when the configuration is loaded.

/// What a directive's argument with variables stands for.
///
/// Spec: nginx "complex values".
struct Template: Sendable, Equatable {
    enum Segment: Sendable, Equatable {
        case literal([UInt8])
        case variable(Variable)
    }

    let segments: [Segment]
    /// How to write it out; nil for what is no more than one segment.
    let plan: Plan?

    init(_ segments: [Segment]) {
        self.segments = segments
        plan = segments.count > 1 ? Plan(segments) : nil
    }

    init(literal: [UInt8]) {
        self.init(literal.isEmpty ? [] : [.literal(literal)])
    }

    init(_ literal: String) {
        self.init(literal: Array(literal.utf8))
    }

    /// The text, when no variable is in it.
    var constant: [UInt8]? {
        switch segments.count {
        case 0: return []
        case 1:
            guard case .literal(let bytes) = segments[0] else { return nil }
            return bytes
        default: return nil
        }
    }

    /// The variable, when there is nothing else.
    var onlyVariable: Variable? {
        guard segments.count == 1, case .variable(let variable) = segments[0] else { return nil }
        return variable
    }

    static func == (left: Template, right: Template) -> Bool { left.segments == right.segments }
}

extension Template {
    /// The segments in a form that is written out without counting references to each of them.
    final class Plan: Sendable {
        enum Part: BitwiseCopyable, Sendable {
            /// A part of `text`.
            case text(from: Int32, to: Int32)
            /// The next one of `variables`.
            case variable
        }

        /// All literals, one behind the other.
        let text: [UInt8]
        let variables: [Variable]
        let parts: [Part]

        fileprivate init(_ segments: [Segment]) {
            var text: [UInt8] = []
            var variables: [Variable] = []
            parts = segments.map { segment in
                switch segment {
                case .literal(let bytes):
                    let start = Int32(truncatingIfNeeded: text.count)
                    text += bytes
                    return .text(from: start, to: Int32(truncatingIfNeeded: text.count))
                case .variable(let variable):
                    variables.append(variable)
                    return .variable
                }
            }
            self.text = text
            self.variables = variables
        }
    }
}
