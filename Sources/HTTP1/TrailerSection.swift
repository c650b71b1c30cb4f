// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The field lines after the last chunk.

internal import HTTP
internal import Memory

/// Checks trailer sections.
///
/// They are dropped, never merged into the head: a trailer that says Host, Content-Length or
/// Authorization would come after the decisions that these fields make (RFC 9110 §6.5.1).
enum TrailerSection {
    /// The section from `start` on: where it ends, or what is wrong with it.
    ///
    /// Spec: RFC 9112 §7.1.2. Lines end with CR LF here, without exception.
    static func check(_ bytes: Span<UInt8>, from start: Int, byteLimit: Int) -> LineStep {
        let limit = LineLimit(stop: start &+ byteLimit, flaw: .trailerTooLong)
        var field = Field(name: .other, nameStart: 0, nameCount: 0, valueStart: 0, valueEnd: 0)
        var offset = start
        while true {
            let step = FieldLine.scan(bytes, at: offset, limit, isFirst: offset == start, &field)
            switch step {
            case .line(let end):
                guard endsWithReturn(bytes, offset, end) else { return .malformed(.trailer) }
                offset = end
            case .last(let end):
                return endsWithReturn(bytes, offset, end) ? step : .malformed(.trailer)
            case .needsBytes:
                return step
            case .malformed(let flaw):
                return .malformed(flaw == .trailerTooLong ? flaw : .trailer)
            }
        }
    }

    private static func endsWithReturn(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        end &- start >= 2 && bytes[end &- 2] == 13
    }
}
