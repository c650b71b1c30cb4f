// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads the media types that a filter is for: gzip_types, charset_types and their like.

internal import Configuration
internal import Memory

extension Invocation {
    /// Adds the arguments to the media types of a level.
    ///
    /// Spec: nginx `…_types`: text/html is meant without being named.
    /// - Parameter always: What text/html always does, as in "it always … ".
    mutating func readMediaTypes(
        into types: inout LevelList<[UInt8]>, at level: Int, always: String
    ) throws(Diagnostic) {
        for index in arguments.indices {
            let type = bytes(index).map(\.asciiLowercased)
            if type == Array("text/html".utf8) {
                warn(
                    at: index, "duplicate MIME type \"text/html\"",
                    expected: "it always \(always)")
                continue
            }
            if types.isSet(at: level), types.elements.contains(type) { continue }
            types.append(type, at: level)
        }
    }
}
