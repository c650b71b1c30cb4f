// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the cache and its views do with entries. Nothing here is seen outside of this module.

internal import HTTP
internal import Memory
internal import OS
internal import Synchronization

extension FileEntryRef {
    /// Puts `entry` where it stays until the last holder releases it; the caller is one.
    init(_ entry: consuming FileEntry) {
        unsafe storage = .allocate(capacity: 1)
        unsafe storage.initialize(to: entry)
    }

    var key: FileKey { unsafe storage.pointee.key }
    var stamps: [FileStamp?] { unsafe storage.pointee.stamps }
    var isStale: Bool { unsafe storage.pointee.isStale.load(ordering: .acquiring) }
    var isNegative: Bool { unsafe storage.pointee.identity == nil && kind != .directory }

    /// Whether it says nothing about the file: the next attempt may fare better.
    var hasFailed: Bool {
        if case .failed = kind { return true }
        return false
    }

    /// Whether it is the entry of that name.
    func matches(_ profile: Int, _ path: Span<UInt8>) -> Bool {
        guard unsafe storage.pointee.key.profile == profile else { return false }
        return unsafe storage.pointee.path.span.equals(path)
    }

    // MARK: Truth

    /// Whether it may be answered with at this moment.
    func isCurrent(at now: Instant) -> Bool {
        if isStale { return false }
        let checked = unsafe storage.pointee.checkedAt.load(ordering: .relaxed)
        return now - Instant(milliseconds: checked) < Self.checkIntervalMilliseconds
    }

    func setChecked(at now: Instant) {
        unsafe storage.pointee.checkedAt.store(now.milliseconds, ordering: .relaxed)
    }

    func markStale() { unsafe storage.pointee.isStale.store(true, ordering: .releasing) }

    // MARK: Use

    /// Notes a use.
    ///
    /// Why: reads first, so that a hot entry's line is not written to by every thread all the time.
    func markUsed() {
        if unsafe !storage.pointee.isUsed.load(ordering: .relaxed) {
            unsafe storage.pointee.isUsed.store(true, ordering: .relaxed)
        }
    }

    /// Forgets the uses so far, and says whether there were any.
    func clearUsed() -> Bool { unsafe storage.pointee.isUsed.exchange(false, ordering: .relaxed) }

    /// What holding it costs.
    var heldByteCount: Int {
        // The path is in the entry and in its key.
        var total = unsafe 2 * storage.pointee.path.count + Self.overheadByteCount
        total += unsafe storage.pointee.identity?.heldByteCount ?? 0
        total += unsafe storage.pointee.gzip?.heldByteCount ?? 0
        total += unsafe storage.pointee.brotli?.heldByteCount ?? 0
        return total
    }

    /// How many files it keeps open.
    var descriptorCount: Int {
        var count = unsafe storage.pointee.identity?.descriptorNumber == nil ? 0 : 1
        count += unsafe storage.pointee.gzip?.descriptorNumber == nil ? 0 : 1
        return count + (unsafe storage.pointee.brotli?.descriptorNumber == nil ? 0 : 1)
    }

    // MARK: Encodings

    /// Whether nothing needs to be made for a client that accepts `codings`.
    func isSettled(for codings: CodingPreference) -> Bool { unsettled(of: codings).isEmpty }

    /// Which of `codings` could be made and would be better than what there is.
    func unsettled(of codings: CodingPreference) -> ContentCodings {
        let open = ContentCodings(
            rawValue: unsafe storage.pointee.unsettled.load(ordering: .relaxed)
        ).intersection(codings.codings)
        if open.isEmpty { return open }
        let present = representation(accepting: codings)?.contentCoding ?? .identity
        return open.intersection(codings.codings(better: present))
    }

    /// Settles some codings; false if somebody else has.
    func settle(_ codings: ContentCodings) -> Bool {
        let before = unsafe storage.pointee.unsettled.bitwiseAnd(
            ~codings.rawValue, ordering: .relaxed
        ).oldValue
        return before & codings.rawValue != 0
    }

    /// A successor with one more form, held for the caller.
    ///
    /// Takes over the hold on `form`.
    func adding(_ form: RepresentationRef, _ coding: ContentCodings) -> FileEntryRef {
        let old = self
        let checked = unsafe storage.pointee.checkedAt.load(ordering: .relaxed)
        var entry = FileEntry(
            key: old.key, kind: old.kind, stamps: old.stamps,
            checkedAt: Instant(milliseconds: checked))
        entry.lastModified = old.lastModified
        entry.mediaType = HeapBytes(old.mediaType)
        entry.hintLine = HeapBytes(old.hintLine)
        entry.identity = unsafe storage.pointee.identity
        entry.gzip = coding == .gzip ? form : unsafe storage.pointee.gzip
        entry.brotli = coding == .brotli ? form : unsafe storage.pointee.brotli
        entry.identity?.retain()
        if coding != .gzip { entry.gzip?.retain() }
        if coding != .brotli { entry.brotli?.retain() }
        let open = unsafe storage.pointee.unsettled.load(ordering: .relaxed)
        entry.unsettled.store(open & ~coding.rawValue, ordering: .relaxed)
        return FileEntryRef(entry)
    }

    private static var checkIntervalMilliseconds: Int64 { 1000 }
    private static var overheadByteCount: Int { 512 }
}

// Everything but the flags is immutable, and those are atomic.
extension FileEntryRef: @unchecked Sendable {}
