// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Chooses a file of a directory by chance, on whatever thread it is told to.

internal import FileCache
internal import Memory
internal import OS
internal import Synchronization

/// The choice of one file.
final class RandomIndexJob: Sendable {
    /// What the choice came to.
    enum Outcome: Sendable, Equatable {
        case pending
        case file([UInt8])
        /// There is no file.
        case none
        case failed(Errno)
    }

    private let path: [UInt8]
    private let profile: FileProfile
    private let outcome = Mutex(Outcome.pending)

    /// - Parameter path: what `profile` opens.
    init(_ path: [UInt8], _ profile: FileProfile) {
        self.path = path
        self.profile = profile
    }

    var result: Outcome { outcome.withLock { $0 } }

    /// Makes the choice.
    func run() {
        let found: Outcome
        do throws(Errno) {
            found = try choose().map(Outcome.file) ?? .none
        } catch {
            found = .failed(error)
        }
        outcome.withLock { $0 = found }
    }

    /// Every file has the same chance, and no more than one name is held.
    ///
    /// Spec: nginx ngx_http_random_index_module: names that begin with a dot are left out, and a
    ///       link is what it leads to.
    private func choose() throws(Errno) -> [UInt8]? {
        var reader = try DirectoryReader(try profile.open(path, [.read, .directory]))
        var chance = Random.number()
        var count: UInt64 = 0
        var chosen: [UInt8]?
        while let name = try reader.next() {
            guard name.first != UInt8(ascii: "."), Self.isFile(name, reader) else { continue }
            count += 1
            chance = chance &* 0x5851_F42D_4C95_7F2D &+ 0x1405_7B7E_F767_814F
            if (chance >> 32).multipliedFullWidth(by: count << 32).high == 0 { chosen = name }
        }
        return chosen
    }

    private static func isFile(_ name: [UInt8], _ directory: borrowing DirectoryReader) -> Bool {
        (try? directory.status(of: name, followsLink: true))?.kind == .regular
    }
}
