// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A location as it is used.

internal import FileCache
internal import HTTP
internal import Memory

/// A `location`, or a server itself as the outermost one.
struct Location: ~Copyable, Sendable {
    /// Who makes the response.
    enum Handler: BitwiseCopyable, Equatable, Sendable {
        case files
        case proxy
        case emptyImage
        case status
        /// Nobody: it is a server of streams, which have no responses.
        case stream
    }

    /// Steps of the request's way that are really on for it.
    struct Steps: OptionSet, BitwiseCopyable, Sendable {
        let rawValue: UInt32
        static let isInternal = Steps(rawValue: 1 << 0)
        static let hasScript = Steps(rawValue: 1 << 1)
        static let triesFiles = Steps(rawValue: 1 << 2)
        static let hasErrorPages = Steps(rawValue: 1 << 3)
        /// `expires`, `add_header` or `add_trailer`.
        static let addsFields = Steps(rawValue: 1 << 4)
        /// `^~`: no regular expression is tried after it.
        static let skipsRegexes = Steps(rawValue: 1 << 5)
        static let logsAccess = Steps(rawValue: 1 << 6)
        static let listsDirectories = Steps(rawValue: 1 << 7)
        static let namesCharset = Steps(rawValue: 1 << 8)
        static let encodes = Steps(rawValue: 1 << 9)
        static let checksLinks = Steps(rawValue: 1 << 10)
        static let hidesDotfiles = Steps(rawValue: 1 << 11)
        /// `early_hints auto`.
        static let hints = Steps(rawValue: 1 << 12)
        /// `asset_caching auto`: no error is to be kept by anybody.
        static let guardsErrors = Steps(rawValue: 1 << 13)
        static let addsTrailers = Steps(rawValue: 1 << 14)
        static let limitsRate = Steps(rawValue: 1 << 15)
        /// `sub_filter`.
        static let substitutes = Steps(rawValue: 1 << 20)
        /// `set_real_ip_from`.
        static let findsClient = Steps(rawValue: 1 << 19)
        /// `allow`, `deny`, `auth_basic` or `auth_request`.
        static let checksAccess = Steps(rawValue: 1 << 17)
        /// `limit_except`.
        static let limitsMethods = Steps(rawValue: 1 << 24)
        static let mirrors = Steps(rawValue: 1 << 18)
        /// `limit_req` or `limit_conn`.
        static let limitsRequests = Steps(rawValue: 1 << 16)
        /// `random_index`.
        static let picksIndex = Steps(rawValue: 1 << 25)
        /// `add_before_body` or `add_after_body`.
        static let surrounds = Steps(rawValue: 1 << 21)
        /// `ssi`.
        static let includes = Steps(rawValue: 1 << 22)
    }

    let name: [UInt8]
    /// For those who explain.
    let origin: BlockOrigin
    let settings: Settings
    let steps: Steps
    let handler: Handler
    let script: [RewriteStep]
    /// The location that takes its place for all methods but these.
    let limitedLocation: Int
    let exceptedMethods: MethodSet
    let tryFiles: TryFiles?
    let proxyPass: SharedProxyPass
    let indexNames: [Template]
    let nested: NestedLocations
    let hasNoNested: Bool
    /// `root` when it has no variables: absolute, without a final slash.
    ///
    /// Why: a buffer, because reading an array would count a reference for each request.
    let constantRoot: Buffer
    let hasConstantRoot: Bool
    /// `LinkSettings.trustedRootCount`.
    let trustedRootCount: Int
    /// An index of the file cache's profiles.
    let fileProfile: Int
    /// Whether that profile names the charset of files, so that nothing is left to do for it.
    let hasFileCharset: Bool
    let encodings: EncodingPlan
    let headers: HeaderPlan
    /// Why: a store, because reading an array of the settings would count references.
    let accessLogs: FixedStore<AccessLog>
    let substitution: SubstitutionPlan?
    /// What happens to sessions, in a server of streams.
    let stream: StreamPlan?

    /// Whether so much content is too much.
    func refuses(contentOf byteCount: Int) -> Bool {
        settings.client.contentByteLimit > 0 && byteCount > settings.client.contentByteLimit
    }
}

/// The locations within a server or a location.
struct NestedLocations: Sendable {
    struct Pattern: BitwiseCopyable, Sendable {
        /// An index of `Site.regexes`.
        var regex: Int
        var location: Int
    }

    var tree = LocationTree()
    var patterns: [Pattern] = []
    /// How many locations there are on this level.
    var count = 0

    var patternCount: Int { patterns.count }
    func pattern(_ index: Int) -> Pattern { patterns[index] }
}
