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
    var isRemainder: Bool { unsafe storage.pointee.isRemainder }
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
        return now - Instant(milliseconds: checked) < (unsafe storage.pointee.checkInterval)
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
        for coding in ContentCoding.allCases { total += form(coding)?.heldByteCount ?? 0 }
        return total
    }

    /// How many files it keeps open.
    var descriptorCount: Int {
        ContentCoding.allCases.count { form($0)?.descriptorNumber != nil }
    }

    /// The form in exactly this coding.
    func form(_ coding: ContentCoding) -> RepresentationRef? {
        if coding == .identity { return unsafe storage.pointee.identity }
        guard unsafe storage.pointee.encoded.contains(ContentCodings(coding)) else { return nil }
        return unsafe storage.pointee[coding]
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

    /// Settles a coding; false if somebody else has.
    func settle(_ coding: ContentCoding) -> Bool {
        let bit = ContentCodings(coding).rawValue
        let before = unsafe storage.pointee.unsettled.bitwiseAnd(~bit, ordering: .relaxed).oldValue
        return before & bit != 0
    }

    /// Notes that a coding does not make it smaller.
    func decline(_ coding: ContentCoding) {
        let bit = ContentCodings(coding).rawValue
        unsafe _ = storage.pointee.declined.bitwiseOr(bit, ordering: .relaxed)
    }

    /// A successor with one more form, held for the caller.
    ///
    /// Takes over the hold on `form`. Nobody may settle or decline a coding meanwhile.
    func adding(_ form: RepresentationRef, _ coding: ContentCoding) -> FileEntryRef {
        let checked = unsafe storage.pointee.checkedAt.load(ordering: .relaxed)
        var entry = FileEntry(
            key: key, kind: kind, stamps: stamps, checkedAt: Instant(milliseconds: checked))
        entry.checkInterval = unsafe storage.pointee.checkInterval
        entry.isRemainder = isRemainder
        entry.lastModified = lastModified
        entry.mediaType = HeapBytes(mediaType)
        entry.hintLine = HeapBytes(hintLine)
        entry.encodable = unsafe storage.pointee.encodable
        for other in ContentCoding.allCases where other != coding {
            guard let kept = self.form(other) else { continue }
            kept.retain()
            entry.set(kept, other)
        }
        entry.set(form, coding)
        let open = unsafe storage.pointee.unsettled.load(ordering: .relaxed)
        let declined = unsafe storage.pointee.declined.load(ordering: .relaxed)
        entry.unsettled.store(open & ~ContentCodings(coding).rawValue, ordering: .relaxed)
        entry.declined.store(declined, ordering: .relaxed)
        return FileEntryRef(entry)
    }

    private static var overheadByteCount: Int { 512 }
}

// Everything but the flags is immutable, and those are atomic.
extension FileEntryRef: @unchecked Sendable {}
