// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about server side includes.

/// The `ssi…` directives of a level.
struct IncludeSettings: Sendable {
    /// `ssi`.
    var isOn = false
    /// `ssi_silent_errors`.
    var hidesErrors = false
    /// `ssi_last_modified`.
    var keepsLastModified = false
    /// `ssi_types`, besides `text/html`; "*" for all.
    var types = LevelList<[UInt8]>()
    /// `ssi_value_length`.
    var valueByteLimit = 256
    /// `subrequest_output_buffer_size`.
    var capturedByteLimit = 8 << 10

    /// The media types of pages with commands, in lower case; none where there are none.
    var mediaTypes: [[UInt8]] {
        isOn ? [Array("text/html".utf8)] + types.elements : []
    }
}
