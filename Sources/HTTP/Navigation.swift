// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Whether somebody opens a page, or a page asks for one of its parts.
//
// A single-page app answers the first with its index whatever the path; answered to the second, the
// same index is "Unexpected token '<'".

internal import Memory

/// Tells navigations from other requests.
package enum Navigation {
    /// Whether the request is made by a browser to show a page.
    ///
    /// Fetch metadata decides where it is sent. Otherwise Accept must name HTML itself: `*/*` is
    /// what scripts, fonts and command-line clients say.
    package static func isNavigation(
        _ head: borrowing RequestHead, _ bytes: Span<UInt8>
    ) -> Bool {
        guard head.method == .get || head.method == .head else { return false }
        if let field = head.fields.first(of: .secFetchMode) {
            let mode = bytes.extracting(field.valueRange)
            if mode.equals("navigate") { return true }
        }
        if let field = head.fields.first(of: .secFetchDest) {
            let destination = bytes.extracting(field.valueRange)
            if destination.equals("document") || destination.equals("iframe") { return true }
            // `empty` is fetch(), which may well ask for HTML; all others name a kind of asset.
            if !destination.equals("empty") { return false }
        }
        guard let field = head.fields.first(of: .accept) else { return false }
        return acceptsHTML(bytes.extracting(field.valueRange))
    }

    /// Whether a value of Accept names `text/html` or `application/xhtml+xml` with some weight.
    package static func acceptsHTML(_ value: Span<UInt8>) -> Bool {
        var list = TokenList()
        while let element = list.next(in: value) {
            let item = WeightedItem(value.extracting(element))
            let name = value.extracting(element).extracting(0..<item.nameCount)
            let isHTML =
                name.equalsIgnoringCase("text/html")
                || name.equalsIgnoringCase("application/xhtml+xml")
            if isHTML, item.weight > 0 { return true }
        }
        return false
    }

    /// Whether a path ends like the name of an asset: with an extension that has a media type.
    ///
    /// Pages are no assets, and what merely contains a dot is none either:
    /// `/users/jane@example.com` and `/release/1.2` are routes of the app.
    package static func hasAssetExtension(_ path: Span<UInt8>) -> Bool {
        guard let name = MediaTypes.fileExtension(of: path) else { return false }
        let fileExtension = path.extracting(name)
        if fileExtension.equalsIgnoringCase("html") || fileExtension.equalsIgnoringCase("htm") {
            return false
        }
        return MediaTypes.modern.contains(fileExtension)
    }
}
