// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about content codings.

internal import Compression
internal import FileCache
internal import HTTP

/// `gzip`, `brotli`, `zstd` and what belongs to them.
struct EncodingSettings: Sendable {
    var gzip = CodingSettings(level: 1)
    var brotli = CodingSettings(level: 6)
    var zstd = CodingSettings(level: 1)
    /// `gzip_vary`.
    var varies = false
    /// Which requests get encodings at all.
    var rules = EncodingRules()
    /// `gzip_disable`: indexes of `Site.regexes`; clients whose `User-Agent` matches one get none.
    var disabledAgents = LevelList<Int>()

    /// What holds for a coding.
    subscript(coding: ContentCoding) -> CodingSettings {
        get {
            switch coding {
            case .gzip: gzip
            case .brotli: brotli
            case .zstd: zstd
            case .identity: CodingSettings(level: 0)
            }
        }
        set {
            switch coding {
            case .gzip: gzip = newValue
            case .brotli: brotli = newValue
            case .zstd: zstd = newValue
            case .identity: break
            }
        }
    }

    /// The same in the words of the file cache.
    var ofFiles: FileEncodings {
        var encodings = FileEncodings()
        encodings.gzip = gzip.ofFiles
        encodings.brotli = brotli.ofFiles
        encodings.zstd = zstd.ofFiles
        encodings.hasVary = varies
        return encodings
    }
}

/// What is said about one coding.
struct CodingSettings: Sendable {
    /// `gzip`.
    var isOn = false
    /// `gzip_comp_level`.
    var level: Int
    /// `gzip_types`, beside text/html.
    var types = LevelList<[UInt8]>()
    /// `gzip_min_length`.
    var contentByteMinimum = 20
    /// `gzip_static`.
    var siblings = SiblingUse.off

    init(level: Int) { self.level = level }

    /// Whether every media type is worth encoding.
    var includesAllTypes: Bool {
        types.elements.contains { $0.count == 1 && $0[0] == UInt8(ascii: "*") }
    }

    fileprivate var ofFiles: FileEncoding {
        var encoding = FileEncoding()
        encoding.makes = isOn
        encoding.siblings = siblings
        encoding.types =
            includesAllTypes
            ? [[UInt8(ascii: "*")]] : [Array("text/html".utf8)] + types.elements
        encoding.contentByteMinimum = contentByteMinimum
        return encoding
    }
}

/// Which requests get encodings at all: nginx's rules for gzip, here for every coding.
struct EncodingRules: BitwiseCopyable, Sendable {
    /// `gzip_http_version`.
    var versionMinimum = Version.http11
    /// `gzip_proxied`: which answers to requests of other proxies are encoded.
    var proxied: ProxiedAnswers = []
    /// `gzip_disable msie6`.
    var disablesOldExplorer = false
    /// Whether `gzip_disable` names a regular expression.
    var disablesAgents = false
}

/// The conditions of `gzip_proxied`; none of them is `off`.
struct ProxiedAnswers: OptionSet, BitwiseCopyable, Sendable {
    let rawValue: UInt16
    static let expired = ProxiedAnswers(rawValue: 1 << 0)
    static let noCache = ProxiedAnswers(rawValue: 1 << 1)
    static let noStore = ProxiedAnswers(rawValue: 1 << 2)
    static let isPrivate = ProxiedAnswers(rawValue: 1 << 3)
    static let noLastModified = ProxiedAnswers(rawValue: 1 << 4)
    static let noEntityTag = ProxiedAnswers(rawValue: 1 << 5)
    static let authorized = ProxiedAnswers(rawValue: 1 << 6)
    static let any = ProxiedAnswers(rawValue: 1 << 7)
    static let off = ProxiedAnswers(rawValue: 1 << 8)
}

/// What a location's encodings come to on the way of a request.
///
/// Why: plain values, because reading a list from the settings would count a reference.
struct EncodingPlan: BitwiseCopyable, Sendable {
    /// The codings that files may be sent in.
    let ofFiles: ContentCodings
    /// The codings that other content is put into as it passes.
    let passing: ContentCodings
    let rules: EncodingRules
    /// `gzip_vary`.
    let varies: Bool
    private let gzip: OfCoding
    private let brotli: OfCoding
    private let zstd: OfCoding

    /// What holds for one coding.
    struct OfCoding: BitwiseCopyable, Sendable {
        let level: Int
        let contentByteMinimum: Int

        fileprivate init(_ settings: CodingSettings) {
            level = settings.level
            contentByteMinimum = settings.contentByteMinimum
        }
    }

    init(_ settings: EncodingSettings) {
        ofFiles = settings.ofFiles.codings
        var passing: ContentCodings = []
        for coding in ContentCoding.allCases where settings[coding].isOn {
            passing.insert(ContentCodingSet(coding))
        }
        self.passing = passing
        rules = settings.rules
        varies = settings.varies
        gzip = OfCoding(settings.gzip)
        brotli = OfCoding(settings.brotli)
        zstd = OfCoding(settings.zstd)
    }

    /// What holds for a coding; identity has nothing of its own.
    subscript(coding: ContentCoding) -> OfCoding {
        switch coding {
        case .gzip, .identity: gzip
        case .brotli: brotli
        case .zstd: zstd
        }
    }
}
