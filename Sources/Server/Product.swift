// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the program calls itself.

/// The name and the version of the program.
package enum Product {
    package static var name: StaticString { "beranda" }
    package static var version: StaticString { "0.1.0" }
    package static var nameAndVersion: StaticString { "beranda/0.1.0" }
    /// The version of nginx whose language is spoken, as `$nginx_version`.
    package static var languageVersion: StaticString { "1.31.5" }
}
