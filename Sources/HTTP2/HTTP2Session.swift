// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// HTTP/2 as a server speaks it: bytes in, streams that have news, bytes out. nghttp2 does the
// framing.
//
// It does no I/O and knows no requests. What the library tells while it reads is only noted; the
// owner of the session looks at it afterwards, so nobody is called back in the middle of anything.

internal import CNGHTTP2
package import Memory

/// One connection's HTTP/2.
@safe
package final class HTTP2Session {
    package let settings: HTTP2Settings
    private var library: OpaquePointer?

    /// The streams that are open.
    private(set) package var streams: [HTTP2Stream] = []
    /// Those whose head has arrived.
    package var started: [HTTP2Stream] = []
    /// Those to which content, or its end, has come.
    package var changed: [HTTP2Stream] = []
    /// Those that have ended, in whatever way.
    package var closed: [HTTP2Stream] = []
    /// Those that had to wait for room and have some.
    package var drained: [HTTP2Stream] = []

    /// What has arrived before it is known how the client begins.
    private var opening = Buffer(capacity: 0)
    private var isOpening = true
    /// Whether the next answer to SETTINGS is for those that the client has not sent.
    var hidesAnswer = false

    /// The head that is being read.
    var head = HeadText()
    /// The last stream that was begun, and those that ended before the client had ended them.
    var lastNumber: Int32 = 0
    var endedEarly: [Int32] = []
    /// What was said of streams before they were begun.
    var priorUpdates: [PriorUpdate] = []
    /// The stream that it belongs to.
    var headStream: HTTP2Stream?
    /// Whether a frame, or the fields of several, have come only in part.
    package internal(set) var isInHead = false
    /// Whether the fields being read are trailers, which nobody takes.
    var isInTrailers = false
    /// What the library has written.
    var output = Buffer(capacity: 0)
    /// The name and value of the status that is being written.
    var statusField = Buffer(capacity: 16)
    /// Why the session has failed.
    package internal(set) var failure: HTTP2ErrorCode?
    /// Whether the client has taken notice of our settings.
    var isAcknowledged = false
    /// How far the client is told that no new streams will be served.
    var ending = Ending.none
    /// Whether the client has said that it will open no more.
    package internal(set) var isClientEnding = false
    /// The connection that it belongs to.
    package var owner = SlotID(index: 0, generation: 0)
    /// What streams will say that nobody waits for any more.
    var promisedCount = 0
    /// Whether its owner means to look at it.
    package var isScheduled = false
    /// What has been counted of a client that does nothing useful.
    package internal(set) var conduct = HTTP2Conduct()

    /// Begins a session; the client's preface is the first that it reads.
    ///
    /// - Returns: nil when there is no memory.
    package init?(_ settings: HTTP2Settings) {
        self.settings = settings
        unsafe library = Self.makeLibrary(self)
        guard unsafe library != nil else { return nil }
        announce()
    }

    deinit { unsafe nghttp2_session_del(library) }

    private func announce() {
        var entries = [
            Self.entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.concurrentStreamLimit),
            Self.entry(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings.streamWindow),
            Self.entry(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 16_777_215),
            // Spec: RFC 9218 §2.1.
            Self.entry(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1),
        ]
        if settings.allowsExtendedConnect {
            entries.append(Self.entry(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1))
        }
        _ = unsafe entries.withUnsafeBufferPointer {
            unsafe nghttp2_submit_settings(
                library, UInt8(NGHTTP2_FLAG_NONE.rawValue), $0.baseAddress, $0.count)
        }
        _ = unsafe nghttp2_session_set_local_window_size(
            library, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, HTTP2Settings.connectionWindow)
    }

    private static func entry(
        _ name: nghttp2_settings_id, _ value: Int
    ) -> nghttp2_settings_entry {
        nghttp2_settings_entry(
            settings_id: Int32(name.rawValue), value: UInt32(clamping: value))
    }

    // MARK: Reading

    /// Reads what has come from the client.
    ///
    /// - Returns: false when nothing more can be read: `failure` says why.
    package func receive(_ bytes: Span<UInt8>) -> Bool {
        conduct.byteCount += bytes.count
        // Spec: nginx "http2 flood detected".
        if conduct.byteCount / 8 > conduct.usefulByteCount + 1 << 20 {
            fail(.enhanceYourCalm)
            return false
        }
        guard isOpening else { return read(bytes) }
        opening.append(bytes)
        return finishOpening()
    }

    /// Reads the beginning once it shows whether the client says anything about itself.
    ///
    /// Spec: RFC 9113 §3.4 wants SETTINGS first. nginx does without them, and so do some clients;
    ///       the library does not, so it is told empty ones then.
    private func finishOpening() -> Bool {
        let flagsOffset = Self.prefaceByteCount + 4
        guard opening.count > flagsOffset else { return true }
        isOpening = false
        var bytes = Buffer(capacity: 0)
        swap(&bytes, &opening)
        let isSettings =
            bytes.readable[flagsOffset - 1] == UInt8(NGHTTP2_SETTINGS.rawValue)
            && UInt32(bytes.readable[flagsOffset]) & NGHTTP2_FLAG_ACK.rawValue == 0
        if isSettings {
            Self.chooseScheme(&bytes, from: Self.prefaceByteCount)
            return read(bytes.readable)
        }
        var settings = Buffer(capacity: 64)
        settings.append(0..<Self.prefaceByteCount, of: bytes)
        settings.append([0, 0, 0, UInt8(NGHTTP2_SETTINGS.rawValue), 0, 0, 0, 0, 0])
        hidesAnswer = true
        guard read(settings.readable) else { return false }
        return read(bytes.span(Self.prefaceByteCount..<bytes.count))
    }

    private static var prefaceByteCount: Int { 24 }

    private func read(_ bytes: Span<UInt8>) -> Bool {
        let count = unsafe bytes.withUnsafeBufferPointer {
            unsafe nghttp2_session_mem_recv(library, $0.baseAddress, $0.count)
        }
        if count < 0, failure == nil {
            failure = Self.code(ofError: Int32(truncatingIfNeeded: count))
        }
        return failure == nil
    }

    private static func code(ofError error: Int32) -> HTTP2ErrorCode {
        switch nghttp2_error(rawValue: error) {
        case NGHTTP2_ERR_FLOODED, NGHTTP2_ERR_TOO_MANY_SETTINGS: .enhanceYourCalm
        case NGHTTP2_ERR_NOMEM, NGHTTP2_ERR_CALLBACK_FAILURE: .internalError
        default: .protocolError
        }
    }

    /// Whether the session waits for bytes; if not and nothing is to be sent, it is over.
    package var wantsInput: Bool { unsafe nghttp2_session_want_read(library) != 0 }

    /// Whether there is something to be sent.
    package var wantsOutput: Bool {
        unsafe failure == nil && nghttp2_session_want_write(library) != 0
    }

    /// Appends the text of a stream's head, as HTTP/1 would have it.
    package func appendHead(of stream: HTTP2Stream, to buffer: inout Buffer) {
        buffer.append(stream.headRange, of: head.text)
    }

    /// Forgets the heads that have been told of.
    package func forgetHeads() {
        if headStream == nil { head.text.removeAll() }
    }

    // MARK: Writing

    /// Appends what is to be sent now to `buffer`, until that is full.
    package func write(to buffer: inout Buffer, limit: Int) {
        guard failure == nil else { return }
        swap(&output, &buffer)
        outputLimit = limit
        while output.count < limit {
            var start: UnsafePointer<UInt8>?
            let count = unsafe nghttp2_session_mem_send(library, &start)
            if count < 0 {
                failure = Self.code(ofError: Int32(truncatingIfNeeded: count))
                break
            }
            guard count > 0, let first = unsafe start else { break }
            output.append(unsafe RawSpan(_unsafeStart: first, byteCount: count))
        }
        swap(&output, &buffer)
    }

    /// Where the frames of contents pause.
    var outputLimit = 0

    // MARK: Streams

    /// Whether all that a stream has to say can go at once; it is promised then.
    package func promise(_ stream: HTTP2Stream) -> Bool {
        let count = stream.waitingCount
        let room = unsafe (
            nghttp2_session_get_remote_window_size(library),
            nghttp2_session_get_stream_remote_window_size(library, stream.number)
        )
        guard count <= Int(room.1), count + promisedCount <= Int(room.0) else { return false }
        stream.isPromised = true
        stream.promisedCount = count
        promisedCount += count
        return true
    }

    /// Whether a stream that has begun knows how much it may send.
    ///
    /// Spec: nginx refuses content for which there may be no room.
    package func keepsWindow(_ stream: HTTP2Stream) -> Bool {
        isAcknowledged || stream.isWithoutContent || settings.streamWindow >= 65_535
    }

    /// Ends a stream early.
    package func reset(_ stream: HTTP2Stream, _ code: HTTP2ErrorCode) {
        guard !stream.isClosed, !stream.isReset else { return }
        stream.isReset = true
        stream.withdraw()
        _ = unsafe nghttp2_submit_rst_stream(
            library, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.number, code.rawValue)
    }

    /// Whether the head that is being read has been given up.
    package var isHeadGivenUp: Bool { isInHead && headStream == nil }

    /// Gives up the head that is being read, because it takes too long; others may follow.
    ///
    /// - Returns: false when there is none, or it was given up before.
    package func resetHead() -> Bool {
        guard isInHead, let stream = headStream else { return false }
        headStream = nil
        reset(stream, .protocolError)
        return true
    }

    /// Opens the window of a stream again for content that has been taken.
    func acknowledge(_ count: Int, of stream: HTTP2Stream) {
        guard !stream.isClosed, !stream.isInputEnded else { return }
        _ = unsafe nghttp2_session_consume_stream(library, stream.number, count)
    }

    /// Lets content that has come go out.
    func resume(_ stream: HTTP2Stream) {
        guard stream.isDeferred else { return }
        stream.isDeferred = false
        _ = unsafe nghttp2_session_resume_data(library, stream.number)
    }

    func add(_ stream: HTTP2Stream) {
        stream.place = streams.count
        streams.append(stream)
    }

    func remove(_ stream: HTTP2Stream) {
        let place = stream.place
        guard place < streams.count, streams[place] === stream else { return }
        let last = streams.removeLast()
        if last !== stream {
            streams[place] = last
            last.place = place
        }
    }

    /// Lets go of everything; nobody uses the session any more.
    package func dispose() {
        isScheduled = true
        for stream in streams { stream.close() }
        streams = []
        started = []
        changed = []
        closed = []
        drained = []
        headStream = nil
    }

    /// Runs a call of the library that needs the session.
    func withLibrary<Result>(_ body: (OpaquePointer?) -> Result) -> Result {
        unsafe body(library)
    }
}

/// What a client has done that costs more than it is worth.
package struct HTTP2Conduct: BitwiseCopyable {
    /// Streams that were begun.
    package var streamCount = 0
    /// Streams that were reset before they were answered, or were malformed.
    package var resetCount = 0
    /// All bytes that came, and those of them that were heads and contents.
    package var byteCount = 0
    package var usefulByteCount = 0

    /// Whether streams are opened only to be reset.
    var isResetting: Bool { resetCount > 200 && resetCount * 2 > streamCount }
}
