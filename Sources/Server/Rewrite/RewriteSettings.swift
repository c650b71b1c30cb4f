// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the rewrite phase tells about itself.

/// `rewrite_log` and `uninitialized_variable_warn`.
struct RewriteSettings: BitwiseCopyable, Sendable {
    /// Whether each match and each new path is logged.
    var isLogged = false
    /// Whether the use of a variable that nothing has set is logged.
    var warnsOfUninitialized = true
}
