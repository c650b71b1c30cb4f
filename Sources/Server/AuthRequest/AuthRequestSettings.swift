// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about asking somebody else whether a request is allowed.

/// The `auth_request…` directives of a level.
struct AuthRequestSettings: Sendable {
    /// The path that is asked; nil for `off`.
    var path: [UInt8]?
    /// `auth_request_set`.
    var variables = LevelList<AuthRequestVariable>()
}

/// One `auth_request_set`.
struct AuthRequestVariable: Sendable {
    enum Target: Sendable {
        /// An index into the exchange's values.
        case stored(Int)
        case arguments
        case limitRate
    }

    var target: Target
    /// Evaluated in the subrequest.
    var value: Template
}
