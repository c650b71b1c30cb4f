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
    /// Larger contents are not encoded in advance.
    private var encodedByteLimit: Int { FileCache.encodedShare * heldByteLimit }

    /// Finds a file that is served though its name is gone.
    var remainder: (([UInt8]) -> KeptAssets.Remainder?)?
    /// Is shown every file that was opened, to keep it open when its name is gone.
    var keep: ((borrowing FileDescriptor, FileStamp) -> Void)?
    /// Whether the folder of the file is to be looked through before anybody is answered.
    var awaitsSurvey = false

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
        return [path] + siblings.map { path + $0.suffix }
    }

    /// The codings that are looked for beside a file.
    private var siblings: [ContentCoding] {
        [.brotli, .zstd, .gzip].filter { profile.encodings[$0].siblings != .off }
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

    /// A file to keep open, as long as it may be served at all.
    func openToKeep(_ path: [UInt8]) -> KeptFile? {
        guard let file = try? profile.open(path), let status = try? file.status(),
            status.kind == .regular
        else { return nil }
        return KeptFile(file, FileStamp(status))
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
                keep?(file, FileStamp(status))
                return try regularFile(
                    file, status, key, checkedAt, nil, toleratesChange: toleratesChange)
            default: return entry(key, .denied(.noSuchDevice), checkedAt)
            }
        } catch {
            let kind = Self.kind(of: error)
            if case .missing = kind {
                if let entry = imposedSibling(key, checkedAt) { return entry }
                if let entry = removedFile(key, checkedAt) { return entry }
            }
            return entry(key, kind, checkedAt)
        }
    }

    /// The entry of an asset that was removed a while ago.
    private func removedFile(_ key: FileKey, _ checkedAt: Instant?) -> FileEntryRef? {
        guard let remainder = remainder?(key.path) else { return nil }
        do throws(Errno) {
            let file = try remainder.file.descriptor.duplicate()
            let status = try file.status()
            return try regularFile(
                file, status, key, checkedAt, remainder, toleratesChange: false)
        } catch {
            return nil
        }
    }

    /// The entry of a file of which there is only an encoded form that everybody gets.
    ///
    /// Spec: nginx `gzip_static always`.
    private func imposedSibling(_ key: FileKey, _ checkedAt: Instant?) -> FileEntryRef? {
        guard siblings.contains(where: { profile.encodings[$0].siblings == .always }) else {
            return nil
        }
        var entry = draft(key, .file, [nil], checkedAt)
        guard addSiblings(to: &entry, key.path), let stamp = entry.stamps.compactMap({ $0 }).first
        else { return nil }
        let description = FileDescription(profile, key.path, stamp)
        entry.awaitsContent = isAwaited(entry.identity)
        entry.lastModified = description.lastModified
        entry.mediaType = HeapBytes(description.mediaType.span)
        return FileEntryRef(entry)
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
        let stamps = checkedAt == nil ? [] : names(for: key.path).map { Self.stamp(of: $0) }
        return FileEntryRef(draft(key, kind, stamps, checkedAt))
    }

    private func draft(
        _ key: FileKey, _ kind: FileKind, _ stamps: [FileStamp?], _ checkedAt: Instant?
    ) -> FileEntry {
        var entry = FileEntry(key: key, kind: kind, stamps: stamps, checkedAt: checkedAt)
        entry.checkInterval = Int64(profile.checkIntervalMilliseconds)
        return entry
    }

    private func regularFile(
        _ file: consuming FileDescriptor, _ status: FileStatus, _ key: FileKey,
        _ checkedAt: Instant?, _ remainder: KeptAssets.Remainder?, toleratesChange: Bool
    ) throws(Errno) -> FileEntryRef? {
        let stamp = FileStamp(status)
        let description = FileDescription(profile, key.path, stamp)
        let encodable = description.encodable
        var entry = draft(key, .file, [stamp], remainder?.now ?? checkedAt)
        if let remainder {
            // True until its grace is over, unless somebody must look again sooner.
            let rest = remainder.end - remainder.now
            entry.checkInterval = checkedAt == nil ? rest : min(rest, entry.checkInterval)
            entry.isRemainder = true
        }
        if addSiblings(to: &entry, key.path) {
            entry.awaitsContent = awaitsSurvey || isAwaited(entry.identity)
            entry.lastModified = description.lastModified
            entry.mediaType = HeapBytes(description.mediaType.span)
            return FileEntryRef(entry)
        }
        let varies = !encodable.isEmpty || !entry.encoded.isEmpty
        let form = try form(
            of: file, stamp, description, .identity, varies: varies,
            toleratesChange: toleratesChange)
        guard let form else { return nil }
        entry.set(form, .identity)
        entry.awaitsContent =
            awaitsSurvey || ContentCoding.allCases.contains { isAwaited(entry[$0]) }
        entry.lastModified = description.lastModified
        entry.mediaType = HeapBytes(description.mediaType.span)
        if profile.findsHints, description.isPage {
            entry.hintLine = HeapBytes(PageLinks.fieldLine(for: form.content).span)
        }
        entry.encodable = encodable
        if !entry.awaitsContent, !toleratesChange, stamp.byteCount <= encodedByteLimit {
            entry.setUnsettled(encodable.subtracting(entry.encoded))
        }
        return FileEntryRef(entry)
    }

    /// Looks for the encoded forms that lie beside a file.
    ///
    /// - Returns: whether there is one that everybody gets in place of the file.
    private func addSiblings(
        to entry: inout FileEntry, _ path: [UInt8]
    ) -> Bool {
        let original = entry.stamps.first ?? nil
        var imposed: ContentCoding?
        for coding in siblings {
            guard let (form, stamp) = sibling(coding, path, isRemainder: entry.isRemainder) else {
                entry.stamps.append(nil)
                continue
            }
            entry.stamps.append(stamp)
            let isAlways = profile.encodings[coding].siblings == .always
            if let original, !isAlways, stamp.isOlder(than: original) {
                form.release()
                continue
            }
            if isAlways, imposed == nil { imposed = coding }
            entry.set(form, coding)
        }
        guard let imposed, let form = entry[imposed] else { return false }
        form.retain()
        entry.set(form, .identity)
        return true
    }

    /// The encoded form that lies beside a file, if there is one.
    private func sibling(
        _ coding: ContentCoding, _ path: [UInt8], isRemainder: Bool
    ) -> (form: RepresentationRef, stamp: FileStamp)? {
        do throws(Errno) {
            let file = try openSibling(path + coding.suffix, isRemainder: isRemainder)
            let status = try file.status()
            guard status.kind == .regular else { return nil }
            let stamp = FileStamp(status)
            let description = FileDescription(profile, path, stamp)
            guard !profile.encodings.excludes(description.mediaType) else { return nil }
            let form = try form(
                of: file, stamp, description, coding, varies: true, toleratesChange: false)
            return form.map { ($0, stamp) }
        } catch {
            return nil
        }
    }

    /// Opens a sibling; that of a removed file may have gone with it.
    private func openSibling(
        _ path: [UInt8], isRemainder: Bool
    ) throws(Errno) -> FileDescriptor {
        do throws(Errno) {
            return try profile.open(path)
        } catch {
            guard isRemainder, let remainder = remainder?(path) else { throw error }
            return try remainder.file.descriptor.duplicate()
        }
    }

    /// A file's bytes as one form of it; nil if it changed while it was read.
    private func form(
        of file: consuming FileDescriptor, _ stamp: FileStamp, _ description: FileDescription,
        _ coding: ContentCoding, varies: Bool, toleratesChange: Bool
    ) throws(Errno) -> RepresentationRef? {
        if stamp.byteCount > min(heldByteLimit, readByteLimit) || toleratesChange {
            // The tag of what is small enough to be held comes from its content, always: another
            // release may have the same time and size.
            let isTagged = stamp.byteCount > heldByteLimit
            return description.representation(
                FileDescription.Form(
                    coding: coding, byteCount: stamp.byteCount, content: nil, descriptor: file,
                    entityTag: isTagged ? description.entityTag(of: stamp, coding) : [],
                    varies: varies))
        }
        guard let content = HeapBytes(of: file, count: stamp.byteCount) else { return nil }
        // Reading takes several calls, and a writer may have come between two of them.
        guard FileStamp(try file.status()) == stamp else { return nil }
        return description.representation(coding, stamp, content: content, varies: varies)
    }

    /// Whether a form is still in its file only because reading it takes too long for now.
    private func isAwaited(_ form: RepresentationRef?) -> Bool {
        guard let form, !form.isInMemory else { return false }
        return form.byteCount > readByteLimit && form.byteCount <= heldByteLimit
    }

    private static func stamp(of path: [UInt8]) -> FileStamp? {
        (try? FileSystem.status(path)).map { FileStamp($0) }
    }

    // MARK: Constants

    private static var attemptLimit: Int { 3 }
    /// What a loop reads while it answers: one read of a disk.
    private static var promptByteLimit: Int { 64 << 10 }
}

extension ContentCoding {
    /// What the name of a file in this coding ends with.
    fileprivate var suffix: [UInt8] {
        switch self {
        case .identity: []
        case .gzip: Array(".gz".utf8)
        case .brotli: Array(".br".utf8)
        case .zstd: Array(".zst".utf8)
        }
    }
}
