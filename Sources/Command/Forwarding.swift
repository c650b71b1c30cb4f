// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What peers are told of clients when there is no configuration file.
//
// Whatever a client says of itself is replaced, so that an application can believe these fields.
// What a proxy says that the user trusts is kept.

/// The part of a made-up configuration that says who asks.
struct Forwarding: Equatable, Sendable {
    /// The addresses of proxies that are believed, as `set_real_ip_from` takes them.
    let trustedProxies: [String]

    /// Lines outside of the server.
    var definitions: [String] {
        var lines = [
            // An address of IPv6 has brackets and quotes in `Forwarded` (RFC 7239 §6).
            #"map $remote_addr $forwarded_for {"#,
            #"    default $remote_addr;"#,
            #"    unix: unknown;"#,
            #"    ~: "\"[$remote_addr]\"";"#,
            "}", "",
            "map $request_port $own_port {",
            "    default $request_port;",
            #"    "" 80;"#,
            "}", "",
        ]
        guard !trustedProxies.isEmpty else { return lines }
        lines.append("geo $realip_remote_addr $from_proxy {")
        lines += trustedProxies.map { "    \($0) 1;" }
        lines += [#"    default 0;"#, "}", ""]
        lines += map("proto", "http|https", else: "$scheme")
        lines += map("host", #"[A-Za-z0-9._:\[\]-]+"#, else: "$http_host")
        return lines + map("port", "[0-9]+", else: "$own_port")
    }

    /// What is said of the client's side: by the proxy where it is believed and sound, else by us.
    private func map(_ name: String, _ pattern: String, else own: String) -> [String] {
        [
            "map \"$from_proxy $http_x_forwarded_\(name)\" $forwarded_\(name) {",
            "    default \(own);",
            "    \"~^1 (\(pattern))$\" $1;",
            "}", "",
        ]
    }

    /// Lines within the server.
    var fields: [String] {
        let isTrusting = !trustedProxies.isEmpty
        let proto = isTrusting ? "$forwarded_proto" : "$scheme"
        let host = isTrusting ? "$forwarded_host" : "$http_host"
        let port = isTrusting ? "$forwarded_port" : "$own_port"
        let sources = trustedProxies.map { "set_real_ip_from \($0);" }
        let order = ["real_ip_header X-Forwarded-For;", "real_ip_recursive on;"]
        return (isTrusting ? sources + order : []) + [
            "proxy_set_header Host $http_host;",
            "proxy_set_header X-Real-IP $remote_addr;",
            "proxy_set_header X-Forwarded-For $remote_addr;",
            "proxy_set_header X-Forwarded-Proto \(proto);",
            "proxy_set_header X-Forwarded-Host \(host);",
            "proxy_set_header X-Forwarded-Port \(port);",
            #"proxy_set_header Forwarded "for=$forwarded_for;host=\"\#(host)\";proto=\#(proto)";"#,
        ]
    }
}
