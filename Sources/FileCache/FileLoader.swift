// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Opens, checks and reads what is at one path, and makes the entry for it. It remembers nothing and
// watches nothing.

internal import HTTP
internal import Memory
internal import OS

/// Asks the file system about paths, as one profile wants it.
struct FileLoader {
    private let profile: FileProfile
    /// Larger contents stay in the file.
    private let heldByteLimit: Int
    /// Larger contents are not read yet.
    private let readByteLimit: Int

    /// - Parameters:
    ///   - heldByteLimit: how much of one file there is room for.
    ///   - readsAll: whether there is time to read more than a little.
    init(_ profile: FileProfile, heldByteLimit: Int, readsAll: Bool) {
        self.profile = profile
        self.heldByteLimit = min(
            profile.contentByteLimit, max(heldByteLimit, Self.promptByteLimit))
        readByteLimit = readsAll ? .max : Self.promptByteLimit
    }

    /// What a load came to.
    struct Loaded {
        /// Held for the caller.
        var entry: FileEntryRef
        /// Whether the file held still while it was read, and the system could read it.
        var isStable: Bool
    }

    /// The names whose changes change the answer for `path`.
    func names(for path: [UInt8]) -> [[UInt8]] {
        let path = TrustedPath.unmarked(path)
        var names = [path]
        if profile.encodings.gzip.siblings != .off { names.append(path + Self.gzipSuffix) }
        if profile.encodings.brotli.siblings != .off { names.append(path + Self.brotliSuffix) }
        return names
    }

    /// Finds out what is at a path.
    ///
    /// - Parameter checkedAt: now, when nobody watches the path.
    func load(_ key: FileKey, checkedAt: Instant?) -> Loaded {
        for _ in 0..<Self.attemptLimit {
            if let entry = attempt(key, checkedAt, toleratesChange: false) {
                return Loaded(entry: entry, isStable: !entry.hasFailed)
            }
        }
        // It changes faster than it can be read: whatever it holds goes out from the open file.
        let entry = attempt(key, checkedAt, toleratesChange: true)
        return Loaded(
            entry: entry ?? self.entry(key, .failed(.again), checkedAt), isStable: false)
    }

    /// Whether the file system still says what it said when the entry was made.
    func isUnchanged(_ entry: FileEntryRef, _ path: [UInt8]) -> Bool {
        switch entry.kind {
        case .file, .directory, .missing:
            return names(for: path).map { Self.stamp(of: $0) } == entry.stamps
        case .denied, .failed:
            return false
        }
    }

    // MARK: One attempt

    /// One attempt; nil if the file changed while it was read.
    private func attempt(
        _ key: FileKey, _ checkedAt: Instant?, toleratesChange: Bool
    ) -> FileEntryRef? {
        do throws(Errno) {
            let file = try profile.open(key.path)
            let status = try file.status()
            switch status.kind {
            case .directory: return entry(key, .directory, checkedAt)
            case .regular:
                return try regularFile(
                    file, status, key, checkedAt, toleratesChange: toleratesChange)
            default: return entry(key, .denied(.noSuchDevice), checkedAt)
            }
        } catch {
            return entry(key, Self.kind(of: error), checkedAt)
        }
    }

    private static func kind(of error: Errno) -> FileKind {
        switch error {
        case .noSuchFile, .notDirectory, .nameTooLong: .missing(error)
        case .accessDenied, .notPermitted, .loop, .crossesDevices, .noSuchDevice: .denied(error)
        default: .failed(error)
        }
    }

    // MARK: Entries

    private func entry(
        _ key: FileKey, _ kind: FileKind, _ checkedAt: Instant?
    ) -> FileEntryRef {
        FileEntryRef(
            FileEntry(
                key: key, kind: kind,
                stamps: checkedAt == nil ? [] : names(for: key.path).map { Self.stamp(of: $0) },
                checkedAt: checkedAt))
    }

    private func regularFile(
        _ file: consuming FileDescriptor, _ status: FileStatus, _ key: FileKey,
        _ checkedAt: Instant?, toleratesChange: Bool
    ) throws(Errno) -> FileEntryRef? {
        let stamp = FileStamp(status)
        let file = try representation(
            of: file, stamp, key.path, [], toleratesChange: toleratesChange)
        guard let file else { return nil }
        var entry = FileEntry(key: key, kind: .file, stamps: [stamp], checkedAt: checkedAt)
        entry.identity = file
        if profile.encodings.gzip.siblings != .off {
            entry.gzip = sibling(.gzip, of: stamp, key.path, &entry.stamps)
        }
        if profile.encodings.brotli.siblings != .off {
            entry.brotli = sibling(.brotli, of: stamp, key.path, &entry.stamps)
        }
        entry.awaitsContent =
            isAwaited(entry.identity) || isAwaited(entry.gzip)
            || isAwaited(entry.brotli)
        let description = FileDescription(profile, key.path, stamp)
        entry.lastModified = description.lastModified
        entry.mediaType = HeapBytes(description.mediaType.span)
        if profile.findsHints, description.isPage {
            entry.hintLine = HeapBytes(PageLinks.fieldLine(for: file.content).span)
        }
        entry.setEncodable(file.isInMemory && !toleratesChange ? description.encodable : [])
        return FileEntryRef(entry)
    }

    /// The encoded form that lies beside the file, unless there is none or it is older.
    private func sibling(
        _ coding: ContentCodings, of original: FileStamp, _ path: [UInt8],
        _ stamps: inout [FileStamp?]
    ) -> RepresentationRef? {
        stamps.append(nil)
        do throws(Errno) {
            let file = try profile.open(path + Self.suffix(of: coding))
            let status = try file.status()
            guard status.kind == .regular else { return nil }
            let stamp = FileStamp(status)
            stamps[stamps.count - 1] = stamp
            guard !stamp.isOlder(than: original) else { return nil }
            return try representation(of: file, stamp, path, coding, toleratesChange: false)
        } catch {
            return nil
        }
    }

    /// A file's bytes as a representation; nil if it changed while it was read.
    private func representation(
        of file: consuming FileDescriptor, _ stamp: FileStamp, _ path: [UInt8],
        _ coding: ContentCodings, toleratesChange: Bool
    ) throws(Errno) -> RepresentationRef? {
        let description = FileDescription(profile, path, stamp)
        if stamp.byteCount > min(heldByteLimit, readByteLimit) || toleratesChange {
            return description.representation(
                coding, stamp, content: nil, descriptor: file, isMadeHere: false)
        }
        guard let content = Self.read(file, stamp.byteCount) else { return nil }
        // Reading takes several calls, and a writer may have come between two of them.
        guard FileStamp(try file.status()) == stamp else { return nil }
        return description.representation(
            coding, stamp, content: content, descriptor: nil, isMadeHere: false)
    }

    /// Whether a form is still in its file only because reading it takes too long for now.
    private func isAwaited(_ form: RepresentationRef?) -> Bool {
        guard let form, !form.isInMemory else { return false }
        return form.byteCount > readByteLimit && form.byteCount <= heldByteLimit
    }

    /// The first `count` bytes; nil if there are fewer.
    private static func read(_ file: borrowing FileDescriptor, _ count: Int) -> HeapBytes? {
        HeapBytes(count: count) { position, room in
            guard case .bytes(let count) = file.read(into: room, at: position) else { return nil }
            return count
        }
    }

    private static func stamp(of path: [UInt8]) -> FileStamp? {
        (try? FileSystem.status(path)).map { FileStamp($0) }
    }

    private static func suffix(of coding: ContentCodings) -> [UInt8] {
        coding == .brotli ? brotliSuffix : gzipSuffix
    }

    // MARK: Constants

    private static let gzipSuffix = Array(".gz".utf8)
    private static let brotliSuffix = Array(".br".utf8)
    private static var attemptLimit: Int { 3 }
    /// What a loop reads while it answers: one read of a disk.
    private static var promptByteLimit: Int { 64 << 10 }
}
