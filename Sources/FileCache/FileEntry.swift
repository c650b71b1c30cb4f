// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is known about one path under one profile. Knows neither the table it is in nor how it was
// loaded.

package import HTTP
internal import Memory
package import OS
internal import Synchronization

/// What is at a path.
package enum FileKind: BitwiseCopyable, Equatable, Sendable {
    /// A regular file that can be read.
    case file
    case directory
    /// Nothing, or something that cannot have that name.
    case missing(Errno)
    /// Something that must not be served: no permission, a forbidden link, not a regular file.
    case denied(Errno)
    /// The system could not say.
    case failed(Errno)
}

/// What is known about one path under one profile.
///
/// Invariant: one that a view gave is good until that view's next `collect()`; `retain()` keeps it
///            longer, until `release()`.
/// Why: a pointer and not a class reference. A hit counts no references.
@safe
package struct FileEntryRef: BitwiseCopyable {
    let storage: UnsafeMutablePointer<FileEntry>

    package var kind: FileKind { unsafe storage.pointee.kind }

    /// How many bytes the file itself has.
    package var byteCount: Int { unsafe storage.pointee.stamps.first??.byteCount ?? 0 }

    /// When the file was changed, in seconds since 1970.
    package var modifiedSeconds: Int {
        unsafe storage.pointee.stamps.first??.modifiedSeconds ?? 0
    }

    /// The same if it means anything, else nil: images built reproducibly give every file the same
    /// old date.
    package var lastModified: Int? { unsafe storage.pointee.lastModified }

    /// The value of `Content-Type`, with its parameters; empty for none.
    package var mediaType: Span<UInt8> {
        @_lifetime(borrow self) get {
            unsafe _overrideLifetime(storage.pointee.mediaType.span, borrowing: self)
        }
    }

    /// The field line that names what a page needs, with its line end; empty for none.
    package var hintLine: Span<UInt8> {
        @_lifetime(borrow self) get {
            unsafe _overrideLifetime(storage.pointee.hintLine.span, borrowing: self)
        }
    }

    /// The best form of a `.file` that a client accepting `codings` can read; nil for other kinds.
    package func representation(accepting codings: CodingPreference) -> RepresentationRef? {
        if codings.isEmpty { return unsafe storage.pointee.identity }
        return switch codings.best(of: encoded) {
        case .brotli: unsafe storage.pointee.brotli
        case .gzip: unsafe storage.pointee.gzip
        case .identity, .zstd: unsafe storage.pointee.identity
        }
    }

    /// The codings that there are forms in.
    private var encoded: ContentCodings {
        var codings: ContentCodings = []
        if unsafe storage.pointee.gzip != nil { codings.insert(.gzip) }
        if unsafe storage.pointee.brotli != nil { codings.insert(.brotli) }
        return codings
    }

    /// Whether its content is to be held but has not been read yet: until `complete` has done that
    /// it can be sent from the descriptor only.
    package var awaitsContent: Bool { unsafe storage.pointee.awaitsContent }

    /// Keeps the entry, and every representation of it, until `release()`.
    package func retain() {
        unsafe _ = storage.pointee.holders.wrappingAdd(1, ordering: .relaxed)
    }

    package func release() {
        let before = unsafe storage.pointee.holders.wrappingSubtract(
            1, ordering: .acquiringAndReleasing
        ).oldValue
        guard before == 1 else { return }
        unsafe storage.deinitialize(count: 1)
        unsafe storage.deallocate()
    }
}

/// Equal are those that are the same entry, not those that say the same.
extension FileEntryRef: Equatable {
    package static func == (left: FileEntryRef, right: FileEntryRef) -> Bool {
        unsafe left.storage == right.storage
    }
}

/// What an entry consists of.
///
/// Invariant: immutable but for the flags at its end, once it is in its place.
struct FileEntry: ~Copyable {
    /// How many hold it; it goes with the last.
    let holders = Atomic<Int>(1)
    let key: FileKey
    /// The same as `key.path`, where it can be compared without counting references.
    let path: HeapBytes
    let kind: FileKind
    /// What the system says about the file and the siblings looked for; nil for what is not there.
    var stamps: [FileStamp?]
    var lastModified: Int?
    var mediaType = HeapBytes(Span())
    var hintLine = HeapBytes(Span())
    /// The forms there are; the entry holds each of them.
    var identity: RepresentationRef?
    var gzip: RepresentationRef?
    var brotli: RepresentationRef?
    var awaitsContent = false

    /// The codings that are still to be thought about: neither there, nor being made, nor given up.
    let unsettled = Atomic<UInt8>(0)
    /// Whether the file may have changed: views drop it.
    let isStale = Atomic<Bool>(false)
    /// Whether it was used again since it was loaded or the clock hand last passed.
    ///
    /// Why not from the start: a walk over many files, each asked for once, would then push out
    /// those in constant use.
    let isUsed = Atomic<Bool>(false)
    /// When it was last known to be true, in milliseconds; far in the future while watched.
    let checkedAt: Atomic<Int64>

    init(key: FileKey, kind: FileKind, stamps: [FileStamp?], checkedAt: Instant?) {
        self.key = key
        path = HeapBytes(key.path.span)
        self.kind = kind
        self.stamps = stamps
        self.checkedAt = Atomic((checkedAt ?? .distantFuture).milliseconds)
    }

    /// The cache may make these codings of it, where they are not there yet.
    func setEncodable(_ codings: ContentCodings) {
        var open = codings
        if gzip != nil { open.remove(.gzip) }
        if brotli != nil { open.remove(.brotli) }
        unsettled.store(open.rawValue, ordering: .relaxed)
    }

    deinit {
        identity?.release()
        gzip?.release()
        brotli?.release()
    }
}
