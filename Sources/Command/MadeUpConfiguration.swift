// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The configuration that is meant when there is no configuration file.
//
// It is written out in the configuration's own language, so that there is one way to configure the
// server, and so that a user can begin a site.conf with what `-T` prints.

/// A folder, a port and the peers behind `/api`, as a configuration.
package struct MadeUpConfiguration: Equatable, Sendable {
    /// Where a frontend's build tool usually puts its result, the likeliest first.
    package static let usualDirectories = ["public", "dist", "build"]

    /// The configuration file that is read when none is named.
    package static let usualFile = "site.conf"

    /// Where to listen when no port is named.
    package static let usualPort: UInt16 = 3000

    /// The folder to serve.
    package let directory: String

    /// Where to listen.
    package let port: UInt16

    /// The peers that answer `/api`, as `server` takes them.
    package let apiAddresses: [String]

    /// What those peers are told of clients.
    private let forwarding = Forwarding(trustedProxies: [])

    /// The program that answers `/api`, and its arguments.
    package let command: [String]

    /// How many processes of it there are.
    package let instanceCount: Int

    /// Fails for a folder with a dollar sign in its name, which a configuration cannot say.
    package init?(
        directory: String, port: UInt16?, apiAddresses: [String], command: [String] = [],
        instanceCount: Int = 1
    ) {
        guard !directory.utf8.contains(UInt8(ascii: "$")) else { return nil }
        self.directory = directory
        self.port = port ?? Self.usualPort
        self.apiAddresses = apiAddresses
        self.command = command
        self.instanceCount = instanceCount
    }

    /// Whether somebody answers `/api`.
    private var hasAPI: Bool { !apiAddresses.isEmpty || !command.isEmpty }

    /// The configuration as one would write it by hand.
    package var text: String {
        var lines: [String] = []
        if hasAPI {
            lines.append("upstream api {")
            lines += apiAddresses.map { "    server \($0);" }
            if !command.isEmpty { lines.append("    \(execLine)") }
            lines += ["}", ""]
            lines += forwarding.definitions
        }
        lines += [
            "server {",
            "    listen \(port);",
            "    root \(Self.quoted(directory));",
            "    spa on;",
            "    asset_caching auto;",
            "    disable_symlinks outside;",
            // A port that is mapped, or HTTPS in front, is nothing that redirects could know of.
            "    absolute_redirect off;",
            // What is built is in UTF-8, and a text without markup cannot say so itself.
            "    charset utf-8;",
            "    gzip_vary on;",
        ]
        for coding in ["gzip", "brotli", "zstd"] {
            lines += [
                "",
                "    \(coding) on;",
                "    \(coding)_static on;",
                "    \(coding)_types \(Self.textTypes);",
                // What fits a packet gains nothing, and an error page is made for each request.
                "    \(coding)_min_length 256;",
            ]
        }
        if hasAPI {
            lines += [
                "",
                // What browsers upload is larger than the usual megabyte.
                "    client_max_body_size 64m;",
            ]
            lines += forwarding.fields.map { "    " + $0 }
            lines += [
                "",
                // Whoever builds the site sits at this machine.
                "    proxy_error_details local;",
                "    server_timing local;",
                "",
                // Two locations rather than one prefix: /apiary is a page of the frontend.
                "    location = /api { proxy_pass http://api; }",
                "    location /api/ { proxy_pass http://api; }",
            ]
        }
        return lines.joined(separator: "\n") + "\n}\n"
    }

    /// The command as one text, with quotes around the words that need them.
    private var execLine: String {
        let words = command.map { word in
            let isPlain = word.utf8.allSatisfy { Self.isPlain($0) } && !word.isEmpty
            if isPlain { return word }
            // By scalars: a quote with a mark above it is a character of its own.
            let escaped = word.unicodeScalars.map { $0 == "'" ? "'\\''" : String($0) }
            return "'\(escaped.joined())'"
        }
        let count = instanceCount > 1 ? " instances=\(instanceCount)" : ""
        return "exec \(Self.quoted(words.joined(separator: " ")))\(count);"
    }

    /// Letters, digits, and marks that mean nothing to anybody.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte > 0x7F || Array("-_./:=@%+,".utf8).contains(byte)
            || (48...57).contains(byte) || (65...90).contains(byte & 0xDF)
    }

    /// What is worth compressing in a build, beside HTML.
    private static let textTypes = """
        text/css text/plain text/javascript application/javascript application/json \
        application/manifest+json application/wasm image/svg+xml
        """

    /// A text as one word of the configuration language, whatever it contains.
    ///
    /// In quotes only the quote and the backslash are special, and the dollar sign refused above.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for character in text {
            if character == "\"" || character == "\\" { result += "\\" }
            result.append(character)
        }
        return result + "\""
    }
}
