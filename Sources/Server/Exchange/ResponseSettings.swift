// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about every response, whoever makes it.

/// `error_page`, redirects and how the server names itself.
struct ResponseSettings: Sendable {
    /// `error_page`.
    var errorPages = LevelList<ErrorPage>()
    /// `recursive_error_pages`.
    var allowsRecursiveErrorPages = false
    /// `server_tokens`.
    var tellsVersion = true
    /// `absolute_redirect`.
    var redirectsAbsolutely = true
    /// `server_name_in_redirect`.
    var usesServerNameInRedirects = false
    /// `port_in_redirect`.
    var usesPortInRedirects = true
    /// `chunked_transfer_encoding`.
    var allowsChunked = true
}

/// One `error_page` row for one status.
struct ErrorPage: Sendable {
    var status: Int
    var answer: Answer
    /// `/path`, `@name` or an address.
    var target: Template

    /// The status that the client sees.
    enum Answer: Sendable {
        /// The one that led here.
        case same
        /// `=code`.
        case code(Int)
        /// `=`: what the page itself answers.
        case own
    }
}
