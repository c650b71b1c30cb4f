// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The content of a request between the connection that receives it and the handler that wants it.

internal import Memory
internal import OS

/// Where the content of a request is kept.
///
/// Buffered, it is complete before the handler begins: in memory up to a limit, in an unlinked file
/// beyond it. Streamed, it is a queue that the handler empties.
/// Limits: `contentByteLimit` for all of it, `contentBufferSize` for what is in memory.
/// Spec: nginx `client_body_buffer_size`, `client_body_temp_path`, `proxy_request_buffering`.
struct RequestContent: ~Copyable {
    /// What is in memory: all of it, or what has not reached the file yet.
    private(set) var memory = Buffer(capacity: 0)
    /// The file that holds what did not fit.
    private var file: FileDescriptor?
    /// What it is called; where it has no name, what it could have been called.
    private(set) var fileName: [UInt8] = []
    /// Whether that is a name, and it must go.
    private var removesFile = false
    private(set) var fileByteCount = 0
    /// A copy of streamed content, as long as it would have fitted into memory, where a template
    /// asks for it.
    private var record = Buffer(capacity: 0)
    /// Whether such a copy is wanted.
    var isRecorded = false
    /// All that was received, decoded.
    private(set) var receivedCount = 0
    /// Whether the last byte has arrived.
    var isComplete = false
    /// Whether the handler takes it as it arrives.
    var isStreamed = false
    /// Whether nobody wants it: it is read and dropped.
    var isDiscarded = false
    /// Whether "100 Continue" has been sent or need not be.
    var wasInvited = false

    enum Outcome: BitwiseCopyable, Equatable {
        case taken
        /// More than `client_max_body_size`.
        case tooLarge
        /// There is no place for a file.
        case homeless(Errno)
        /// The file could not be written.
        case failed(Errno)
    }

    /// Takes decoded bytes.
    ///
    /// Spec: nginx: a length that is known may exceed the buffer by a quarter.
    mutating func append(
        _ bytes: Span<UInt8>, _ settings: borrowing Settings, ofKnownLength isLengthKnown: Bool
    ) -> Outcome {
        guard allows(bytes.count, settings) else { return .tooLarge }
        receivedCount += bytes.count
        if isDiscarded { return .taken }
        memory.append(bytes)
        let size = settings.client.contentBufferSize
        if isRecorded { remember(bytes, limit: size) }
        if !isStreamed, memory.count > size, !isLengthKnown || memory.count >= size + size / 4 {
            return spill(settings)
        }
        return .taken
    }

    private mutating func remember(_ bytes: Span<UInt8>, limit: Int) {
        if record.count + bytes.count > limit {
            isRecorded = false
            record = Buffer(capacity: 0)
        } else {
            record.append(bytes)
        }
    }

    /// Appends all of it to `buffer` if that is in memory.
    func appendAll(to buffer: inout Buffer) {
        if isRecorded {
            buffer.append(contentsOf: record)
        } else if !isInFile, !isStreamed {
            buffer.append(contentsOf: memory)
        }
    }

    /// Whether so many bytes more are within `client_max_body_size`, which is not for what is
    /// dropped.
    func allows(_ byteCount: Int, _ settings: borrowing Settings) -> Bool {
        if isDiscarded { return true }
        let limit = settings.client.contentByteLimit
        let (total, overflow) = receivedCount.addingReportingOverflow(byteCount)
        return !overflow && (limit == 0 || total <= limit)
    }

    /// Ends the content: what is in a file is there completely.
    mutating func finish(_ settings: borrowing Settings) -> Outcome {
        isComplete = true
        let wantsFile = settings.client.contentFile != .whenLarge && !isStreamed && !isDiscarded
        guard isInFile ? !memory.isEmpty : wantsFile else { return .taken }
        return spill(settings)
    }

    /// Whether the handler must read `descriptorNumber` instead of `memory`.
    var isInFile: Bool {
        switch file {
        case .some: true
        case .none: false
        }
    }

    /// The file, to be read by offset.
    var descriptorNumber: Int32? {
        switch file {
        case .some(let file): file.number
        case .none: nil
        }
    }

    /// What is here to be passed on, in memory and in the file.
    var heldByteCount: Int { fileByteCount + memory.count }

    /// Drops what has arrived, and waits for nothing more.
    mutating func abandon() {
        memory.removeAll()
        dropFile()
        forgetRecord()
        isStreamed = false
        isComplete = true
    }

    /// The same content for another request; nil when no descriptor is left for it.
    func copied() -> RequestContent? {
        var copy = RequestContent()
        copy.memory = Buffer(capacity: memory.count)
        copy.memory.append(contentsOf: memory)
        switch file {
        case .some(let file):
            do throws(Errno) {
                copy.file = try file.duplicate()
            } catch {
                return nil
            }
        case .none: break
        }
        copy.fileName = fileName
        copy.fileByteCount = fileByteCount
        copy.receivedCount = receivedCount
        return copy
    }

    /// Drops what a streaming handler has passed on.
    mutating func consume(_ byteCount: Int) { memory.consume(byteCount) }

    /// Forgets everything.
    mutating func reset() {
        memory.removeAll()
        if memory.capacity > 0 { memory = Buffer(capacity: 0) }
        if isInFile { dropFile() }
        forgetRecord()
        receivedCount = 0
        isComplete = false
        isStreamed = false
        isDiscarded = false
        wasInvited = false
    }

    private mutating func forgetRecord() {
        isRecorded = false
        if record.capacity > 0 { record = Buffer(capacity: 0) }
    }

    private mutating func dropFile() {
        file = nil
        fileByteCount = 0
        // Whoever was told its name may have moved it elsewhere.
        if removesFile { try? FileSystem.unlink(fileName) }
        removesFile = false
        if !fileName.isEmpty { fileName = [] }
    }

    /// Moves what is in memory to the file.
    private mutating func spill(_ settings: borrowing Settings) -> Outcome {
        if !isInFile {
            do throws(Errno) {
                try makeFile(settings)
            } catch {
                return .homeless(error)
            }
        }
        while !memory.isEmpty {
            switch write() {
            case .bytes(let count):
                fileByteCount += count
                memory.consume(count)
            case .failed(let error): return .failed(error)
            case .wouldBlock, .endOfStream: return .failed(.noSpace)
            }
        }
        return .taken
    }

    private mutating func makeFile(_ settings: borrowing Settings) throws(Errno) {
        var name = ContentFileName(settings.contentTemporaryPath, settings.contentPathLevels)
        switch settings.client.contentFile {
        case .whenLarge: file = try FileSystem.temporaryFile(in: settings.contentTemporaryPath)
        case .kept: file = try name.makeFile()
        case .removed:
            file = try name.makeFile()
            removesFile = true
        }
        fileName = name.path
    }

    private func write() -> Transfer {
        switch file {
        case .some(let file): file.write(memory.readableBytes)
        case .none: .endOfStream
        }
    }
}
