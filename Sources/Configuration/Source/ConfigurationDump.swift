// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The whole configuration as text, as `-T` prints it.

/// All files that were read, each under a line that names it, in nginx's format.
package func configurationDump(_ sources: [SourceFile]) -> [UInt8] {
    var text: [UInt8] = []
    for file in sources where file.isFile {
        text += "# configuration file \(file.path):\n".utf8
        text += file.bytes
        text.append(UInt8(ascii: "\n"))
    }
    return text
}
