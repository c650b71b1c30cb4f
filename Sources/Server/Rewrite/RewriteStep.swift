// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a configuration says in the rewrite phase.

/// One step of the rewrite phase of a server or a location.
///
/// Spec: nginx ngx_http_rewrite_module: the directives of this module run in their order.
enum RewriteStep: Sendable {
    /// `set $variable value`: an index into the exchange's values.
    case set(Int, Template)
    /// `set $limit_rate value`.
    case setRate(Template)
    /// `return code [text | address]`.
    case finish(status: Int, Template?)
}
