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
        unsafe storage.pointee[codings.best(of: storage.pointee.encoded)]
    }

    /// The coding that an answer should be put into while it is sent, because the client would
    /// rather have it than what `representation` gives, and it is not there, or not yet.
    ///
    /// - Returns: identity when there is none: what `representation` gives is the best.
    package func codingToStream(accepting codings: CodingPreference) -> ContentCoding {
        if codings.isEmpty { return .identity }
        let encoded = unsafe storage.pointee.encoded
        let declined = unsafe storage.pointee.declined.load(ordering: .relaxed)
        let encodable = unsafe storage.pointee.encodable
            .subtracting(ContentCodings(rawValue: declined))
        let best = codings.best(of: encodable.union(encoded))
        return encoded.contains(ContentCodings(best)) ? .identity : best
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
    ///
    /// What everybody gets, encoded or not, is the identity.
    var identity: RepresentationRef?
    private var gzip: RepresentationRef?
    private var brotli: RepresentationRef?
    private var zstd: RepresentationRef?
    /// The codings of the forms there are, beside identity.
    private(set) var encoded: ContentCodings = []
    /// The codings that the file may be put into at all.
    var encodable: ContentCodings = []
    var awaitsContent = false
    /// Whether its name is gone.
    var isRemainder = false

    /// The codings that are still to be thought about: neither there, nor being made, nor given up.
    let unsettled = Atomic<UInt8>(0)
    /// The codings that do not make it smaller.
    let declined = Atomic<UInt8>(0)
    /// Whether the file may have changed: views drop it.
    let isStale = Atomic<Bool>(false)
    /// Whether it was used again since it was loaded or the clock hand last passed.
    ///
    /// Why not from the start: a walk over many files, each asked for once, would then push out
    /// those in constant use.
    let isUsed = Atomic<Bool>(false)
    /// When it was last known to be true, in milliseconds; far in the future while watched.
    let checkedAt: Atomic<Int64>
    /// For how long it is true then.
    ///
    /// Units: milliseconds.
    var checkInterval: Int64 = 1000

    init(key: FileKey, kind: FileKind, stamps: [FileStamp?], checkedAt: Instant?) {
        self.key = key
        path = HeapBytes(key.path.span)
        self.kind = kind
        self.stamps = stamps
        self.checkedAt = Atomic((checkedAt ?? .distantFuture).milliseconds)
    }

    /// The form in a coding; that of identity where there is none.
    subscript(coding: ContentCoding) -> RepresentationRef? {
        switch coding {
        case .identity: identity
        case .gzip: gzip ?? identity
        case .brotli: brotli ?? identity
        case .zstd: zstd ?? identity
        }
    }

    /// Takes over a form, in place of one in the same coding.
    mutating func set(_ form: RepresentationRef, _ coding: ContentCoding) {
        switch coding {
        case .identity: Self.replace(&identity, by: form)
        case .gzip: Self.replace(&gzip, by: form)
        case .brotli: Self.replace(&brotli, by: form)
        case .zstd: Self.replace(&zstd, by: form)
        }
        if coding != .identity { encoded.insert(ContentCodings(coding)) }
    }

    /// These codings are to be thought about.
    func setUnsettled(_ codings: ContentCodings) {
        unsettled.store(codings.rawValue, ordering: .relaxed)
    }

    private static func replace(_ old: inout RepresentationRef?, by new: RepresentationRef) {
        old?.release()
        old = new
    }

    deinit {
        identity?.release()
        gzip?.release()
        brotli?.release()
        zstd?.release()
    }
}
