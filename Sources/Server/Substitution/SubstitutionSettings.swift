// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about texts that are replaced in responses.

internal import Memory

/// `sub_filter` and its companions.
struct SubstitutionSettings: Sendable {
    /// `sub_filter`.
    var pairs = LevelList<Pair>()
    /// `sub_filter_once`.
    var isOnce = true
    /// `sub_filter_last_modified`: whether validators are kept.
    var keepsValidators = false
    /// `sub_filter_types`, beside text/html.
    var types = LevelList<[UInt8]>()

    /// One `sub_filter`.
    struct Pair: Sendable {
        var search: Template
        var replacement: Template
    }

    /// The media types whose contents are changed, in lower case; `*` alone for all; none where
    /// nothing is replaced.
    var mediaTypes: [[UInt8]] {
        if pairs.isEmpty { return [] }
        let all = [UInt8(ascii: "*")]
        return types.elements.contains(all) ? [all] : [Array("text/html".utf8)] + types.elements
    }
}

/// The substitutions of a location, prepared as far as they can be without a request.
///
/// Why: a class, because a location is borrowed and this is shared by all its requests.
final class SubstitutionPlan: Sendable {
    let pairs: [SubstitutionSettings.Pair]
    let isOnce: Bool
    let keepsValidators: Bool
    private let mediaTypes: [[UInt8]]
    private let includesAllTypes: Bool
    /// The texts to look for; nil when requests decide about them.
    let table: SearchTable?
    /// What is put in their place; nil when requests decide about it.
    let replacements: Substituter.Replacements?

    /// - Returns: nil when nothing is replaced.
    init?(_ settings: SubstitutionSettings) {
        guard !settings.pairs.isEmpty else { return nil }
        pairs = settings.pairs.elements
        isOnce = settings.isOnce
        keepsValidators = settings.keepsValidators
        mediaTypes = settings.mediaTypes
        includesAllTypes = settings.mediaTypes == [[UInt8(ascii: "*")]]
        let searches = pairs.compactMap(\.search.constant)
        table = searches.count == pairs.count ? SearchTable(searches) : nil
        let texts = pairs.compactMap(\.replacement.constant)
        replacements = texts.count == pairs.count ? Substituter.Replacements(texts) : nil
    }

    /// Whether contents of this type, which may have parameters, are changed.
    ///
    /// Spec: nginx ngx_http_test_content_type.
    func includes(_ type: Span<UInt8>) -> Bool {
        if includesAllTypes { return true }
        var plain = type.extracting(0..<(type.firstOffset(of: UInt8(ascii: ";")) ?? type.count))
        while let last = plain.indices.last, plain[last] == 32 {
            plain = plain.extracting(0..<last)
        }
        return mediaTypes.contains { plain.equalsIgnoringCase($0) }
    }
}
