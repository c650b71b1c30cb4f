// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about answers before the answer.

/// `early_hints`.
struct EarlyHintsSettings: Sendable {
    /// Whether pages are searched for what they name.
    var isAutomatic = false
    /// A client may be sent a 103 when one of these is neither empty nor "0".
    var conditions = LevelList<Template>()
}
