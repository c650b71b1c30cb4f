// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Tells when files change.

internal import CShims
internal import Glibc

/// One change that inotify reports.
///
/// The bytes of the name come beside it.
package struct FileEvent: BitwiseCopyable, Hashable, Sendable {
    /// What `Inotify.add` returned; -1 when events were lost.
    package let watch: Int32
    package let mask: Mask
    /// Joins the two events of one rename.
    package let cookie: UInt32

    /// Events were lost: everything may have changed.
    package var isOverflow: Bool { mask.contains(.overflow) }

    package struct Mask: OptionSet, BitwiseCopyable, Hashable, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static var modify: Mask { Mask(rawValue: 0x2) }
        package static var attributes: Mask { Mask(rawValue: 0x4) }
        package static var closeWrite: Mask { Mask(rawValue: 0x8) }
        package static var movedFrom: Mask { Mask(rawValue: 0x40) }
        package static var movedTo: Mask { Mask(rawValue: 0x80) }
        package static var create: Mask { Mask(rawValue: 0x100) }
        package static var delete: Mask { Mask(rawValue: 0x200) }
        package static var deleteSelf: Mask { Mask(rawValue: 0x400) }
        package static var moveSelf: Mask { Mask(rawValue: 0x800) }

        /// Reported without being asked for: the file system is gone.
        package static var unmount: Mask { Mask(rawValue: 0x2000) }
        /// Reported without being asked for: the queue was full.
        package static var overflow: Mask { Mask(rawValue: 0x4000) }
        /// Reported without being asked for: the watch is gone.
        package static var ignored: Mask { Mask(rawValue: 0x8000) }
        /// Reported beside another: the name is a directory's.
        package static var isDirectory: Mask { Mask(rawValue: 0x4000_0000) }

        /// For `add`: fail when the path is not a directory.
        package static var onlyDirectory: Mask { Mask(rawValue: 0x0100_0000) }
        /// For `add`: watch a symbolic link itself.
        package static var noFollow: Mask { Mask(rawValue: 0x0200_0000) }
        /// For `add`: join what is watched already instead of replacing it.
        package static var add: Mask { Mask(rawValue: 0x2000_0000) }
    }
}

/// An inotify instance.
package struct Inotify: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    package init() throws(Errno) {
        let flags = Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC)
        descriptor = FileDescriptor(owning: try check { inotify_init1(flags) })
    }

    /// What a poller registers, level-triggered.
    package var number: Int32 { descriptor.number }

    /// Watches a file or directory.
    ///
    /// The same one again gives the same number and replaces the mask.
    package func add(
        _ path: borrowing some FilePath & ~Copyable & ~Escapable, _ mask: FileEvent.Mask
    ) throws(Errno) -> Int32 {
        try unsafe path.withCPath { unsafe inotify_add_watch(number, $0, mask.rawValue) }
    }

    /// Ends a watch.
    ///
    /// One `ignored` event for it follows.
    package func remove(_ watch: Int32) { _ = inotify_rm_watch(number, watch) }

    /// Whether there is something to read.
    ///
    /// Cost: a system call.
    package var hasEvents: Bool {
        var request = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&request, 1, 0) == 1
    }

    /// Calls `body` for each event that waits, with the name inside the watched directory.
    ///
    /// Limits: one read of 16 KiB; says whether there may be more.
    package func read(_ body: (FileEvent, Span<UInt8>) -> Void) -> Bool {
        var storage = [UInt64](repeating: 0, count: Self.readByteLimit / 8)
        return unsafe storage.withUnsafeMutableBytes { bytes in
            let outcome = Transfer.of {
                unsafe Glibc.read(number, bytes.baseAddress, bytes.count)
            }
            guard case .bytes(let count) = outcome else { return false }
            unsafe Self.deliver(UnsafeRawBufferPointer(rebasing: bytes[..<count]), to: body)
            return true
        }
    }

    private static var readByteLimit: Int { 16 << 10 }

    private static func deliver(
        _ bytes: UnsafeRawBufferPointer, to body: (FileEvent, Span<UInt8>) -> Void
    ) {
        let headerSize = MemoryLayout<inotify_event>.size
        var offset = 0
        while offset + headerSize <= bytes.count {
            let header = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
            let end = min(offset + headerSize + Int(header.len), bytes.count)
            let padded = unsafe UnsafeRawBufferPointer(rebasing: bytes[(offset + headerSize)..<end])
            let length = unsafe padded.firstIndex(of: 0) ?? padded.count
            let name = unsafe Span<UInt8>(_unsafeBytes: padded).extracting(0..<length)
            body(
                FileEvent(
                    watch: header.wd, mask: FileEvent.Mask(rawValue: header.mask),
                    cookie: header.cookie), name)
            offset = end
        }
    }
}
