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
        var flags: [Bool]
        var compressedTypes: [[UInt8]]
        var compressionMinimum: Int

        init(_ settings: StaticFileSettings) {
            mediaTypesLevel = settings.mediaTypesLevel
            defaultType = settings.defaultType
            flags = [
                settings.hasEntityTags, settings.hasLastModified, settings.cachesAssets,
                settings.compressesGzip,
                settings.compressesBrotli, settings.usesGzipSiblings, settings.usesBrotliSiblings,
                settings.varies,
            ]
            compressedTypes = settings.compressedTypes.elements
            compressionMinimum = settings.compressionMinimum
        }
    }

    /// The number of the profile for some settings.
    mutating func index(of settings: StaticFileSettings) -> Int {
        let key = Key(settings)
        if let known = keys.firstIndex(of: key) { return known }
        keys.append(key)
        profiles.append(settings.profile)
        return profiles.count - 1
    }
}

extension StaticFileSettings {
    /// The codings that files may come in.
    var offeredCodings: ContentCodings {
        var codings: ContentCodings = []
        if compressesGzip || usesGzipSiblings { codings.insert(.gzip) }
        if compressesBrotli || usesBrotliSiblings { codings.insert(.brotli) }
        return codings
    }

    /// The same settings in the words of the file cache.
    fileprivate var profile: FileProfile {
        var profile = FileProfile()
        profile.mediaTypes = mediaTypes
        profile.defaultType = defaultType
        profile.entityTags = hasEntityTags ? .content : .none
        profile.hasLastModified = hasLastModified
        profile.hasAutomaticCacheControl = cachesAssets
        profile.encodings.makesGzip = compressesGzip
        profile.encodings.makesBrotli = compressesBrotli
        profile.encodings.usesGzipSiblings = usesGzipSiblings
        profile.encodings.usesBrotliSiblings = usesBrotliSiblings
        profile.encodings.types =
            compressedTypes.elements == [[UInt8(ascii: "*")]]
            ? compressedTypes.elements : [Array("text/html".utf8)] + compressedTypes.elements
        profile.encodings.contentByteMinimum = compressionMinimum
        profile.encodings.hasVary = varies
        return profile
    }
}
