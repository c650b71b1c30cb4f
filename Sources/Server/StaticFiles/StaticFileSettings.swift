// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about files.

internal import HTTP

/// Where files are, what they are called and how they may be cached.
struct StaticFileSettings: Sendable {
    /// `root` or `alias`.
    var root = Template("html")
    /// Whether `root` came from `alias`: the location's name is cut from the path then.
    var isAlias = false
    /// How much of the path an alias replaces: the name of the location that has it; `.max` in one
    /// with a regular expression, where the alias is the whole path.
    var aliasNameCount = 0
    /// `index`.
    var index = LevelList<Template>()
    /// `types`.
    var mediaTypes = MediaTypes.complete
    /// The block whose `types` they are; 0 for the built-in ones.
    var mediaTypesLevel = 0
    /// The level that stands for an empty table; those of blocks count from 1.
    static var levelOfNoTypes: Int { -1 }
    /// `default_type`.
    var defaultType: [UInt8] = Array("text/plain".utf8)
    /// What `charset` puts behind the media types of `charsetTypes`; no types means all.
    var charset: [UInt8] = []
    var charsetTypes: [[UInt8]] = []
    /// `etag`.
    var hasEntityTags = true
    /// Whether `Last-Modified` is said; not where an `add_header` gives another.
    var hasLastModified = true
    /// Whether parts may be asked for: not with `max_ranges 0`.
    var allowsRanges = true
    /// `spa`: the page for a navigation that finds no file.
    var singlePage: [UInt8]?
    /// `dotfiles`; nil where nothing was said.
    var dotfiles: Dotfiles?
    /// Whether pages are searched for what they name.
    var findsHints = false
    /// `asset_caching auto`.
    var cachesAssets = false
    /// `log_not_found`.
    var logsNotFound = true

    /// What becomes of paths with a dotfile in them.
    ///
    /// Why: a folder that a single-page app was built into is nobody's home. Whatever is hidden in
    ///      there (`.env`, `.git`) was not meant to be published.
    var treatmentOfDotfiles: Dotfiles { dotfiles ?? (singlePage == nil ? .allow : .ignore) }

    /// The media type of the file that a path names.
    func mediaType(of path: Span<UInt8>) -> [UInt8] {
        mediaTypes.type(ofPath: path) ?? defaultType
    }
}

/// What becomes of names that begin with a dot.
enum Dotfiles: BitwiseCopyable, Sendable {
    /// They are files like others.
    case allow
    /// They are forbidden.
    case deny
    /// They do not exist.
    case ignore
}
