// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How `echo` writes a value into a page.

internal import Memory

extension IncludePage.Encoding {
    /// Appends a value.
    ///
    /// Spec: nginx ngx_escape_html, ngx_escape_uri with NGX_ESCAPE_HTML.
    func append(_ value: [UInt8], to text: inout Buffer) {
        for byte in value {
            switch self {
            case .none: text.append(byte: byte)
            case .url: Self.appendEscaped(byte, to: &text)
            case .entity: Self.appendEntity(byte, to: &text)
            }
        }
    }

    private static func appendEntity(_ byte: UInt8, to text: inout Buffer) {
        switch byte {
        case UInt8(ascii: "<"): text.append("&lt;")
        case UInt8(ascii: ">"): text.append("&gt;")
        case UInt8(ascii: "&"): text.append("&amp;")
        case UInt8(ascii: "\""): text.append("&quot;")
        default: text.append(byte: byte)
        }
    }

    private static let escaped = Array(" \"#%'<>\\^`{|}".utf8)

    private static func appendEscaped(_ byte: UInt8, to text: inout Buffer) {
        guard byte < 0x20 || byte >= 0x7F || escaped.contains(byte) else {
            text.append(byte: byte)
            return
        }
        text.append("%")
        text.append(byte: digit(byte >> 4))
        text.append(byte: digit(byte & 15))
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
}
