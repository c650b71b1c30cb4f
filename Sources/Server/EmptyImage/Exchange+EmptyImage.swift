// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The handler that answers with a transparent image of one pixel.

internal import HTTP
internal import Memory

extension Exchange {
    /// Answers with the image.
    ///
    /// Spec: nginx ngx_http_empty_gif_module: other methods are refused, and its date is as old.
    mutating func serveEmptyImage(_ services: inout Services) -> ExchangeStep {
        guard method == .get || method == .head else { return fail(405, &services) }
        response.clear()
        response.status = 200
        response.body.append(Self.emptyImage)
        response.source = .body
        response.contentLength = response.body.count
        response.end = response.body.count
        response.add("Content-Type", "image/gif")
        response.lastModified = Self.emptyImageDate
        response.add("Last-Modified", HTTPDate.text(seconds: Self.emptyImageDate).span)
        return complete(&services)
    }

    /// Monday, 28 September 1970, 06:00:00.
    private static var emptyImageDate: Int { 23_349_600 }

    /// A GIF of one transparent pixel.
    ///
    /// Spec: GIF89a: the screen with a table of two colours, the control block that makes the first
    ///       one transparent, the picture, and the end.
    private static let emptyImage: [UInt8] =
        Array("GIF89a".utf8) + [0x01, 0x00, 0x01, 0x00, 0x80, 0x01, 0x00]
        + [0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF]
        + [0x21, 0xF9, 0x04, 0x01, 0x00, 0x00, 0x01, 0x00]
        + [0x2C, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00]
        + [0x02, 0x02, 0x4C, 0x01, 0x00, 0x3B]
}
