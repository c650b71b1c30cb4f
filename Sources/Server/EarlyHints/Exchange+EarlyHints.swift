// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a page needs, said before the page.

internal import FileCache
internal import HTTP
internal import Memory

extension Exchange {
    /// Names what a page needs: in its head, and to a navigation in a 103 as well.
    ///
    /// Why: in the head it does no harm to anybody, browsers act on it at once, and servers between
    ///      make 103 answers of it for the connections that they know. What a 103 of our own adds
    ///      to a page that is at hand is little.
    mutating func hint(_ services: inout Services) {
        // Not by the file's own lines: who says a charset or streams an encoding has taken those.
        guard response.status == 200, response.source == .file,
            let entry = response.file.entry, entry.hintLine.count > 0
        else { return }
        response.fields.append(entry.hintLine)
        guard head.method == .get, Navigation.isNavigation(head, bytes.readable),
            mayInform(&services)
        else { return }
        response.hints.append(entry.hintLine)
    }

    /// Whether the client may be sent a 103.
    ///
    /// Spec: RFC 8297 §3: a client of HTTP/1.1 may take it for the answer, so the configuration has
    ///       to say which ones do not. nginx `early_hints`.
    mutating func mayInform(_ services: inout Services) -> Bool {
        guard head.version != .http10 else { return false }
        let conditions = services.site.locations[locationIndex].settings.hints.conditions.elements
        for condition in conditions {
            let value = evaluate(condition, &services)
            if !value.isEmpty, !bytes.span(value.range).equals("0") { return true }
        }
        return false
    }

    /// Makes a peer's 103 one of ours.
    ///
    /// - Returns: whether there is anything to send.
    mutating func takeHints(_ head: Span<UInt8>, _ services: inout Services) -> Bool {
        guard mayInform(&services) else { return false }
        takeFields(head, &services)
        response.hints.append(contentsOf: response.fields)
        response.clear()
        return !response.hints.isEmpty
    }
}
