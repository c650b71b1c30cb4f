// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is in a directory. It knows the file system, and neither requests nor formats.

internal import OS

/// The entries of a directory, in the order in which they are shown.
struct Listing: Sendable {
    enum Kind: BitwiseCopyable, Sendable {
        case directory
        case file
        case other
    }

    /// One entry; its name lies in `names`.
    struct Entry: BitwiseCopyable, Sendable {
        var nameStart: Int
        var nameCount: Int
        var kind: Kind
        var size: Int
        /// Units: seconds since 1970.
        var modifiedAt: Int
    }

    /// Why there is no list.
    enum Failure: Error, BitwiseCopyable {
        case file(Errno)
        /// There are more entries than the limit.
        case tooLong
    }

    /// All names, one behind the other.
    private(set) var names: [UInt8] = []
    private(set) var entries: [Entry] = []

    /// Reads a directory.
    ///
    /// Names that begin with a dot are left out. A link is what it leads to; one that leads nowhere
    /// stands for itself. What cannot be asked about is left out.
    /// Spec: nginx ngx_http_autoindex_module.
    /// Limits: `limit` entries; so much is held of each: its name and 40 bytes.
    init(
        of directory: consuming FileDescriptor, limit: Int
    ) throws(Failure) {
        var isTooLong = false
        do throws(Errno) {
            var reader = try DirectoryReader(directory)
            while let name = try reader.next() {
                guard name.first != UInt8(ascii: "."), let status = Self.status(of: name, reader)
                else { continue }
                if entries.count == limit { isTooLong = true }
                if isTooLong { break }
                add(name, status)
            }
        } catch {
            throw .file(error)
        }
        if isTooLong { throw .tooLong }
        sort()
    }

    /// For a list that is put together by hand.
    init(_ entries: [(name: [UInt8], kind: Kind, size: Int, modifiedAt: Int)]) {
        for entry in entries {
            add(entry.name, entry.kind, size: entry.size, modifiedAt: entry.modifiedAt)
        }
        sort()
    }

    /// The name of an entry.
    @_lifetime(borrow self)
    func name(of entry: Entry) -> Span<UInt8> {
        names.span.extracting(entry.nameStart..<entry.nameStart + entry.nameCount)
    }

    private static func status(
        of name: [UInt8], _ directory: borrowing DirectoryReader
    ) -> FileStatus? {
        do throws(Errno) {
            return try directory.status(of: name, followsLink: true)
        } catch {
            guard error == .noSuchFile || error == .loop else { return nil }
            return try? directory.status(of: name, followsLink: false)
        }
    }

    private mutating func add(_ name: [UInt8], _ status: FileStatus) {
        let kind: Kind =
            switch status.kind {
            case .directory: .directory
            case .regular: .file
            default: .other
            }
        add(name, kind, size: status.size, modifiedAt: status.modifiedSeconds)
    }

    private mutating func add(_ name: [UInt8], _ kind: Kind, size: Int, modifiedAt: Int) {
        entries.append(
            Entry(
                nameStart: names.count, nameCount: name.count, kind: kind, size: size,
                modifiedAt: modifiedAt))
        names += name
    }

    /// Directories first, then by the bytes of the names.
    private mutating func sort() {
        let names = names
        entries.sort { left, right in
            if (left.kind == .directory) != (right.kind == .directory) {
                return left.kind == .directory
            }
            return names[left.nameStart..<left.nameStart + left.nameCount]
                .lexicographicallyPrecedes(
                    names[right.nameStart..<right.nameStart + right.nameCount])
        }
    }
}
