// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which paths have a hidden name in them.

internal import Memory

extension Dotfiles {
    /// Whether a name in a normalised path begins with a dot.
    ///
    /// Spec: RFC 8615: `/.well-known/` is where servers publish what clients look for.
    static func isHidden(_ path: Span<UInt8>) -> Bool {
        let (slash, dot) = (UInt8(ascii: "/"), UInt8(ascii: "."))
        let isWellKnown = path.startsWith("/.well-known/") || path.equals("/.well-known")
        var index = isWellKnown ? 1 : 0
        while index + 1 < path.count {
            if path[index] == slash, path[index + 1] == dot { return true }
            index += 1
        }
        return false
    }
}
