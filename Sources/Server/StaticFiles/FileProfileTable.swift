// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The profiles of the file cache: one for all locations that treat their files alike.

internal import FileCache
internal import HTTP

/// Numbers the distinct ways to treat files.
struct FileProfileTable {
    private let cache: FileCacheSettings
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
        var caching: FileCachingSettings

        init(_ settings: StaticFileSettings, _ others: Settings) {
            mediaTypesLevel = settings.mediaTypesLevel
            defaultType = settings.defaultType
            charset = settings.charset
            charsetTypes = settings.charsetTypes
            flags = [
                settings.hasEntityTags, settings.hasLastModified, settings.allowsRanges,
                settings.cachesAssets, settings.findsHints,
            ]
            encodings = others.encodingsOfFiles
            links = others.links.policy
            caching = others.caching
        }
    }

    /// The largest `open_file_cache max`.
    private var entryLimit: Int?

    init(_ cache: FileCacheSettings) { self.cache = cache }

    /// How much the cache may hold.
    var limits: FileCacheLimits {
        var limits = FileCacheLimits()
        limits.byteLimit = cache.byteLimit
        if let entryLimit { limits.entryLimit = entryLimit }
        return limits
    }

    /// The number of the profile for the settings of a location.
    ///
    /// - Parameter settings: of its files, which may differ from those among the others.
    mutating func index(of settings: StaticFileSettings, _ others: Settings) -> Int {
        if let limit = others.caching.entryLimit { entryLimit = max(limit, entryLimit ?? 0) }
        let key = Key(settings, others)
        if let known = keys.firstIndex(of: key) { return known }
        keys.append(key)
        profiles.append(settings.profile(others, cache))
        return profiles.count - 1
    }
}

extension StaticFileSettings {
    /// The same settings in the words of the file cache.
    fileprivate func profile(_ others: Settings, _ cache: FileCacheSettings) -> FileProfile {
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
        profile.encodings = others.encodingsOfFiles
        profile.symbolicLinks = others.links.policy
        profile.contentByteLimit = cache.fileByteLimit
        profile.remembers = cache.isOn && others.caching.isOn
        profile.remembersErrors = others.caching.remembersErrors
        profile.checkIntervalMilliseconds = others.caching.checkInterval
        profile.assetGraceMilliseconds = others.caching.assetGrace
        return profile
    }
}

extension Settings {
    /// The encodings that the cache has: none of contents that are changed before.
    fileprivate var encodingsOfFiles: FileEncodings {
        var encodings = encodings.ofFiles
        let types = substitution.mediaTypes + includes.mediaTypes + addition.mediaTypes
        let all = [UInt8(ascii: "*")]
        encodings.excludedTypes = types.contains(all) ? [all] : types
        return encodings
    }
}
