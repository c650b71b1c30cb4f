// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a location inherits from the server and the http level around it.
//
// Each feature keeps its own part beside its directives; this is only their sum.

/// A list directive's values, inherited only by levels that do not set any themselves.
///
/// Spec: nginx's rule for `add_header`, `proxy_set_header`, `error_page` and `access_log`.
struct LevelList<Element: Sendable>: Sendable {
    private(set) var elements: [Element] = []
    private var level = -1

    /// Adds a value at a level; the first one there hides what was inherited.
    mutating func append(_ element: Element, at level: Int) {
        if self.level != level {
            elements = []
            self.level = level
        }
        elements.append(element)
    }

    /// Hides what was inherited without adding anything.
    mutating func clear(at level: Int) {
        elements = []
        self.level = level
    }

    /// Whether a value was given at this very level.
    func isSet(at level: Int) -> Bool { self.level == level }

    var isEmpty: Bool { elements.isEmpty }
}

/// All settings of a location, complete with what it inherited.
struct Settings: Sendable {
    var client = ClientSettings()
    var tls = TLSSettings()
    var http2 = HTTP2ServerSettings()
    var clientAddress = ClientAddressSettings()
    /// `client_body_temp_path`.
    var contentTemporaryPath = Settings.usualTemporaryPath
    /// Its levels: how many digits of a file's number name each folder, the last digits first.
    var contentPathLevels: [Int] = []
    var response = ResponseSettings()
    var rewrite = RewriteSettings()
    var files = StaticFileSettings()
    var caching = FileCachingSettings()
    var encodings = EncodingSettings()
    var listing = ListingSettings()
    var conditions = ConditionSettings()
    var links = LinkSettings()
    var headers = HeaderSettings()
    var hints = EarlyHintsSettings()
    var charset = CharsetSettings()
    var substitution = SubstitutionSettings()
    var rate = RateSettings()
    var limits = LimitSettings()
    var access = AccessSettings()
    var referers = RefererSettings()
    var secureLink = SecureLinkSettings()
    var authRequest = AuthRequestSettings()
    var mirror = MirrorSettings()
    var addition = AdditionSettings()
    var includes = IncludeSettings()
    var proxy = ProxySettings()
    var peerTLS = PeerTLSSettings()
    var stream = StreamSettings()
    var log = LogSettings()

    /// Where temporary files go unless a configuration says otherwise; they have no names there.
    static let usualTemporaryPath: [UInt8] = Array("/tmp".utf8)
}
