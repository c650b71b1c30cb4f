// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Files on their way from a process that may read them to one that may not.
//
// Both sides are here, so that they cannot disagree. Neither opens anything here.

/// Some files as they were read at one time.
package struct FileParcel: Equatable, Sendable {
    /// One of the files.
    package struct Item: Equatable, Sendable {
        package var path: [UInt8]
        /// What is in it, or why that is not known.
        package var content: Content

        package init(path: [UInt8], content: Content) {
            self.path = path
            self.content = content
        }
    }

    /// What came of reading a file.
    package enum Content: Equatable, Sendable {
        case bytes([UInt8])
        case failed(Errno)
    }

    package var items: [Item]

    package init(_ items: [Item]) { self.items = items }

    /// How large a parcel may be.
    package static var byteLimit: Int { 8 << 20 }

    /// The parcel behind the length of all of it.
    package var encoded: [UInt8] {
        var body: [UInt8] = []
        for item in items {
            Self.append(item.path.count, to: &body)
            body += item.path
            switch item.content {
            case .bytes(let bytes):
                Self.append(bytes.count, to: &body)
                body += bytes
            case .failed(let error):
                Self.append(-1 - Int(error.rawValue), to: &body)
            }
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + body.count)
        Self.append(body.count, to: &bytes)
        bytes += body
        return bytes
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        let number = UInt64(bitPattern: Int64(number))
        for shift in stride(from: 0, to: 64 as UInt64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}

/// Puts parcels together of what arrives in pieces.
package struct FileParcelReader: Sendable {
    private var bytes: [UInt8] = []
    /// Whether what arrived makes no sense; nothing more is read then.
    package private(set) var isBroken = false

    package init() {}

    package mutating func receive(_ part: [UInt8]) { bytes += part }

    /// The next parcel that is complete.
    package mutating func next() -> FileParcel? {
        guard !isBroken, bytes.count >= 8 else { return nil }
        var rest = bytes[...]
        guard let count = Self.takeNumber(&rest), count >= 0, count <= FileParcel.byteLimit else {
            isBroken = true
            return nil
        }
        guard rest.count >= count else { return nil }
        var body = rest.prefix(count)
        var items: [FileParcel.Item] = []
        while !body.isEmpty {
            guard let item = Self.takeItem(&body) else {
                isBroken = true
                return nil
            }
            items.append(item)
        }
        bytes.removeFirst(8 + count)
        return FileParcel(items)
    }

    private static func takeItem(_ rest: inout ArraySlice<UInt8>) -> FileParcel.Item? {
        guard let pathCount = takeNumber(&rest), let path = take(pathCount, &rest),
            let count = takeNumber(&rest)
        else { return nil }
        if count < 0 {
            guard let code = Int32(exactly: -1 - count) else { return nil }
            return FileParcel.Item(path: path, content: .failed(Errno(rawValue: code)))
        }
        return take(count, &rest).map { FileParcel.Item(path: path, content: .bytes($0)) }
    }

    private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard count >= 0, count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    private static func takeNumber(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard let bytes = take(8, &rest) else { return nil }
        let number = bytes.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        return Int(Int64(bitPattern: number))
    }
}
