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
    /// The file that holds what did not fit, without a name.
    private var file: FileDescriptor?
    private(set) var fileByteCount = 0
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
    mutating func append(_ bytes: Span<UInt8>, _ settings: borrowing Settings) -> Outcome {
        guard allows(bytes.count, settings) else { return .tooLarge }
        receivedCount += bytes.count
        if isDiscarded { return .taken }
        memory.append(bytes)
        if !isStreamed, memory.count > settings.client.contentBufferSize {
            return spill(to: settings.contentTemporaryPath)
        }
        return .taken
    }

    /// Whether so many bytes more are within `client_max_body_size`.
    func allows(_ byteCount: Int, _ settings: borrowing Settings) -> Bool {
        let limit = settings.client.contentByteLimit
        let (total, overflow) = receivedCount.addingReportingOverflow(byteCount)
        return !overflow && (limit == 0 || total <= limit)
    }

    /// Ends the content: what is in a file is there completely.
    mutating func finish(_ settings: borrowing Settings) -> Outcome {
        isComplete = true
        guard isInFile, !memory.isEmpty else { return .taken }
        return spill(to: settings.contentTemporaryPath)
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
        file = nil
        fileByteCount = 0
        isStreamed = false
        isComplete = true
    }

    /// Drops what a streaming handler has passed on.
    mutating func consume(_ byteCount: Int) { memory.consume(byteCount) }

    /// Forgets everything.
    mutating func reset() {
        memory.removeAll()
        if memory.capacity > 0 { memory = Buffer(capacity: 0) }
        if isInFile { file = nil }
        fileByteCount = 0
        receivedCount = 0
        isComplete = false
        isStreamed = false
        isDiscarded = false
        wasInvited = false
    }

    /// Moves what is in memory to the file.
    private mutating func spill(to directory: [UInt8]) -> Outcome {
        if !isInFile {
            do throws(Errno) {
                file = try FileSystem.temporaryFile(in: directory)
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

    private func write() -> Transfer {
        switch file {
        case .some(let file): file.write(memory.readableBytes)
        case .none: .endOfStream
        }
    }
}
