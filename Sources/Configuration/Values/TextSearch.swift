// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A search in a text that brings no patterns with it.

extension String {
    /// Whether the part stands somewhere in the text, byte for byte.
    package func includes(_ part: String) -> Bool {
        let wanted = Array(part.utf8)
        var rest = Array(utf8)[...]
        while rest.count >= wanted.count {
            if rest.starts(with: wanted) { return true }
            rest.removeFirst()
        }
        return false
    }
}
