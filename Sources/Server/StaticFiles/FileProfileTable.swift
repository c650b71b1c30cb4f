// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The profiles of the file cache: one for all locations that treat their files alike.

internal import FileCache
internal import HTTP

/// Numbers the distinct ways to treat files.
struct FileProfileTable {
    private(set) var profiles: [FileProfile] = []
    private var keys: [Key] = []

    /// What makes two locations treat files differently.
    private struct Key: Equatable {
        var mediaTypesLevel: Int
        var defaultType: [UInt8]
        var charset: [UInt8]
        var charsetTypes: [[UInt8]]
        var flags: [Bool]
        var encodings: FileEncodings
        var links: SymbolicLinkPolicy

        init(
            _ settings: StaticFileSettings, _ encodings: EncodingSettings,
            _ links: SymbolicLinkPolicy
        ) {
            mediaTypesLevel = settings.mediaTypesLevel
            defaultType = settings.defaultType
            charset = settings.charset
            charsetTypes = settings.charsetTypes
            flags = [
                settings.hasEntityTags, settings.hasLastModified, settings.allowsRanges,
                settings.cachesAssets, settings.findsHints,
            ]
            self.encodings = encodings.ofFiles
            self.links = links
        }
    }

    /// The number of the profile for some settings.
    mutating func index(
        of settings: StaticFileSettings, _ encodings: EncodingSettings,
        _ links: SymbolicLinkPolicy
    ) -> Int {
        let key = Key(settings, encodings, links)
        if let known = keys.firstIndex(of: key) { return known }
        keys.append(key)
        profiles.append(settings.profile(encodings, links))
        return profiles.count - 1
    }
}

extension StaticFileSettings {
    /// The same settings in the words of the file cache.
    fileprivate func profile(
        _ encodings: EncodingSettings, _ links: SymbolicLinkPolicy
    ) -> FileProfile {
        var profile = FileProfile()
        profile.mediaTypes = mediaTypes
        profile.defaultType = defaultType
        profile.charset = charset
        profile.charsetTypes = charsetTypes
        profile.entityTags = hasEntityTags ? .content : .none
        profile.hasLastModified = hasLastModified
        profile.allowsRanges = allowsRanges
        profile.hasAutomaticCacheControl = cachesAssets
        profile.findsHints = findsHints
        profile.encodings = encodings.ofFiles
        profile.symbolicLinks = links
        return profile
    }
}
