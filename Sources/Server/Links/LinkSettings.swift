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

    /// Where the trusted part of every path ends if it is the root, and that is always the same;
    /// else 0.
    ///
    /// The root has no slash behind it; an alias must have one, or names could continue it.
    func trustedRootCount(_ files: StaticFileSettings) -> Int {
        let trustsRoot = trustedPart.map { $0.onlyVariable == .builtIn(.documentRoot) }
        guard policy != .follow, trustsRoot ?? (policy == .beneath),
            let root = files.root.constant, files.aliasNameCount < .max,
            files.aliasNameCount == 0 || root.last == UInt8(ascii: "/"), !root.isEmpty,
            TrustedPath.unmarked(root) == root
        else { return 0 }
        return root.count
    }
}
