// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which OpenSSL speaks TLS.

internal import COpenSSL

/// The OpenSSL that TLS is from.
package enum TLSLibrary {
    /// As `openssl version` says it: "3.0.22".
    ///
    /// Why: not asked at run time: the library is linked statically, so this one is as true.
    package static var version: String { OPENSSL_VERSION_STR }
}
