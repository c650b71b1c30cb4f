// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Times as text, by a format that is not known before.

internal import Glibc

/// The system's `strftime`.
package enum CalendarText {
    /// Writes a time by a format; nil if the text would be empty or too long.
    ///
    /// Limits: 255 bytes of text.
    package static func format(_ format: [UInt8], seconds: Int, isLocal: Bool) -> [UInt8]? {
        var time = time_t(seconds)
        var parts = unsafe tm()
        if isLocal {
            unsafe localtime_r(&time, &parts)
        } else {
            unsafe gmtime_r(&time, &parts)
        }
        let pattern = format.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
        var text = [CChar](repeating: 0, count: 256)
        let count = unsafe strftime(&text, text.count, pattern, &parts)
        return count == 0 ? nil : text[..<count].map { UInt8(bitPattern: $0) }
    }
}
