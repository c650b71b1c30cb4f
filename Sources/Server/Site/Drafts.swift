// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The blocks of a configuration as their directives fill them in.
//
// A draft holds what was written, with the settings that it inherited; `SiteBuilder` makes a `Site`
// of all of them.

internal import Configuration
internal import OS

/// Settings that `http`, `server` and `location` have in common, and the level they are set at.
struct LevelDraft {
    var settings = Settings()
    let site: SiteDraft
    /// Which block this is: lists that are set in it hide those of the blocks around it.
    let level: Int
    /// The directive among `root` and `alias` that stood in this very block.
    var rootDirective: String?
    /// The block whose `gzip_proxied` holds.
    var proxiedAnswersLevel = 0
    /// The block whose `proxy_next_upstream` holds.
    var retryConditionsLevel = 0
    /// What `proxy_redirect default` means behind the `proxy_pass` of this very block.
    var standardRedirect: StandardRedirect?
    /// The block whose `keepalive_disable` holds.
    var agentsNotKeptLevel = 0
    /// Where the first `add_header` and `add_trailer` of this very block are.
    var addedFieldsLocation: SourceLocation?
    var trailersLocation: SourceLocation?

    init(_ site: SiteDraft) {
        self.site = site
        level = site.beginLevel()
    }

    /// The level of a block within this one.
    var nested: LevelDraft {
        var nested = LevelDraft(site)
        nested.settings = settings
        nested.settings.headers.enter()
        return nested
    }
}

/// The main level; `http` adds to it.
struct MainDraft {
    var level: LevelDraft
    var processes = ProcessSettings()
}

/// A `server`.
struct ServerDraft {
    /// What holds where no location does.
    var place: LocationDraft
    var listens: [ListenDraft] = []
    var names: [ServerNameDraft] = []
    let location: SourceLocation
    /// Whether it stands in `stream`.
    let language: BlockLanguage

    init(_ level: LevelDraft, at location: SourceLocation, in language: BlockLanguage = .http) {
        place = LocationDraft(level)
        self.location = location
        self.language = language
    }
}

/// One address of a `listen`.
struct ListenDraft {
    var address: SocketAddress
    var options = ListenerOptions()
    /// Whether options of the socket were given.
    var hasOptions = false
    var isDefault = false
    var protocols: ListenProtocols.Kinds = []
    let location: SourceLocation?
}

/// One name of a `server_name`.
enum ServerNameDraft {
    /// In lower case.
    case name([UInt8], SourceLocation)
    /// An index of `Site.regexes`, and the pattern with its tilde.
    case pattern(Int, written: [UInt8])
}

/// A `location`, or a server as the outermost one.
struct LocationDraft {
    /// How a location is chosen.
    enum Match: Equatable {
        /// The server itself.
        case server
        case exact
        case prefix(skipsRegexes: Bool)
        /// An index of `Site.regexes`.
        case pattern(Int)
        case named
    }

    var level: LevelDraft
    var origin = BlockOrigin()
    var name: [UInt8] = []
    var match = Match.server
    var isInternal = false
    var script = RewriteDraft()
    var tryFiles: TryFiles?
    var proxyPass: ProxyPassDraft?
    var healthCheck: HealthCheckDraft?
    /// The handler that a directive without arguments has chosen.
    var ownHandler: Location.Handler?
    var nested: [LocationDraft] = []
    /// What the blocks of `if` and `limit_except` make: settings of their own for this location.
    var innerLocations: [LocationDraft] = []
    /// What a server in `stream` does.
    var stream: StreamDraft?
    /// Which of them `limit_except` has made, and the methods that it is not for.
    var limitedLocation: Int?
    var exceptedMethods = MethodSet()
    /// Whether this is such a block.
    var isInner = false
    /// The `proxy_pass` that such a block inherits, unless it has its own.
    var inheritedPass: ProxyPassDraft?

    init(_ level: LevelDraft) {
        self.level = level
    }

    /// A location within this one, which inherits its settings and nothing else.
    var child: LocationDraft { LocationDraft(level.nested) }

    /// A block within this one whose settings take the place of its own for some requests.
    ///
    /// It inherits who answers, too.
    var inner: LocationDraft {
        var inner = child
        inner.isInner = true
        inner.name = name
        inner.match = match
        inner.ownHandler = ownHandler
        inner.inheritedPass = proxyPass
        return inner
    }
}

/// A `proxy_pass` before it is known which peers its name stands for.
struct ProxyPassDraft {
    enum Destination {
        case address(UpstreamURL)
        case template(Template)
    }

    let destination: Destination
    /// Whether TLS is to be spoken, or may be: only the value of variables can tell.
    let mayBeSecure: Bool
    /// The whole argument.
    let written: [UInt8]
    let location: SourceLocation
}

/// An `upstream`.
struct UpstreamDraft {
    let name: [UInt8]
    /// Where the processes of commands start: what relative paths are relative to.
    var directory = ""
    var peers: [Peer] = []
    /// The commands whose processes are among the peers.
    var commands: [PeerCommand] = []
    var balancing = BalancingDraft()
    var sticky: Sticky?
    var queue: PeerQueue?
    var keepAlive = UpstreamKeepAlive()
    /// `proxy_hold`.
    var holdTime: Int?
    var isImplicit = false
    var language = BlockLanguage.http
    /// What all blocks have in common; nil for an address of a `proxy_pass`.
    var site: SiteDraft?
    /// The servers that are resolved again and again.
    var named: [NamedPeers] = []
    /// Its own `resolver`.
    var resolver: Int?
    /// Its own `resolver_timeout`.
    ///
    /// Units: milliseconds.
    var resolverTimeout: Int?
}
