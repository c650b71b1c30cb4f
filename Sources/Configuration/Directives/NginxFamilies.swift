// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Why directives and variables of nginx are refused, and what to do instead: one list for messages
// and for the manual.

/// Names that are refused for the same reason.
struct NginxFamily: Sendable {
    /// How the names begin.
    let starts: [String]
    /// Names that begin otherwise.
    var names: [String] = []
    /// What to do instead, or when to look again.
    let advice: String
    /// Whether it is still to come.
    var isToCome = false

    /// Finds the family of a directive or of a variable without its dollar sign.
    static func find(_ name: String) -> NginxFamily? {
        all.first { family in
            family.names.contains(name) || family.starts.contains { name.hasPrefix($0) }
        } ?? (name.includes("_by_lua") ? scripts : nil)
    }

    private static let all = gateways + foreign + toCome

    private static func gateway(_ start: String, _ protocolName: String) -> NginxFamily {
        NginxFamily(
            starts: [start],
            advice: "there is no \(protocolName) here; let the application speak HTTP, "
                + "see `proxy_pass`")
    }

    private static let gateways = [
        gateway("fastcgi_", "FastCGI"), gateway("uwsgi_", "uwsgi protocol"),
        gateway("scgi_", "SCGI"), gateway("grpc_", "gRPC"),
        NginxFamily(
            starts: ["memcached_"],
            advice: "there is no memcached client here; let the application ask memcached, "
                + "see `proxy_pass`"),
    ]

    private static let scripts = NginxFamily(
        starts: ["perl", "js_", "lua_"],
        advice: "no scripts run in this server; let an upstream do it")

    private static let foreign = [
        scripts,
        NginxFamily(
            starts: ["geoip"],
            advice: "there are no GeoIP databases here; list addresses with `geo`, or let the "
                + "application look them up"),
        NginxFamily(
            starts: ["image_filter"],
            advice: "images are not changed here; make the sizes during the build, or let the "
                + "application do it"),
        NginxFamily(
            starts: ["xslt_", "xml_"],
            advice: "XML is not transformed here; do it during the build, or in the application"),
        NginxFamily(
            starts: ["dav_"], names: ["create_full_put_path", "min_delete_depth"],
            advice: "files are only read here; let an upstream take uploads, see `proxy_pass`"),
        NginxFamily(
            starts: ["mp4", "flv", "hls"],
            advice: "videos are sent as they are; players seek with ranges, which work"),
        NginxFamily(
            starts: ["ancient_browser", "modern_browser"], names: ["msie"],
            advice: "tell browsers apart with a `map` of $http_user_agent"),
        NginxFamily(
            starts: ["userid", "uid_"],
            advice: "set a cookie with `add_header Set-Cookie`, or let the application do it"),
        NginxFamily(
            starts: ["google_perftools"], names: ["debug_points", "degradation", "degrade"],
            advice: "leave it out; it is for developers of nginx"),
        NginxFamily(
            starts: ["kqueue_", "devpoll_", "eventport_", "iocp_", "acceptex_", "post_acceptex"],
            names: ["epoll_events"],
            advice: "leave it out; there is one way to wait for events here"),
        NginxFamily(
            starts: ["msie_"], advice: "leave it out; the browsers that needed it are gone"),
        NginxFamily(
            starts: ["post_action"],
            advice: "use `mirror`, or let the application do it"),
        NginxFamily(
            starts: ["slice"],
            advice: "leave it out; ranges of a file are sent from any place of it"),
    ]

    private static let toCome = [
        NginxFamily(
            starts: ["ssl", "proxy_ssl_"], advice: "this part of TLS is still to come",
            isToCome: true),
        NginxFamily(
            starts: ["acme_"],
            advice: "certificates are not asked for; certbot's are taken up as they come",
            isToCome: true),
        NginxFamily(
            starts: ["http3", "quic_"], advice: "HTTP/3 is still to come",
            isToCome: true),
        NginxFamily(
            starts: ["proxy_cache", "proxy_store", "upstream_cache"], names: ["proxy_no_cache"],
            advice: "answers of peers are not kept yet; let the application send "
                + "Cache-Control, so that browsers keep them",
            isToCome: true),
    ]
}
