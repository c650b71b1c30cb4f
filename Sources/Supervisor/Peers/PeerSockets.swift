// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The folders in which managed peers make their Unix sockets.

internal import OS

/// A folder for all, and in it one for each peer, who owns it.
enum PeerSockets {
    /// Where it can be, the best place first.
    ///
    /// Short, for a socket's path must be.
    private static let places = ["/run", "/tmp"]

    /// Makes the folder of one peer, in the folder for all.
    ///
    /// - Parameter owner: who the peer becomes.
    static func prepare(
        _ folder: String, slot: PeerSlot, owner: UserIdentity?
    ) throws(PeerStartFailure) {
        let own = "\(folder)/\(slot.number)"
        do throws(Errno) {
            // It may be there since an earlier life.
            if (try? FileSystem.status(own, followsLink: false)) == nil {
                try FileSystem.makeDirectory(own, mode: 0o711)
            }
            if Process.isPrivileged, let owner {
                try FileSystem.setOwner(own, user: owner.userID, group: owner.groupID)
            }
        } catch {
            throw PeerStartFailure(message: "mkdir() \"\(own)\" failed (\(error))")
        }
    }

    /// Makes the folder for all.
    static func makeFolder() throws(PeerStartFailure) -> String {
        // A name that nobody can have taken before: these folders are everybody's.
        let name = "beranda-" + String(UInt32.random(in: .min ... .max), radix: 36)
        for place in places {
            let folder = "\(place)/\(name)"
            do throws(Errno) {
                try FileSystem.makeDirectory(folder, mode: 0o711)
                return folder
            } catch {
                continue
            }
        }
        throw PeerStartFailure(
            message: "no folder for its socket can be made in \(places.joined(separator: " or "))")
    }

    /// Removes all, as far as it is there.
    static func removeFolder(_ folder: String) {
        for entry in (try? FileSystem.listDirectory(folder)) ?? [] {
            let own = folder + "/" + String(decoding: entry.name, as: UTF8.self)
            for socket in (try? FileSystem.listDirectory(own)) ?? [] {
                _ = try? FileSystem.unlink(own + "/" + String(decoding: socket.name, as: UTF8.self))
            }
            _ = try? FileSystem.removeDirectory(own)
        }
        _ = try? FileSystem.removeDirectory(folder)
    }
}
