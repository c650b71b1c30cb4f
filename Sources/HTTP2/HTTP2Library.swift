// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which nghttp2 speaks HTTP/2.

internal import CNGHTTP2

/// The nghttp2 that frames and compresses fields.
package enum HTTP2Library {
    /// As `nghttpd --version` says it: "1.52.0".
    package static var version: String { NGHTTP2_VERSION }
}
