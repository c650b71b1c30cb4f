// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Finds the files of a folder that are worth a sibling. It only looks; it changes nothing.

internal import OS

/// A file that is worth siblings.
struct SourceFile: Sendable {
    /// The path below the folder.
    let path: [UInt8]

    /// What the system said when the file was found.
    let status: FileStatus
}

/// A walk through a folder and the folders in it.
///
/// Symbolic links are not followed, so nothing outside of the folder is found; names that begin
/// with a dot are passed over, except `.well-known`, which is served.
struct FolderWalk {
    private let root: [UInt8]
    private let settings: PrecompressionSettings

    /// Every file found, by name.
    private(set) var files: [SourceFile] = []

    /// What could not be looked at.
    private(set) var failures: [PrecompressionReport.Failure] = []

    /// Folders still to be looked into.
    private var waiting: [[UInt8]] = [[]]

    init(_ settings: PrecompressionSettings) {
        root = settings.directory
        self.settings = settings
        while let folder = waiting.popLast() { look(into: folder) }
        files.sort { $0.path.lexicographicallyPrecedes($1.path) }
    }

    private mutating func look(into folder: [UInt8]) {
        do {
            let entries = try FileSystem.listDirectory(Self.join(root, folder))
            let names = Set(entries.map(\.name))
            for entry in entries where !Self.isHidden(entry.name) {
                try look(at: entry, in: folder, beside: names)
            }
        } catch {
            failures.append(PrecompressionReport.Failure(path: folder, reason: error.message))
        }
    }

    private mutating func look(
        at entry: DirectoryEntry, in folder: [UInt8], beside names: Set<[UInt8]>
    ) throws(Errno) {
        let path = Self.join(folder, entry.name)
        if entry.kind == .directory { return waiting.append(path) }
        let isWanted = CompressibleTypes.contain(entry.name)
        // Some file systems do not say what a name stands for.
        guard (entry.kind == .regular && isWanted) || entry.kind == .other else { return }
        guard let status = try? FileSystem.status(Self.join(root, path), followsLink: false)
        else { return }
        if status.kind == .directory { return waiting.append(path) }
        guard status.kind == .regular, isWanted else { return }
        // What is too small may still have siblings of a time when it was not.
        let isLargeEnough = status.size >= settings.byteMinimum
        guard
            isLargeEnough
                || settings.kinds.contains(where: { names.contains(entry.name + $0.suffix) })
        else { return }
        files.append(SourceFile(path: path, status: status))
    }

    private static func isHidden(_ name: [UInt8]) -> Bool {
        name.first == UInt8(ascii: ".") && name != Array(".well-known".utf8)
    }

    /// The path of a name in a folder; an empty folder is the one where the walk begins.
    static func join(_ folder: [UInt8], _ name: [UInt8]) -> [UInt8] {
        if folder.isEmpty || name.isEmpty { return folder + name }
        return folder + [UInt8(ascii: "/")] + name
    }
}
