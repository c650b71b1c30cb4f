// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What managed peers print: line by line, each with the name of its peer, on the supervisor's own
// standard output and error.

internal import OS

/// Passes on what peers print, and remembers the last of it.
///
/// Nobody ever waits: not a peer because nobody reads what it prints, and not the supervisor
/// because its terminal has stopped. What cannot be written in time is lost, and how much is said.
struct PeerOutput: ~Copyable {
    /// How many of its last lines a peer is remembered for.
    static let lastWordsLimit = 10

    /// How much is read at once.
    private static var readLimit: Int { 16 << 10 }

    /// One end of one pipe.
    private final class Stream {
        let descriptor: FileDescriptor
        let process: ProcessID
        let target: Int
        let prefix: [UInt8]
        var splitter = LineSplitter()

        init(
            _ descriptor: consuming FileDescriptor, _ process: ProcessID, target: Int,
            prefix: [UInt8]
        ) {
            self.descriptor = descriptor
            self.process = process
            self.target = target
            self.prefix = prefix
        }
    }

    private var streams: [Int32: Stream] = [:]
    /// Standard output, then standard error.
    private var queues = [OutputQueue(descriptor: 1), OutputQueue(descriptor: 2)]
    private var lastWords: [ProcessID: [String]] = [:]
    /// How wide names are, so that lines stand below each other.
    private var nameWidth = 0

    /// Whether something waits to be written, which is to be tried again soon.
    var isWaiting: Bool { queues.contains { !$0.isEmpty } }

    /// Begins to pass on what a process prints; the descriptors are watched already.
    mutating func add(
        _ process: ProcessID, name: String, slot: PeerSlot, output: consuming FileDescriptor,
        errors: consuming FileDescriptor
    ) {
        nameWidth = max(nameWidth, name.utf8.count)
        let numbers = [output.number, errors.number]
        streams[numbers[0]] = Stream(
            output, process, target: 0, prefix: prefix(name, slot, queues[0].isColored))
        streams[numbers[1]] = Stream(
            errors, process, target: 1, prefix: prefix(name, slot, queues[1].isColored))
        lastWords[process] = []
    }

    private func prefix(_ name: String, _ slot: PeerSlot, _ isColored: Bool) -> [UInt8] {
        let padding = String(repeating: " ", count: nameWidth - name.utf8.count)
        let text = "\(name)\(padding) | "
        guard isColored else { return Array(text.utf8) }
        let colors = [36, 33, 32, 35, 34, 31]
        return Array("\u{1B}[\(colors[slot.number % colors.count])m\(text)\u{1B}[0m".utf8)
    }

    /// Passes on what one descriptor has.
    ///
    /// - Returns: whether there may be more later.
    mutating func read(_ number: Int32) -> Bool {
        guard let stream = streams[number] else { return false }
        var bytes: [UInt8] = []
        switch Pipe.receive(from: number, limit: Self.readLimit, into: &bytes) {
        case .bytes:
            for line in stream.splitter.split(bytes[...]) { take(line, from: stream) }
            return true
        case .wouldBlock:
            return true
        case .endOfStream, .failed:
            if let line = stream.splitter.finish() { take(line, from: stream) }
            return false
        }
    }

    /// Forgets a descriptor that has ended.
    mutating func remove(_ number: Int32) { streams[number] = nil }

    private mutating func take(_ line: [UInt8], from stream: Stream) {
        queues[stream.target].append(stream.prefix + line + [UInt8(ascii: "\n")])
        guard stream.target == 1, lastWords[stream.process] != nil, !line.isEmpty else { return }
        var words = lastWords[stream.process] ?? []
        words.append(Self.printable(line))
        lastWords[stream.process] = Array(words.suffix(Self.lastWordsLimit))
    }

    /// A line for a log, where it must not be able to make up other lines or colours.
    private static func printable(_ line: [UInt8]) -> String {
        String(
            decoding: line.prefix(512).map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
    }

    /// Reads what a process that has ended left behind, and gives its last lines.
    mutating func takeLastWords(of process: ProcessID) -> [String] {
        // Bounded: whoever it started may still be printing.
        for (number, stream) in streams where stream.process == process {
            for _ in 0..<16 {
                var bytes: [UInt8] = []
                let outcome = Pipe.receive(from: number, limit: Self.readLimit, into: &bytes)
                guard case .bytes = outcome else { break }
                for line in stream.splitter.split(bytes[...]) { take(line, from: stream) }
            }
            if let line = stream.splitter.finish() { take(line, from: stream) }
        }
        return lastWords.removeValue(forKey: process) ?? []
    }

    /// Writes what can be written.
    mutating func flush() {
        for index in queues.indices { queues[index].flush() }
    }
}

/// Lines on their way to standard output or error.
struct OutputQueue {
    /// Units: bytes.
    static let byteLimit = 256 << 10

    private let descriptor: Int32
    let isColored: Bool
    private var bytes: [UInt8] = []
    private var lostCount = 0

    init(descriptor: Int32) {
        self.descriptor = descriptor
        isColored = Process.isTerminal(descriptor) && Process.environmentValue("NO_COLOR") == nil
    }

    var isEmpty: Bool { bytes.isEmpty && lostCount == 0 }

    mutating func append(_ line: [UInt8]) {
        if lostCount == 0, bytes.count + line.count <= Self.byteLimit {
            bytes += line
        } else {
            lostCount += 1
        }
    }

    mutating func flush() {
        guard !isEmpty else { return }
        bytes.removeFirst(Process.writeWithoutWaiting(bytes[...], to: descriptor))
        guard bytes.isEmpty, lostCount > 0 else { return }
        bytes = Array("… \(lostCount) lines of peers were lost, as nobody read them\n".utf8)
        lostCount = 0
    }
}
