// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// In which form a client can make use of a failure: as a page that people read, or as data.

internal import Memory

/// The form of an answer that says what went wrong.
package enum ErrorForm: Equatable, Sendable {
    /// A page, in a browser's window.
    case page
    /// `application/problem+json` (RFC 9457).
    case problem
    /// The few words that everybody else gets.
    case short

    /// The form that a client wants, as far as it says so.
    ///
    /// Fetch metadata decides where they are sent: what scripts ask for is data unless they do not
    /// accept it, and what a page embeds is neither. Otherwise `Accept` must name HTML or JSON
    /// itself: `*/*` alone is what command-line clients say.
    package static func wanted(
        by head: borrowing RequestHead, _ bytes: Span<UInt8>
    ) -> ErrorForm {
        let accepted = AcceptedForms(head, bytes)
        guard let mode = head.fields.first(of: .secFetchMode) else {
            let isRead = head.method == .get || head.method == .head
            if isRead, accepted.page > 0, accepted.page >= accepted.data { return .page }
            return accepted.data > 0 ? .problem : .short
        }
        if bytes.extracting(mode.valueRange).equals("navigate") { return .page }
        if accepted.data > 0 { return .problem }
        guard let destination = head.fields.first(of: .secFetchDest),
            bytes.extracting(destination.valueRange).equals("empty")
        else { return .short }
        return accepted.anything > 0 ? .problem : .short
    }
}

/// The weights of what a client accepts, in thousandths.
private struct AcceptedForms {
    /// HTML, by name.
    var page = 0
    /// JSON, by name.
    var data = 0
    /// Data by a wildcard.
    var anything = 0

    init(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) {
        var start = 0
        while let index = head.fields.index(of: .accept, from: start) {
            read(bytes.extracting(head.fields[index].valueRange))
            start = index + 1
        }
        if start == 0 { anything = 1000 }
    }

    private mutating func read(_ value: Span<UInt8>) {
        var list = TokenList()
        while let element = list.next(in: value) {
            let item = WeightedItem(value.extracting(element))
            let name = value.extracting(element).extracting(0..<item.nameCount)
            if name.equalsIgnoringCase("text/html")
                || name.equalsIgnoringCase("application/xhtml+xml")
            {
                page = max(page, item.weight)
            } else if name.equalsIgnoringCase("application/json") || Self.endsLikeJSON(name) {
                data = max(data, item.weight)
            } else if name.equalsIgnoringCase("*/*") || name.equalsIgnoringCase("application/*") {
                anything = max(anything, item.weight)
            }
        }
    }

    private static func endsLikeJSON(_ name: Span<UInt8>) -> Bool {
        name.count > 5 && name.extracting(name.count - 5..<name.count).equalsIgnoringCase("+json")
    }
}
