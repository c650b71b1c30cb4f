// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Makes log files that the worker, who has fewer rights, can append to.

internal import OS

/// The log files of a configuration.
enum LogFiles {
    /// A file that cannot be made.
    struct Failure: Error, Equatable {
        let path: String
        let error: Errno

        /// nginx's words.
        var message: String { "open() \"\(path)\" failed (\(error))" }
    }

    /// Creates what is missing, and gives all of it to the worker's user.
    ///
    /// Only regular files with one name are given away, and links are not followed: who may write
    /// to the folder of the logs could otherwise be made the owner of any file.
    static func prepare(_ paths: [String], for user: UserIdentity?) throws(Failure) {
        for path in paths {
            do {
                try prepare(path, for: user)
            } catch {
                throw Failure(path: path, error: error)
            }
        }
    }

    private static func prepare(_ path: String, for user: UserIdentity?) throws(Errno) {
        // A link, as /dev/stdout is one, or a device is the worker's to open.
        if let status = try? FileSystem.status(path, followsLink: false), status.kind != .regular {
            return
        }
        let file = try FileSystem.open(
            path, [.write, .append, .create, .noFollow, .nonBlocking], mode: 0o644)
        guard let user, try file.status().userID != user.userID,
            try file.status().kind == .regular, try Process.linkCount(of: file.number) == 1
        else { return }
        // The group stays: the rights of those who read logs often hang on it.
        try Process.setOwner(of: file.number, user: user.userID)
    }
}
