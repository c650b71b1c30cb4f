// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a link must carry to be good, as the configuration says it.

/// `secure_link`, `secure_link_md5` and `secure_link_secret`.
struct SecureLinkSettings: Sendable {
    /// The digest that a request carries, and after a comma when it ends to be good.
    var link: Template?
    /// What that is the digest of.
    var digested: Template?
    /// The older form: the secret that stands behind the path when the digest is made.
    var secret: [UInt8]?
    /// The levels at which the newer and the older form were given.
    var linkLevel = -1
    var secretLevel = -1
}
