// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about remembering files.

internal import FileCache

/// `file_cache`: the one cache that all locations share.
struct FileCacheSettings: BitwiseCopyable, Sendable {
    /// Whether anything is remembered.
    var isOn = true
    /// `max`.
    var byteLimit = FileCacheLimits().byteLimit
    /// `max_file`.
    var fileByteLimit = FileProfile().contentByteLimit
}

/// What a location says about its files in it.
struct FileCachingSettings: BitwiseCopyable, Sendable, Equatable {
    /// Whether its files are remembered; not with `open_file_cache off`.
    var isOn = true
    /// `open_file_cache max`; nil for the cache's own limit.
    var entryLimit: Int?
    /// `open_file_cache_valid`: how long an answer of the file system holds where changes cannot be
    /// watched.
    ///
    /// Units: milliseconds.
    var checkInterval = FileProfile().checkIntervalMilliseconds
    /// `open_file_cache_errors`: whether it is remembered that there is no file.
    var remembersErrors = true
    /// `asset_grace`: how long an asset is served after it was removed.
    ///
    /// Units: milliseconds.
    var assetGrace = 0
}
