// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The folders for what does not fit into memory, before workers need them.

internal import OS

/// The temporary folders that a configuration names.
enum TemporaryFolders {
    /// Makes those that are missing and gives them to the worker's user; what is there stays as it
    /// is.
    ///
    /// - Returns: a message for each that could not be made. None of them keeps a server from
    ///   serving: a worker refuses the content that it would have put there.
    static func prepare(_ paths: [String], for user: UserIdentity?) -> [String] {
        paths.compactMap { path -> String? in
            do throws(Errno) {
                try prepare(path, for: user)
                return nil
            } catch {
                // Whoever made it first, it is there.
                return error == .exists ? nil : "mkdir() \"\(path)\" failed (\(error))"
            }
        }
    }

    private static func prepare(_ path: String, for user: UserIdentity?) throws(Errno) {
        try FileSystem.makeDirectory(path, mode: 0o700)
        guard let user else { return }
        let folder = try FileSystem.open(path, [.read, .directory, .noFollow])
        try Process.setOwner(of: folder.number, user: user.userID)
    }
}
