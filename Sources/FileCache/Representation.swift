// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// One form of a file, ready to send: its field lines and its bytes, or the descriptor they are in.
// Knows no entries and no paths.

package import HTTP
package import Memory
internal import OS
internal import Synchronization

/// One form of a file, ready to send.
///
/// Invariant: good for as long as the entry that it came from is.
/// Why: a pointer and not a class reference. Passing it on counts no references.
@safe
package struct RepresentationRef: BitwiseCopyable {
    private let storage: UnsafeMutablePointer<Representation>

    /// The coding it is in.
    package var contentCoding: ContentCoding { unsafe storage.pointee.coding }

    /// Every field line of a 200: `Accept-Ranges`, `Content-Length`, `Content-Type` and so on, each
    /// ended by CR LF; without the status line, `Server`, `Date` and `Connection`.
    package var fields: Span<UInt8> {
        @_lifetime(borrow self) get {
            unsafe _overrideLifetime(storage.pointee.lines.bytes.span, borrowing: self)
        }
    }

    /// Those lines of `fields` that hold for any part of the content.
    ///
    /// All but `Content-Length` and `Accept-Ranges`: for 206, and for contents that a filter
    /// changes.
    package var fieldsOfPart: Span<UInt8> {
        @_lifetime(borrow self) get {
            let lines = unsafe storage.pointee.lines.bytes.span
            let part = unsafe lines.extracting(storage.pointee.lines.partOffset..<lines.count)
            return unsafe _overrideLifetime(part, borrowing: self)
        }
    }

    /// Those lines of `fieldsOfPart` that hold for several parts in one content, which has a media
    /// type of its own.
    package var fieldsOfParts: Span<UInt8> {
        @_lifetime(borrow self) get {
            let lines = unsafe storage.pointee.lines.bytes.span
            let part = unsafe lines.extracting(storage.pointee.lines.codingOffset..<lines.count)
            return unsafe _overrideLifetime(part, borrowing: self)
        }
    }

    /// Those lines of `fields` that a 304 has.
    package var fieldsOfNotModified: Span<UInt8> {
        @_lifetime(borrow self) get {
            let lines = unsafe storage.pointee.lines.bytes.span
            let part = unsafe lines.extracting(
                storage.pointee.lines.notModifiedOffset..<lines.count)
            return unsafe _overrideLifetime(part, borrowing: self)
        }
    }

    /// Appends those lines of `fields` that the page for an error has: what it is, but neither when
    /// it was changed, nor that parts of it may be asked for, nor how long it may be kept.
    package func appendFieldsOfErrorPage(hasLength: Bool = true, to output: inout Buffer) {
        let lines = unsafe storage.pointee.lines.bytes.span
        let offsets = unsafe (
            hasLength
                ? storage.pointee.lines.lengthOffset : storage.pointee.lines.partOffset,
            storage.pointee.lines.notModifiedOffset, storage.pointee.lines.tagOffset
        )
        let caching = unsafe storage.pointee.lines.caching
        output.append(lines.extracting(offsets.0..<offsets.1))
        output.append(lines.extracting(offsets.2..<caching.lowerBound))
        output.append(lines.extracting(caching.upperBound..<lines.count))
    }

    /// Appends `fields` but for `Content-Length`: for a 200 whose content is sent in chunks.
    package func appendFieldsWithoutLength(to output: inout Buffer) {
        let lines = unsafe storage.pointee.lines.bytes.span
        let offsets = unsafe (
            storage.pointee.lines.lengthOffset, storage.pointee.lines.partOffset
        )
        output.append(lines.extracting(0..<offsets.0))
        output.append(lines.extracting(offsets.1..<lines.count))
    }

    /// The entity tag with its quotes, and `W/` if it is weak; empty for none.
    package var entityTag: Span<UInt8> {
        @_lifetime(borrow self) get {
            unsafe _overrideLifetime(storage.pointee.lines.entityTag.span, borrowing: self)
        }
    }

    /// Appends the weak tag of the content in a coding that it is put into while it is sent;
    /// nothing if it has no tag.
    ///
    /// The cache's own encoding has the same opaque tag.
    package func appendEntityTag(streamedAs coding: ContentCoding, to output: inout Buffer) {
        output.append(EntityTagText.of(entityTag, coding, isWeak: true))
    }

    /// Whether parts of it may be asked for.
    package var allowsRanges: Bool { unsafe storage.pointee.lines.allowsRanges }

    /// How many bytes the content has.
    package var byteCount: Int { unsafe storage.pointee.byteCount }

    /// Whether the bytes are in memory; if not they are in the descriptor.
    package var isInMemory: Bool {
        switch unsafe storage.pointee.content {
        case .some: true
        case .none: false
        }
    }

    /// The content; empty when it is not in memory.
    package var content: Span<UInt8> {
        @_lifetime(borrow self) get {
            let content: Span<UInt8> =
                switch unsafe storage.pointee.content {
                case .some(let bytes): unsafe _overrideLifetime(bytes.span, copying: ())
                case .none: Span()
                }
            return unsafe _overrideLifetime(content, borrowing: self)
        }
    }

    /// A part of the content, for the system calls that send it.
    @_lifetime(borrow self)
    package func contentBytes(_ range: Range<Int>) -> RawSpan {
        let part = content.extracting(range)
        return unsafe _overrideLifetime(part.bytes, borrowing: self)
    }

    /// The open file that has the content from its first byte on, if it is not in memory.
    ///
    /// Read it by offset only: it is shared. Never close it.
    package var descriptorNumber: Int32? {
        switch unsafe storage.pointee.descriptor {
        case .some(let descriptor): descriptor.number
        case .none: nil
        }
    }
}

/// Equal are those that are the same representation, not those with the same bytes.
extension RepresentationRef: Equatable {
    package static func == (left: RepresentationRef, right: RepresentationRef) -> Bool {
        unsafe left.storage == right.storage
    }
}

/// What a representation consists of.
struct Representation: ~Copyable {
    /// How many hold it; it goes with the last.
    let holders = Atomic<Int>(1)
    let coding: ContentCoding
    let lines: FieldLines
    let byteCount: Int
    let content: HeapBytes?
    let descriptor: FileDescriptor?

    init(
        coding: ContentCoding, lines: consuming FieldLines, byteCount: Int,
        content: consuming HeapBytes?, descriptor: consuming FileDescriptor?
    ) {
        self.coding = coding
        self.lines = lines
        self.byteCount = byteCount
        self.content = content
        self.descriptor = descriptor
    }
}

extension RepresentationRef {
    /// Puts `representation` where it stays until the last holder releases it; the caller is one.
    init(_ representation: consuming Representation) {
        unsafe storage = .allocate(capacity: 1)
        unsafe storage.initialize(to: representation)
    }

    /// Whether the next answer may have other bytes under the same tag.
    var isWeak: Bool { entityTag.startsWith("W/") }

    /// A copy of its bytes, read from the file if they are there.
    ///
    /// - Returns: nil if that is no longer what it was when it was opened.
    func copyContent(stamp: FileStamp) -> HeapBytes? {
        switch unsafe storage.pointee.descriptor {
        case .none: return HeapBytes(content)
        case .some(let file):
            guard let content = HeapBytes(of: file, count: byteCount),
                let status = try? file.status(), FileStamp(status) == stamp
            else { return nil }
            return content
        }
    }

    func retain() {
        unsafe _ = storage.pointee.holders.wrappingAdd(1, ordering: .relaxed)
    }

    func release() {
        let before = unsafe storage.pointee.holders.wrappingSubtract(
            1, ordering: .acquiringAndReleasing
        ).oldValue
        guard before == 1 else { return }
        unsafe storage.deinitialize(count: 1)
        unsafe storage.deallocate()
    }

    /// What holding it costs.
    var heldByteCount: Int {
        (isInMemory ? byteCount : 0) + fields.count + entityTag.count + Self.overheadByteCount
    }

    private static var overheadByteCount: Int { 256 }
}

// Everything but the count of holders is immutable, and that is atomic.
extension RepresentationRef: @unchecked Sendable {}
