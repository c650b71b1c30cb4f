// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The fields that the configuration adds to a response, before its content and behind it.

internal import EventLoop
internal import FileCache
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Adds what the configuration adds to the head.
    ///
    /// Spec: nginx: first `expires`, then `add_header`.
    mutating func addFields(_ services: inout Services) {
        let isUsual = AddedField.applies(to: response.status)
        let location = locationIndex
        if isUsual, services.site.locations[location].headers.expires != .off {
            addExpires(&services)
        }
        if services.site.locations[location].headers.hasAllLines {
            if isUsual {
                response.fields.append(
                    contentsOf: services.site.locations[location].headers.usualLines)
            } else {
                response.fields.append(
                    contentsOf: services.site.locations[location].headers.unconditionalLines)
            }
        } else {
            addFieldsWithVariables(isUsual, &services)
        }
        if services.site.locations[location].steps.contains(.addsTrailers) {
            announceTrailers(isUsual, &services)
        }
    }

    /// Spec: nginx `add_header`.
    private mutating func addFieldsWithVariables(_ isUsual: Bool, _ services: inout Services) {
        let added = services.site.locations[locationIndex].settings.headers.added.elements
        for field in added where isUsual || field.isUnconditional {
            let value = evaluate(field.value, &services)
            if field.replaces { response.removeField(field.name.span) }
            if value.isEmpty { continue }
            appendField(field.name, value)
        }
    }

    /// Keeps caches from keeping an error.
    ///
    /// Why: an asset that is missing while a release is switched would be missing for long after.
    /// Spec: RFC 9111 §4.2.2: a cache may keep 404, 410 and some others without being told.
    mutating func guardError() {
        guard response.status >= 400, response.source != .peer else { return }
        response.add("Cache-Control", "no-store")
    }

    // MARK: Expires

    /// Says how long the answer may be used again, whatever a peer has said.
    ///
    /// Spec: nginx `expires`; a value of a variable that is none says nothing.
    private mutating func addExpires(_ services: inout Services) {
        var rule = services.site.locations[locationIndex].headers.expires
        if case .variable(let isModified) = rule {
            let settings = services.site.locations[locationIndex].settings.headers
            guard let template = settings.expiresValue else { return }
            let value = copy(evaluate(template, &services))
            guard let read = try? Expires.parse(value, isModified: isModified) else { return }
            rule = read
        }
        var modified: Int?
        if case .modified = rule { modified = modificationTime }
        let freshness = rule.freshness(at: services.clock.seconds, modified: modified) {
            LocalTime(seconds: $0).offsetSeconds
        }
        guard let freshness else { return }
        if response.source == .peer {
            for name in Self.cachingFields { response.removeField(name.span) }
        }
        response.add(freshness)
    }

    /// Those that `expires` gives anew.
    private static let cachingFields = [Array("Expires".utf8), Array("Cache-Control".utf8)]

    /// When the content was changed, as far as anybody says.
    private var modificationTime: Int? {
        if let entry = response.file.entry {
            // What images that are built reproducibly give every file means nothing.
            return entry.modifiedSeconds > 1 ? entry.modifiedSeconds : nil
        }
        let name = Array("last_modified".utf8)
        let lines = FieldLines.values(of: name, in: response.fields.readable)
        return lines.first.flatMap { HTTPDate.parse($0.span) }
    }

    // MARK: Trailers

    /// Notes that fields will follow the content.
    ///
    /// Spec: nginx `add_trailer`. Whether they can is for the connection to say.
    private mutating func announceTrailers(_ isUsual: Bool, _ services: inout Services) {
        guard head.method != .head,
            Status(rawValue: UInt16(clamping: response.status)).allowsContent
        else { return }
        let trailers = services.site.locations[locationIndex].settings.headers.trailers.elements
        response.hasTrailers = isUsual || trailers.contains { $0.isUnconditional }
    }

    /// Writes the fields that follow the content, which is complete.
    mutating func makeTrailers(_ services: inout Services) {
        let isUsual = AddedField.applies(to: response.status)
        let trailers = services.site.locations[locationIndex].settings.headers.trailers.elements
        for field in trailers where isUsual || field.isUnconditional {
            let value = evaluate(field.value, &services)
            if value.isEmpty { continue }
            response.trailers.append(field.name)
            response.trailers.append(": ")
            response.trailers.appendFieldValue(value.range, of: bytes)
            response.trailers.append("\r\n")
        }
    }
}

extension Response {
    /// Adds `Expires` and the `Cache-Control` that goes with it.
    fileprivate mutating func add(_ freshness: Freshness) {
        fields.append("Expires: ")
        let date = HTTPDate.text(seconds: freshness.expiresAt)
        fields.append(date.span)
        if let age = freshness.maxAge {
            fields.append("\r\nCache-Control: max-age=")
            fields.append(decimal: age)
            fields.append("\r\n")
        } else {
            fields.append("\r\nCache-Control: no-cache\r\n")
        }
    }
}
