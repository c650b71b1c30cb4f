// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Makes the encoded forms of a file, each once: small contents quickly while the first client
// waits, the best form of everything in the background.

internal import Compression
internal import EventLoop
internal import HTTP
internal import OS
internal import Synchronization

extension FileCache {
    /// Sees to it that the best coding which the client accepts, and which may be made of this
    /// entry, is made; takes over the caller's hold and gives one back.
    func encode(_ entry: FileEntryRef, for codings: CodingPreference) -> FileEntryRef {
        let wanted = ContentCodingSet(codings.best(of: entry.unsettled(of: codings)))
        // What is good for one answer only is not worth encoding.
        guard !entry.isStale, let coding = wanted.coding,
            let identity = entry.representation(accepting: CodingPreference()),
            entry.settle(wanted)
        else { return entry }
        var current = entry
        if identity.byteCount <= Self.inlineByteLimit {
            let quick = encoded(entry, identity, coding, level: coding.quickLevel)
            if let quick { current = replace(current, adding: quick, wanted) }
        }
        improve(current, coding, wanted)
        return current
    }

    /// Makes the best form later, unless there is nobody to do it.
    private func improve(_ entry: FileEntryRef, _ coding: Coding, _ set: ContentCodings) {
        guard let encoding else { return }
        entry.retain()
        let isQueued = encoding.submit { [self] in
            defer { entry.release() }
            // The entry itself may have been succeeded by one with another coding since.
            guard let identity = entry.representation(accepting: CodingPreference()),
                isKnown(entry, identity),
                let best = encoded(entry, identity, coding, level: coding.bestLevel)
            else { return }
            addBest(best, to: entry, identity, set)
        }
        if !isQueued { entry.release() }
    }

    private func encoded(
        _ entry: FileEntryRef, _ identity: RepresentationRef, _ coding: Coding, level: Int
    ) -> RepresentationRef? {
        guard let stamp = entry.stamps.first ?? nil else { return nil }
        let key = entry.key
        let description = FileDescription(profiles[key.profile], key.path, stamp)
        return description.encoded(identity.content, coding, level: level)
    }

    /// Whether the table has an entry of the same content.
    private func isKnown(_ entry: FileEntryRef, _ identity: RepresentationRef) -> Bool {
        table.withLock { table in
            guard let current = table.entry(entry.key) else { return false }
            return current.representation(accepting: CodingPreference()) == identity
        }
    }

    /// Puts a representation made in the background where it belongs, if the file is the same.
    private func addBest(
        _ best: RepresentationRef, to entry: FileEntryRef, _ identity: RepresentationRef,
        _ set: ContentCodings
    ) {
        let key = entry.key
        let isAdded = table.withLock { table in
            guard let current = table.entry(key),
                let currentIdentity = current.representation(accepting: CodingPreference()),
                currentIdentity == identity
            else { return false }
            let old = current.representation(accepting: CodingPreference(best.contentCoding))
            if let old, old.coding == set, old.byteCount <= best.byteCount { return false }
            return table.replace(
                current, by: current.adding(best, set), key: key, watcher: watcher)
        }
        if isAdded { advanceEpoch() } else { best.release() }
    }

    /// The successor of an entry, with one more representation.
    ///
    /// Takes over both holds.
    private func replace(
        _ entry: FileEntryRef, adding made: RepresentationRef, _ set: ContentCodings
    ) -> FileEntryRef {
        let successor = entry.adding(made, set)
        successor.retain()
        let isReplaced = table.withLock { table in
            table.replace(entry, by: successor, key: entry.key, watcher: watcher)
        }
        if isReplaced {
            advanceEpoch()
        } else {
            // It has changed, or is not kept: the successor is good for this answer only.
            successor.release()
            successor.markStale()
        }
        entry.release()
        return successor
    }

    /// Larger contents are not encoded while somebody waits.
    private static var inlineByteLimit: Int { 64 << 10 }
}
