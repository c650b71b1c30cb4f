// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Bytes made fit for a place in a URI or in HTML.

package import Memory

extension URI {
    /// The place that bytes are escaped for.
    package enum Place: BitwiseCopyable, Sendable {
        /// A path, of which '/' stays; for `Location` and for what is sent to a peer.
        case path
        /// The arguments; for what is put together from captures and variables.
        case arguments
        /// One segment of a path or one value: only unreserved bytes stay.
        case component
    }

    /// Appends the bytes, with `%xx` for those that may not stand in this place as they are.
    ///
    /// Which these are is nginx's choice; capitals in `%XX`, as RFC 3986 §2.1 wants them.
    package static func escape(
        _ bytes: Span<UInt8>, for place: Place, into buffer: inout Buffer
    ) {
        var start = 0
        for i in 0..<bytes.count where needsEscape(bytes[i], in: place) {
            if start < i { buffer.append(bytes.extracting(start..<i)) }
            buffer.append(byte: UInt8(ascii: "%"))
            buffer.append(byte: digit(bytes[i] >> 4))
            buffer.append(byte: digit(bytes[i] & 15))
            start = i &+ 1
        }
        if start < bytes.count { buffer.append(bytes.extracting(start..<bytes.count)) }
    }

    /// Whether `escape` would change any of the bytes.
    package static func needsEscape(_ bytes: Span<UInt8>, for place: Place) -> Bool {
        for i in 0..<bytes.count where needsEscape(bytes[i], in: place) { return true }
        return false
    }

    /// Appends the bytes with each `%xx` decoded; a '%' without two digits stays as it is.
    ///
    /// For what nginx unescapes leniently, such as `X-Accel-Redirect`; a path from a client goes
    /// through `normalize`.
    package static func unescape(_ bytes: Span<UInt8>, into buffer: inout Buffer) {
        var i = 0
        while i < bytes.count {
            if bytes[i] == UInt8(ascii: "%"), i &+ 2 < bytes.count,
                let high = ByteClass.hexValue(bytes[i &+ 1]),
                let low = ByteClass.hexValue(bytes[i &+ 2])
            {
                buffer.append(byte: high << 4 | low)
                i &+= 3
            } else {
                buffer.append(byte: bytes[i])
                i &+= 1
            }
        }
    }

    /// Appends the bytes as text of HTML or the value of an attribute.
    package static func escapeHTML(_ bytes: Span<UInt8>, into buffer: inout Buffer) {
        for i in 0..<bytes.count {
            switch bytes[i] {
            case UInt8(ascii: "<"): buffer.append("&lt;")
            case UInt8(ascii: ">"): buffer.append("&gt;")
            case UInt8(ascii: "&"): buffer.append("&amp;")
            case UInt8(ascii: "\""): buffer.append("&quot;")
            case UInt8(ascii: "'"): buffer.append("&#39;")
            default: buffer.append(byte: bytes[i])
            }
        }
    }

    private static func needsEscape(_ byte: UInt8, in place: Place) -> Bool {
        if ByteClass.isAlphanumeric(byte) { return false }
        if byte <= 32 || byte >= 127 { return true }
        switch place {
        case .component:
            return byte != UInt8(ascii: "-") && byte != UInt8(ascii: ".")
                && byte != UInt8(ascii: "_") && byte != UInt8(ascii: "~")
        case .arguments:
            let separates =
                byte == UInt8(ascii: "&") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ";")
            return separates || isUnsafe(byte)
        case .path:
            return isUnsafe(byte)
        }
    }

    /// Visible bytes that may stand nowhere in a URI, or that would end the path.
    private static func isUnsafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "#"), UInt8(ascii: "%"), UInt8(ascii: "<"),
            UInt8(ascii: ">"), UInt8(ascii: "?"), UInt8(ascii: "\\"), UInt8(ascii: "^"),
            UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
            return true
        default:
            return false
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? value &+ UInt8(ascii: "0") : value &- 10 &+ UInt8(ascii: "A")
    }
}
