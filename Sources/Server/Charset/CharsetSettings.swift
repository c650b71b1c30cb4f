// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about the character sets of responses.

internal import Configuration
internal import Memory

/// `charset` and its companions.
struct CharsetSettings: Sendable {
    /// `charset`: what the client is told.
    var target = CharsetName.off
    /// `source_charset`: what contents come in, unless they say it themselves.
    var source = CharsetName.off
    /// `override_charset`: whether what a peer says of its content is replaced.
    var overrides = false
    /// `charset_types`, beside text/html.
    var types = LevelList<[UInt8]>()
    /// Where one of the two names was given.
    var location: SourceLocation?

    /// Whether contents may have to be converted.
    var mayConvert: Bool { source != .off && fileParameter == nil }

    /// The names between which contents are converted, as far as they are known at load.
    var conversion: (source: [UInt8], target: [UInt8])? {
        guard case .named(let target) = target, case .named(let source) = source,
            !target.span.equalsIgnoringCase(source)
        else { return nil }
        return (source, target)
    }

    /// What is appended to the media type of files, when that is known without a request.
    ///
    /// - Returns: nil when each response has to be looked at.
    var fileParameter: [UInt8]? {
        switch target {
        case .off: return []
        case .variable: return nil
        case .named(let name):
            switch source {
            case .off: return Self.parameter + name
            case .variable: return nil
            case .named(let source):
                return name.span.equalsIgnoringCase(source) ? Self.parameter + name : nil
            }
        }
    }

    /// The media types that `charset` is for, in lower case; none means all.
    var mediaTypes: [[UInt8]] {
        if types.elements == [[UInt8(ascii: "*")]] { return [] }
        if types.isEmpty { return Self.usualTypes }
        return [Array("text/html".utf8)] + types.elements
    }

    private static let parameter = Array("; charset=".utf8)

    private static let usualTypes: [[UInt8]] = [
        "text/html", "text/xml", "text/plain", "text/vnd.wap.wml", "application/javascript",
        "application/rss+xml",
    ].map { (type: StaticString) in Array(type.description.utf8) }
}

/// The name of a character set, or where it comes from.
enum CharsetName: Sendable, Equatable {
    case off
    case named([UInt8])
    case variable(Template)
}
