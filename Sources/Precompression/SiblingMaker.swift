// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Makes one sibling of one file, or finds that there is nothing to make.

internal import Compression
internal import Memory
internal import OS

/// What became of one sibling.
package enum SiblingOutcome: Equatable, Sendable {
    /// It was written.
    case written(byteCount: Int)
    /// It would have been made, had somebody not only asked what would be.
    case planned
    /// There is one that is not older than its file.
    case kept(byteCount: Int)
    /// It would not be smaller than the file, so there is none.
    case notSmaller
    /// The one of an earlier content was removed, and a new one would not be smaller.
    case removed
    /// It could not be made, for this reason.
    case failed(String)
}

/// Makes siblings.
struct SiblingMaker {
    let settings: PrecompressionSettings

    /// Makes the sibling of `kind`, unless the file has a good one.
    func make(_ kind: SiblingKind, of file: SourceFile) -> SiblingOutcome {
        let path = FolderWalk.join(settings.directory, file.path)
        do throws(Failure) {
            return try make(kind, of: file, path, path + kind.suffix)
        } catch {
            return .failed(error.reason)
        }
    }

    private func make(
        _ kind: SiblingKind, of file: SourceFile, _ path: [UInt8], _ siblingPath: [UInt8]
    ) throws(Failure) -> SiblingOutcome {
        let old = try? FileSystem.status(siblingPath, followsLink: false)
        if old?.kind == .directory { throw Failure(reason: "a folder has the sibling's name") }
        let isTooSmall = file.status.size < settings.byteMinimum
        if let old, old.kind == .regular, !old.isOlder(than: file.status),
            !settings.isForced || isTooSmall
        {
            return .kept(byteCount: old.size)
        }
        if settings.isDryRun { return .planned }
        let encoded = isTooSmall ? [] : try encode(kind, file, path)
        guard !isTooSmall, encoded.count < file.status.size else {
            guard old != nil else { return .notSmaller }
            try attempt { () throws(Errno) in try FileSystem.unlink(siblingPath) }
            return .removed
        }
        try attempt { () throws(Errno) in
            try FileSystem.replaceFile(siblingPath, content: encoded.span, like: file.status)
        }
        return .written(byteCount: encoded.count)
    }

    private func encode(
        _ kind: SiblingKind, _ file: SourceFile, _ path: [UInt8]
    ) throws(Failure) -> [UInt8] {
        guard file.status.size <= Self.contentByteLimit else {
            throw Failure(reason: "larger than \(ByteText.of(Self.contentByteLimit))")
        }
        let content = try attempt { () throws(Errno) in
            try FileSystem.open(path, [.read, .noFollow, .nonBlocking])
                .readAll(limit: Self.contentByteLimit)
        }
        let level = kind.coding.bestLevel
        guard let encoded = Encoder.encode(content.span, as: kind.coding, level: level) else {
            throw Failure(reason: "not enough memory")
        }
        // A sibling with the time of its file would hide that it is of an earlier content.
        let after = try attempt { () throws(Errno) in try FileSystem.status(path) }
        guard content.count == file.status.size, after == file.status else {
            throw Failure(reason: "changed meanwhile; try again")
        }
        return encoded
    }

    private func attempt<Value>(
        _ body: () throws(Errno) -> Value
    ) throws(Failure) -> Value {
        do throws(Errno) {
            return try body()
        } catch {
            throw Failure(reason: error.message)
        }
    }

    /// Why a sibling could not be made.
    private struct Failure: Error {
        let reason: String
    }

    /// Larger files are left to the server, which sends them as they are.
    ///
    /// Why: a file is held as a whole, on as many threads as there are processors.
    private static var contentByteLimit: Int { 256 << 20 }
}

extension FileStatus {
    /// Whether the content was written before that of the other file.
    fileprivate func isOlder(than other: FileStatus) -> Bool {
        (modifiedSeconds, modifiedNanoseconds)
            < (other.modifiedSeconds, other.modifiedNanoseconds)
    }
}
