// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Makes the encoded forms of a file, each once: small contents quickly while the first client
// waits, larger ones quickly beside the loop, and the best form of everything when there is time.

internal import Compression
internal import EventLoop
internal import HTTP
internal import OS
internal import Synchronization

extension FileCache {
    /// Sees to it that the best coding which the client accepts, and which may be made of this
    /// entry, is made; takes over the caller's hold and gives one back.
    func encode(_ entry: FileEntryRef, for codings: CodingPreference) -> FileEntryRef {
        let coding = codings.best(of: entry.unsettled(of: codings))
        guard coding != .identity, let identity = entry.form(.identity) else { return entry }
        // What is good for one answer only is not worth encoding.
        let isOurs = table.withLock { table in
            table.entry(entry.key) == entry && entry.settle(coding)
        }
        guard isOurs else { return entry }
        guard identity.isInMemory, identity.byteCount <= Self.inlineByteLimit else {
            makeQuick(entry, coding)
            return entry
        }
        guard let quick = encoded(entry, identity.content, coding, isBest: false) else {
            entry.decline(coding)
            return entry
        }
        let successor = add(quick, to: entry)
        makeBest(successor ?? entry, coding)
        guard let successor else { return entry }
        entry.release()
        return successor
    }

    // MARK: Making

    /// Makes a form soon, so that few clients are sent what is encoded for them alone.
    ///
    /// What is too large to be held takes its time: others wait for their files to be read.
    private func makeQuick(_ entry: FileEntryRef, _ coding: ContentCoding) {
        let isHeld = entry.form(.identity)?.isInMemory == true
        let isQueued = submit(to: isHeld ? loading : encoding, entry) { [self] in
            guard let content = content(of: entry) else { return }
            guard let quick = encoded(entry, content.span, coding, isBest: false) else {
                return decline(entry, coding)
            }
            add(quick, to: entry)?.release()
            makeBest(entry, coding)
        }
        if !isQueued { makeBest(entry, coding) }
    }

    /// Makes the best form when there is time, unless there is nobody to do it.
    private func makeBest(_ entry: FileEntryRef, _ coding: ContentCoding) {
        _ = submit(to: encoding, entry) { [self] in
            guard isKnown(entry), let content = content(of: entry) else { return }
            guard let best = encoded(entry, content.span, coding, isBest: true) else {
                return decline(entry, coding)
            }
            add(best, to: entry)?.release()
        }
    }

    /// Queues a job that holds an entry.
    private func submit(
        to work: BackgroundWork?, _ entry: FileEntryRef, _ job: @escaping @Sendable () -> Void
    ) -> Bool {
        guard let work else { return false }
        entry.retain()
        let isQueued = work.submit {
            job()
            entry.release()
        }
        if !isQueued { entry.release() }
        return isQueued
    }

    /// The bytes of an entry, if they are still those that it was made of.
    private func content(of entry: FileEntryRef) -> HeapBytes? {
        guard let stamp = entry.stamps.first ?? nil else { return nil }
        return entry.form(.identity)?.copyContent(stamp: stamp)
    }

    private func encoded(
        _ entry: FileEntryRef, _ content: Span<UInt8>, _ coding: ContentCoding, isBest: Bool
    ) -> RepresentationRef? {
        guard let identity = entry.form(.identity), let stamp = entry.stamps.first ?? nil
        else { return nil }
        let key = entry.key
        let description = FileDescription(profiles[key.profile], key.path, stamp)
        return description.encoded(content, coding, isBest: isBest, of: identity)
    }

    // MARK: Keeping

    /// Whether the table has an entry of the same content.
    private func isKnown(_ entry: FileEntryRef) -> Bool {
        table.withLock { $0.successor(of: entry) != nil }
    }

    /// Puts a form into the table, if the file is still the same; takes over the hold on it.
    ///
    /// - Returns: the entry that has it now, held for the caller; nil if it is not kept.
    private func add(_ form: RepresentationRef, to entry: FileEntryRef) -> FileEntryRef? {
        let limit = min(contentByteLimit, profiles[entry.key.profile].contentByteLimit)
        guard form.byteCount <= limit else {
            form.release()
            return nil
        }
        let coding = form.contentCoding
        let successor: FileEntryRef? = table.withLock { table in
            guard let current = table.successor(of: entry) else { return nil }
            if let old = current.form(coding), old.byteCount <= form.byteCount, !old.isWeak {
                return nil
            }
            form.retain()
            let successor = current.adding(form, coding)
            successor.retain()
            if table.replace(current, by: successor, key: entry.key, watcher: watcher) {
                return successor
            }
            successor.release()
            successor.release()
            return nil
        }
        form.release()
        if successor != nil { advanceEpoch() }
        return successor
    }

    /// Notes that a coding does not make a file smaller.
    private func decline(_ entry: FileEntryRef, _ coding: ContentCoding) {
        table.withLock { $0.successor(of: entry)?.decline(coding) }
    }

    /// Larger contents are not encoded while somebody waits.
    private static var inlineByteLimit: Int { 64 << 10 }

    /// Contents that are too large to be held are encoded in advance up to so many times that size:
    /// what comes out may be held.
    static var encodedShare: Int { 8 }
}
