// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Matches bytes against compiled patterns, within limits.

internal import CPCRE2

/// What a match came to.
package enum RegexResult: BitwiseCopyable {
    case matched
    case noMatch
    /// Given up: the pattern would have needed more work or memory than it may have.
    case limit
}

/// What a match may cost, so that no request can hold a thread by an unlucky pattern.
package struct RegexLimits: Sendable {
    /// How many steps of backtracking; PCRE2's own default is ten million.
    package var matchLimit: UInt32 = 200_000
    /// How deep backtracking may go, where matches are interpreted.
    package var depthLimit: UInt32 = 10_000
    /// How much memory the interpreter may take, in KiB.
    package var heapKibibyteLimit: UInt32 = 1024
    /// How much stack compiled code may take, in bytes.
    package var stackByteLimit = 256 << 10

    /// The limits that hold unless said otherwise.
    package init() {}
}

/// The working memory of matching; one for each thread.
///
/// Invariant: the captures are those of the last call of `match`, and refer to its subject.
/// Cost: a match allocates nothing unless its pattern captures more groups than all before it.
@safe package struct RegexMatcher: ~Copyable {
    private var groups: OpaquePointer?
    private let context: OpaquePointer?
    private let stack: OpaquePointer?
    private var groupLimit = 16
    /// How many groups of the last match may be asked for, the whole match included.
    private var groupCount = 0

    /// Allocates working memory.
    package init(limits: RegexLimits = RegexLimits()) {
        unsafe groups = pcre2_match_data_create_8(UInt32(groupLimit), nil)
        unsafe context = pcre2_match_context_create_8(nil)
        unsafe stack = pcre2_jit_stack_create_8(
            min(32 << 10, limits.stackByteLimit), limits.stackByteLimit, nil)
        _ = unsafe pcre2_set_match_limit_8(context, limits.matchLimit)
        _ = unsafe pcre2_set_depth_limit_8(context, limits.depthLimit)
        _ = unsafe pcre2_set_heap_limit_8(context, limits.heapKibibyteLimit)
        if let stack = unsafe stack {
            unsafe pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(stack))
        }
    }

    deinit {
        unsafe pcre2_match_data_free_8(groups)
        unsafe pcre2_match_context_free_8(context)
        unsafe pcre2_jit_stack_free_8(stack)
    }

    /// Looks for a pattern anywhere in the subject.
    package mutating func match(_ regex: Regex, _ subject: Span<UInt8>) -> RegexResult {
        groupCount = 0
        makeRoom(for: regex.captureCount + 1)
        let (code, groups, context) = unsafe (regex.code, groups, context)
        let outcome = unsafe subject.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else {
                // PCRE2 wants an address even where there is nothing to read.
                var nothing: UInt8 = 0
                return unsafe pcre2_match_8(code, &nothing, 0, 0, 0, groups, context)
            }
            return unsafe pcre2_match_8(code, start, bytes.count, 0, 0, groups, context)
        }
        switch outcome {
        case 0...:
            groupCount = regex.captureCount + 1
            return .matched
        case PCRE2_ERROR_NOMATCH:
            return .noMatch
        default:
            return .limit
        }
    }

    /// The bytes of a group of the last match, 0 being the whole; nil when it took no part.
    package func capture(_ index: Int) -> Range<Int>? {
        guard index >= 0, index < groupCount, let groups = unsafe groups,
            let ranges = unsafe pcre2_get_ovector_pointer_8(groups)
        else { return nil }
        let (start, end) = unsafe (ranges[2 * index], ranges[2 * index + 1])
        // A look-behind with \K can set the start behind the end.
        guard start != Int.max, start >= 0, end >= start else { return nil }
        return start..<end
    }

    private mutating func makeRoom(for count: Int) {
        guard count > groupLimit else { return }
        groupLimit = count
        unsafe pcre2_match_data_free_8(groups)
        unsafe groups = pcre2_match_data_create_8(UInt32(clamping: count), nil)
    }
}
