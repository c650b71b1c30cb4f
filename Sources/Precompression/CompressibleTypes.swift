// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which files are worth a sibling, by their names alone.

internal import HTTP

/// The media types that shrink.
///
/// Why: images, videos, archives and web fonts (woff, woff2) are compressed in themselves.
enum CompressibleTypes {
    /// Whether a file of this name is of such a type.
    static func contain(_ fileName: [UInt8]) -> Bool {
        guard let range = MediaTypes.fileExtension(of: fileName.span) else { return false }
        let fileExtension = fileName[range].map { $0 &- 65 < 26 ? $0 | 0x20 : $0 }
        // An svgz has the type of an svg, but it is one in gzip.
        guard fileExtension != Array("svgz".utf8),
            let type = MediaTypes.modern.type(of: fileExtension.span)
        else { return false }
        return contain(type: String(decoding: type, as: UTF8.self))
    }

    private static func contain(type: String) -> Bool {
        type.hasPrefix("text/") || type.hasSuffix("+json") || type.hasSuffix("+xml")
            || others.contains(type)
    }

    private static let others: Set<String> = [
        "application/javascript", "application/json", "application/sql",
        "application/vnd.ms-fontobject", "application/wasm", "application/xml", "font/otf",
        "font/ttf", "image/bmp", "image/vnd.microsoft.icon", "image/x-icon", "image/x-ms-bmp",
    ]
}
