// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the program calls itself.

internal import Compression
package import Configuration
internal import Digests
internal import HTTP2
internal import Regex
internal import Resolver
internal import TLS

/// The name and the version of the program.
package enum Product {
    package static var name: StaticString { "beranda" }
    package static var version: StaticString { "0.1.0" }
    package static var nameAndVersion: StaticString { "beranda/0.1.0" }
    /// The version of nginx whose language is spoken, as `$nginx_version`.
    package static var languageVersion: StaticString { "1.31.5" }

    /// The libraries that are linked in, each with the version that it gives itself.
    package static var libraries: [String] {
        [
            "zlib \(Zlib.version)", "brotli \(Brotli.version)", "zstd \(Zstd.version)",
            "PCRE2 \(Regex.libraryVersion)", "c-ares \(Resolver.libraryVersion)",
            "OpenSSL \(TLSLibrary.version)", "nghttp2 \(HTTP2Library.version)",
            "libxcrypt \(CryptLibrary.version)",
        ]
    }

    /// The modules of nginx, by what of them works.
    package static var modules: WorkingModules { SiteTables.catalog.workingModules }
}
