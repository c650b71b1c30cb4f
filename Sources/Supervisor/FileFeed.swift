// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Hands the content of files to one worker, which may have no right to read them.

internal import OS

/// What one worker is still to be told of files.
final class FileFeed {
    private let socket: FileDescriptor
    /// Groups that have changed since they were last sent.
    private var waiting: [Int] = []
    /// What did not fit into the socket.
    private var rest: [UInt8] = []
    private var written = 0
    /// Whether the worker does not listen any more.
    private(set) var isOver = false

    init(_ socket: consuming FileDescriptor) { self.socket = socket }

    deinit { wipe() }

    /// Whether something is left to send.
    var isWaiting: Bool { !isOver && (!rest.isEmpty || !waiting.isEmpty) }

    func add(_ groups: some Sequence<Int>) {
        for group in groups where !waiting.contains(group) { waiting.append(group) }
    }

    /// Sends as much as the socket takes.
    func flush(_ groups: [[String]]) {
        while isWaiting {
            if rest.isEmpty {
                let group = waiting.removeFirst()
                guard group < groups.count else { continue }
                let parcel = Self.read(groups[group]).encoded
                guard parcel.count <= FileParcel.byteLimit else { continue }
                (rest, written) = (parcel, 0)
            }
            switch unsafe socket.write(rest.span.extracting(written...).bytes) {
            case .bytes(let count):
                written += count
                if written == rest.count { wipe() }
            case .wouldBlock: return
            case .endOfStream, .failed:
                isOver = true
                wipe()
            }
        }
    }

    /// Keys lie in here: nothing of them stays.
    private func wipe() {
        for index in rest.indices { rest[index] = 0 }
        (rest, written) = ([], 0)
    }

    private static func read(_ group: [String]) -> FileParcel {
        var items: [FileParcel.Item] = []
        for path in group {
            do throws(Errno) {
                let file = try FileSystem.open(path, [.read, .nonBlocking])
                // What a pipe says can be read only once, and was.
                guard try file.status().kind == .regular else { continue }
                let bytes = try file.readAll(limit: fileByteLimit)
                items.append(FileParcel.Item(path: Array(path.utf8), content: .bytes(bytes)))
            } catch {
                items.append(FileParcel.Item(path: Array(path.utf8), content: .failed(error)))
            }
        }
        return FileParcel(items)
    }

    /// The largest file that is passed on.
    private static var fileByteLimit: Int { 1 << 20 }
}
