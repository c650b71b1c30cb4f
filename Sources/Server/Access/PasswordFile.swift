// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The users of an htpasswd file. Knows no file system.

internal import Digests

/// What an htpasswd file says.
///
/// Spec: nginx ngx_http_auth_basic_module: a line is `user:hash`, and whatever follows a second
///       colon is left alone; lines that begin with `#` are comments; the first line of a user
///       counts.
struct PasswordFile: Sendable {
    private var hashes: [[UInt8]: PasswordHash] = [:]

    init(_ content: [UInt8]) {
        for line in content.split(separator: UInt8(ascii: "\n")) {
            guard line.first != UInt8(ascii: "#"), line.first != UInt8(ascii: "\r"),
                let colon = line.firstIndex(of: UInt8(ascii: ":"))
            else { continue }
            let user = Array(line[..<colon])
            guard hashes[user] == nil else { continue }
            let hash = line[(colon + 1)...].prefix {
                $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "\r")
            }
            hashes[user] = PasswordHash(Array(hash))
        }
    }

    /// What is known of a user's password; nil for one who is not in the file.
    func hash(of user: [UInt8]) -> PasswordHash? { hashes[user] }
}
