// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about symbolic links.

internal import FileCache

/// `disable_symlinks`.
struct LinkSettings: Sendable {
    var policy = SymbolicLinkPolicy.follow
    /// `from=`: what a path must begin with for that part of it to be trusted; nil to trust
    /// nothing, or the root where the policy needs one.
    var trustedPart: Template?
}
