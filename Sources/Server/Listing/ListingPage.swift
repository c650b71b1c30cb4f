// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A list of a directory as HTML, XML and JSON. Pure: entries in, bytes out.

internal import HTTP
internal import Memory
internal import OS

/// Writes lists.
///
/// Spec: nginx ngx_http_autoindex_module, whose pages many programs read.
enum ListingPage {
    /// Writes a page for people.
    ///
    /// - Parameters:
    ///   - path: the decoded path of the directory.
    ///   - countsBytes: whether the page is in a charset other than UTF-8.
    static func html(
        _ listing: Listing, of path: Span<UInt8>, _ settings: ListingSettings,
        countsBytes: Bool = false
    ) -> Buffer {
        var page = Buffer(capacity: 1 << 10 + listing.entries.count * 160)
        page.append("<html>\r\n<head><title>Index of ")
        ListingText.appendMarkup(path, to: &page)
        page.append("</title>")
        page.append(style)
        page.append("</head>\r\n<body>\r\n<h1>Index of ")
        ListingText.appendMarkup(path, to: &page)
        page.append("</h1><hr><pre><a href=\"../\">../</a>\r\n")
        for entry in listing.entries {
            let name = listing.name(of: entry)
            page.append("<a href=\"")
            URI.escape(name, for: .component, into: &page)
            if entry.kind == .directory { page.append(byte: UInt8(ascii: "/")) }
            page.append("\">")
            appendCell(name, isDirectory: entry.kind == .directory, countsBytes, to: &page)
            page.append(byte: UInt8(ascii: " "))
            appendTime(entry.modifiedAt, isLocal: settings.usesLocalTime, to: &page)
            page.append(byte: UInt8(ascii: " "))
            appendSize(entry, settings, to: &page)
            page.append("\r\n")
        }
        page.append("</pre><hr></body>\r\n</html>\r\n")
        return page
    }

    /// What makes the page pleasant, in the head, where readers of such pages do not look.
    private static var style: StaticString {
        """
        <meta charset="utf-8"><meta name="viewport" content="width=device-width">\
        <style>:root{color-scheme:light dark}body{font-family:system-ui,sans-serif;margin:1.5rem}\
        pre{font:.875rem/1.7 ui-monospace,monospace;overflow-x:auto}\
        hr{border:0;border-top:1px solid #8886}a{text-decoration:none}\
        a:hover{text-decoration:underline}</style>
        """
    }

    /// Writes a name in its column, cut where it is longer, and the end of its link.
    private static func appendCell(
        _ name: Span<UInt8>, isDirectory: Bool, _ countsBytes: Bool, to page: inout Buffer
    ) {
        let characters = countsBytes ? nil : ListingText.characterCount(name)
        var width = characters ?? name.count
        guard width <= nameWidth else {
            let kept = nameWidth - 3
            let end =
                characters == nil
                ? kept : ListingText.byteCount(ofCharacters: kept, in: name)
            ListingText.appendMarkup(name.extracting(0..<end), to: &page)
            page.append("..&gt;</a>")
            return
        }
        ListingText.appendMarkup(name, to: &page)
        if isDirectory, width < nameWidth {
            page.append(byte: UInt8(ascii: "/"))
            width += 1
        }
        page.append("</a>")
        page.append(repeating: UInt8(ascii: " "), count: nameWidth - width)
    }

    private static var nameWidth: Int { 50 }

    /// Writes `28-Sep-1970 12:00`.
    private static func appendTime(_ seconds: Int, isLocal: Bool, to page: inout Buffer) {
        let shift = isLocal ? LocalTime(seconds: seconds).offsetSeconds : 0
        let text = HTTPDate.text(seconds: seconds + shift)
        page.append(text.span.extracting(5..<7))
        page.append(byte: UInt8(ascii: "-"))
        page.append(text.span.extracting(8..<11))
        page.append(byte: UInt8(ascii: "-"))
        page.append(text.span.extracting(12..<22))
    }

    private static func appendSize(
        _ entry: Listing.Entry, _ settings: ListingSettings, to page: inout Buffer
    ) {
        let width = settings.tellsExactSizes ? 19 : 7
        var number = Buffer(capacity: 24)
        if entry.kind == .directory {
            number.append(byte: UInt8(ascii: "-"))
        } else if settings.tellsExactSizes {
            number.append(decimal: entry.size)
        } else {
            let (count, unit) = rounded(entry.size)
            number.append(decimal: count)
            if let unit { number.append(byte: unit) }
        }
        page.append(repeating: UInt8(ascii: " "), count: max(0, width - number.count))
        page.append(contentsOf: number)
    }

    /// A size in whole units, rounded half up, with the letter of the unit; bytes have none.
    private static func rounded(_ size: Int) -> (count: Int, unit: UInt8?) {
        let (kilo, mega, giga) = (1 << 10, 1 << 20, 1 << 30)
        switch size {
        case giga...: return (size / giga + (size % giga >= giga / 2 ? 1 : 0), UInt8(ascii: "G"))
        case mega...: return (size / mega + (size % mega >= mega / 2 ? 1 : 0), UInt8(ascii: "M"))
        case 10_000...: return (size / kilo + (size % kilo >= kilo / 2 ? 1 : 0), UInt8(ascii: "K"))
        default: return (size, nil)
        }
    }

    // MARK: For programs

    /// Writes a list as XML; times are UTC.
    static func xml(_ listing: Listing) -> Buffer {
        var page = Buffer(capacity: 64 + listing.entries.count * 120)
        page.append("<?xml version=\"1.0\"?>\r\n<list>\r\n")
        for entry in listing.entries {
            page.append(byte: UInt8(ascii: "<"))
            page.append(name(of: entry.kind))
            page.append(" mtime=\"")
            appendISO(entry.modifiedAt, to: &page)
            if entry.kind == .file {
                page.append("\" size=\"")
                page.append(decimal: entry.size)
            }
            page.append("\">")
            ListingText.appendMarkup(
                ListingText.repaired(listing.name(of: entry)).span, to: &page)
            page.append("</")
            page.append(name(of: entry.kind))
            page.append(">\r\n")
        }
        page.append("</list>\r\n")
        return page
    }

    /// Writes a list as JSON; times are UTC.
    ///
    /// - Parameter callback: a function that it is handed to, checked to be a name.
    static func json(_ listing: Listing, callback: [UInt8]?) -> Buffer {
        var page = Buffer(capacity: 256 + listing.entries.count * 140)
        if let callback {
            page.append("/* callback */\r\n")
            page.append(callback)
            page.append(byte: UInt8(ascii: "("))
        }
        page.append(byte: UInt8(ascii: "["))
        var separator: StaticString = "\r\n{ \"name\":\""
        for entry in listing.entries {
            page.append(separator)
            separator = ",\r\n{ \"name\":\""
            page.append(jsonText: ListingText.repaired(listing.name(of: entry)).span)
            page.append("\", \"type\":\"")
            page.append(name(of: entry.kind))
            page.append("\", \"mtime\":\"")
            page.append(HTTPDate.text(seconds: entry.modifiedAt).span)
            page.append(byte: UInt8(ascii: "\""))
            if entry.kind == .file {
                page.append(", \"size\":")
                page.append(decimal: entry.size)
            }
            page.append(" }")
        }
        page.append("\r\n]")
        if callback != nil { page.append(");") }
        return page
    }

    private static func name(of kind: Listing.Kind) -> StaticString {
        switch kind {
        case .directory: "directory"
        case .file: "file"
        case .other: "other"
        }
    }

    /// Writes `1986-12-31T10:00:00Z`.
    private static func appendISO(_ seconds: Int, to page: inout Buffer) {
        let text = HTTPDate.text(seconds: seconds)
        page.append(text.span.extracting(12..<16))
        page.append(byte: UInt8(ascii: "-"))
        page.append(decimal: month(text.span.extracting(8..<11)), width: 2)
        page.append(byte: UInt8(ascii: "-"))
        page.append(text.span.extracting(5..<7))
        page.append(byte: UInt8(ascii: "T"))
        page.append(text.span.extracting(17..<25))
        page.append(byte: UInt8(ascii: "Z"))
    }

    /// The number of the month with this name, from 1.
    private static func month(_ name: Span<UInt8>) -> UInt {
        let names: [StaticString] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
        ]
        return UInt((names.firstIndex { name.equals($0) } ?? 11) + 1)
    }
}
