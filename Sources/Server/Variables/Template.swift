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

    init(_ segments: [Segment]) {
        self.segments = segments
    }

    init(literal: [UInt8]) {
        segments = literal.isEmpty ? [] : [.literal(literal)]
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
}
