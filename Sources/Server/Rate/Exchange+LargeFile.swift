// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is looked at before a part of a large file is sent: whether it is still the same file, and
// whether the kernel has it in memory.

internal import FileCache
internal import OS

/// What a response knows of the file that it is sent from.
struct FileView: BitwiseCopyable {
    /// The version of the content when the first byte was sent.
    var version: SharedFile.Version?
    /// Up to where the kernel has it in memory, as far as was asked.
    var loadedEnd = 0
    /// Whether a background thread is loading the part before `loadedEnd`.
    var isLoading = false
}

extension Exchange {
    enum FileState: BitwiseCopyable { case ready, cold, changed }

    /// Looks at a file before a part of it is sent.
    ///
    /// A part that a disk would have to be waited for is loaded by a background thread; the
    /// exchange is told by `diskDidAnswer`.
    /// Why: sending from a file that is not in memory makes the whole loop wait for the disk.
    /// Cost: one system call, and another one for each `loadByteCount`.
    mutating func examine(
        _ file: SharedFile, _ range: Extent, _ services: inout Services
    ) -> FileState {
        if response.fileView.isLoading { return .cold }
        guard isUnchanged(file, upTo: range.end, &services) else { return .changed }
        guard range.start >= response.fileView.loadedEnd else { return .ready }
        let end = min(range.end, range.start + Self.loadByteCount)
        response.fileView.loadedEnd = end
        if file.isInMemory(at: end - 1) { return .ready }
        guard let entry = response.file.entry else { return .ready }
        entry.retain()
        let start = range.start
        response.fileView.isLoading = services.run(for: client) {
            file.load(start..<end)
            entry.release()
        }
        if !response.fileView.isLoading { entry.release() }
        return response.fileView.isLoading ? .cold : .ready
    }

    /// Whether what a response has been sent of a file is still the beginning of what is there; if
    /// not, that is logged.
    mutating func isUnchanged(
        _ file: SharedFile, upTo end: Int, _ services: inout Services
    ) -> Bool {
        // What is appended to a file while it is sent is no concern of this response.
        guard let version = file.version, version.byteCount >= end,
            version.mayExtend(response.fileView.version ?? version)
        else {
            services.logError(.error, self, "a file was changed while it was being sent")
            return false
        }
        if response.fileView.version == nil { response.fileView.version = version }
        return true
    }

    /// The part of the file that was waited for is in memory, or nothing can be done about it.
    mutating func diskDidAnswer() { response.fileView.isLoading = false }

    /// How much of a file is looked for in memory at once.
    private static var loadByteCount: Int { 1 << 20 }
}
