// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Variables that judge a request, and keep to what they have said.

internal import HTTP

/// What has been found out about a request once and for all, whatever becomes of its path.
struct CheckedValues: BitwiseCopyable {
    /// `$invalid_referer`.
    var refererVerdict: ByteRange?
    var hasSecureLink = false
    /// `$secure_link`.
    var secureLink: ByteRange?
    /// `$secure_link_expires`.
    var linkExpiry: ByteRange?
}
