// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// One stream: what has arrived on it and was not taken, and what it has to say.
//
// It knows neither requests nor connections; whoever serves it keeps its own name in it.

package import Memory

/// One stream of a session.
///
/// Limits: what arrives is bounded by the window, which opens only as content is taken; what waits
///         to be sent by `queueByteLimit`.
@safe
package final class HTTP2Stream {
    package let number: Int32
    /// Which lets go of its streams when it ends.
    package let session: HTTP2Session

    /// Who serves it.
    package var client: SlotID?
    /// Its place among the streams of the session.
    var place = 0

    // MARK: What arrives

    /// Where the text of its head is, until heads are forgotten.
    package internal(set) var headRange = 0..<0
    /// What is wrong with its head.
    package internal(set) var flaw: HTTP2Flaw?
    /// Whether it asks for another protocol, by an extended CONNECT.
    package internal(set) var isTunnel = false
    /// Whether its head was the whole request.
    package internal(set) var isWithoutContent = false
    /// Whether it has been reset by us.
    var isReset = false
    /// Whether its head has been told of.
    var isAnnounced = false
    /// The bytes of its head as they came.
    package internal(set) var headByteCount = 0
    /// Content that was not taken.
    private var inbox = Buffer(capacity: 0)
    /// Whether nothing more will arrive.
    package internal(set) var isInputEnded = false
    /// Whether what arrives is dropped.
    private(set) var dropsInput = false
    /// Whether it is among those that have news.
    package var isNoted = false

    // MARK: What is to be sent

    /// When its content goes, beside that of others.
    package internal(set) var priority = HTTP2Priority()
    /// Whether its server has said so itself.
    var hasServerPriority = false
    /// How much goes into one frame.
    package var chunkSize = 8_192

    /// Content that is kept here.
    private var queue = Buffer(capacity: 0)
    /// Content that somebody else keeps until it is taken.
    private var lent: UnsafeRawPointer?
    private var lentCount = 0
    private var takenCount = 0
    /// Whether the end of what is here is the end of the content.
    package private(set) var isOutputEnded = false
    /// Lines that follow the content.
    var trailers = Buffer(capacity: 0)
    /// Whether the head of the response has been handed over.
    package internal(set) var hasAnswered = false
    /// Whether the library waits for content.
    var isDeferred = false
    /// Whether its server waits until something is sent.
    var wantsRoom = false
    /// What nobody waits for any more.
    var isPromised = false
    var promisedCount = 0
    /// Whether the last byte is on its way to the wire.
    package internal(set) var isSent = false
    /// Whether it is over, in whatever way.
    package internal(set) var isClosed = false
    /// Frames that were written for it, with their heads.
    package internal(set) var sentByteCount = 0
    private var seenByteCount = 0

    init(_ number: Int32, of session: HTTP2Session) {
        self.number = number
        self.session = session
    }

    package static var queueByteLimit: Int { 64 << 10 }

    // MARK: Receiving

    /// Whether there is content to be taken.
    package var hasInput: Bool { !inbox.isEmpty }

    func take(_ bytes: Span<UInt8>) {
        guard !dropsInput else { return session.acknowledge(bytes.count, of: self) }
        inbox.append(bytes)
    }

    /// Moves content that has arrived to `buffer`, and lets the client send as much again.
    package func receive(into buffer: inout Buffer, atMost limit: Int) -> Int {
        let count = min(limit, inbox.count)
        guard count > 0 else { return 0 }
        buffer.append(0..<count, of: inbox)
        inbox.consume(count)
        if inbox.isEmpty, inbox.capacity > Self.keptByteLimit { inbox = Buffer(capacity: 0) }
        session.acknowledge(count, of: self)
        return count
    }

    /// What an empty inbox keeps.
    private static var keptByteLimit: Int { 4 << 10 }

    /// Drops what has arrived and what will.
    package func dropInput() {
        guard !dropsInput else { return }
        dropsInput = true
        let count = inbox.count
        inbox = Buffer(capacity: 0)
        if count > 0 { session.acknowledge(count, of: self) }
    }

    // MARK: Sending

    /// How much may be queued.
    package var room: Int { max(0, Self.queueByteLimit - queue.count) }

    /// Whether enough has gone for its server to go on.
    var hasRoom: Bool { lentCount == 0 && queue.count <= Self.queueByteLimit / 4 }

    /// What waits to be sent.
    var waitingCount: Int { queue.count + lentCount }

    /// Queues content, as much of it as there is room for.
    package func send(_ bytes: RawSpan) -> Int {
        let count = min(bytes.byteCount, room)
        if count < bytes.byteCount { wantsRoom = true }
        guard count > 0 else { return 0 }
        queue.append(bytes.extracting(0..<count))
        session.resume(self)
        return count
    }

    /// Queues a whole piece that is small.
    package func send(_ bytes: Span<UInt8>) {
        queue.append(bytes)
        session.resume(self)
    }

    /// Offers content without copying it; nil when some is offered already.
    ///
    /// Invariant: the bytes stay until `takeNotice` has told of all of them, or `withdraw`.
    package func lend(_ bytes: Span<UInt8>, isLast: Bool) {
        precondition(lentCount == 0)
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe lent = UnsafeRawPointer(buffer.baseAddress)
        }
        lentCount = bytes.count
        takenCount = 0
        wantsRoom = true
        if isLast { isOutputEnded = true }
        session.resume(self)
    }

    /// Whether content is offered.
    package var isLending: Bool { lentCount > 0 || takenCount > 0 }

    /// How much of what is offered has been taken since the last time.
    package func takeNotice() -> Int {
        defer { takenCount = 0 }
        if lentCount > 0 { wantsRoom = true }
        return takenCount
    }

    /// Takes back what is offered.
    package func withdraw() {
        unsafe lent = nil
        lentCount = 0
        takenCount = 0
    }

    /// Ends the content.
    package func finish() {
        guard !isOutputEnded else { return }
        isOutputEnded = true
        session.resume(self)
    }

    /// Ends the content; these lines follow it.
    package func finish(trailers lines: borrowing Buffer) {
        trailers.append(contentsOf: lines)
        finish()
    }

    /// Whether everything is sent, or will be with what is sent next.
    package var isDone: Bool {
        if isSent || isClosed { return true }
        if isInputEnded, lentCount == 0, session.promise(self) { return true }
        wantsRoom = true
        return false
    }

    /// Whether its end is sent, or only waits for the wire.
    package var isSettled: Bool { isSent || isPromised }

    /// Whether anything was sent since this was asked last.
    package var hasMoved: Bool {
        defer { seenByteCount = sentByteCount }
        return seenByteCount != sentByteCount
    }

    /// Writes content behind the head of a frame.
    func write(_ count: Int, to output: inout Buffer) {
        let queued = min(count, queue.count)
        if queued > 0 {
            output.append(0..<queued, of: queue)
            queue.consume(queued)
        }
        let rest = count - queued
        guard rest > 0, let start = unsafe lent else { return }
        output.append(unsafe RawSpan(_unsafeStart: start, byteCount: rest))
        unsafe lent = start + rest
        lentCount -= rest
        takenCount += rest
    }

    /// Ends it for both sides.
    func close() {
        isClosed = true
        session.promisedCount -= promisedCount
        promisedCount = 0
        isDeferred = false
        unsafe lent = nil
        lentCount = 0
        isInputEnded = true
    }
}
