// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What nghttp2 tells while it reads and writes.

internal import CNGHTTP2
internal import Memory

extension HTTP2Session {
    /// Makes the library's half of a session.
    static func makeLibrary(_ session: HTTP2Session) -> OpaquePointer? {
        var callbacks: OpaquePointer?
        var options: OpaquePointer?
        guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0 else { return nil }
        defer { unsafe nghttp2_session_callbacks_del(callbacks) }
        guard unsafe nghttp2_option_new(&options) == 0 else { return nil }
        defer { unsafe nghttp2_option_del(options) }
        unsafe setCallbacks(callbacks)
        unsafe nghttp2_option_set_no_auto_window_update(options, 1)
        // What a head may contain is decided by those who read heads of all versions.
        unsafe nghttp2_option_set_no_http_messaging(options, 1)
        unsafe nghttp2_option_set_no_closed_streams(options, 1)
        unsafe nghttp2_option_set_max_continuations(
            options, HTTP2Settings.continuationLimit)
        unsafe nghttp2_option_set_max_outbound_ack(options, HTTP2Settings.unsentAnswerLimit)
        unsafe nghttp2_option_set_max_settings(options, HTTP2Settings.settingLimit)
        unsafe nghttp2_option_set_max_send_header_block_length(
            options, HTTP2Settings.answerByteLimit)
        unsafe nghttp2_option_set_server_fallback_rfc7540_priorities(options, 1)
        unsafe nghttp2_option_set_builtin_recv_extension_type(
            options, UInt8(NGHTTP2_PRIORITY_UPDATE.rawValue))
        var library: OpaquePointer?
        let context = unsafe Unmanaged.passUnretained(session).toOpaque()
        guard unsafe nghttp2_session_server_new2(&library, callbacks, context, options) == 0
        else { return nil }
        return unsafe library
    }

    private static func setCallbacks(_ callbacks: OpaquePointer?) {
        unsafe nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) {
            library, header, context in
            unsafe HTTP2Session.borrow(context) { unsafe $0.beginFrame(library, header) }
        }
        unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) {
            _, frame, context in
            unsafe HTTP2Session.of(context).beginHead(frame)
        }
        unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, _, name, nameCount, value, valueCount, _, context in
            unsafe HTTP2Session.borrow(context) {
                unsafe $0.addField(name, nameCount, value, valueCount)
            }
        }
        unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) {
            _, frame, context in
            unsafe HTTP2Session.borrow(context) { unsafe $0.noteFrame(frame) }
        }
        unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
            library, _, number, bytes, count, context in
            unsafe HTTP2Session.of(context).takeContent(library, number, bytes, count)
        }
        unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) {
            library, number, code, context in
            unsafe HTTP2Session.of(context).closeStream(library, number, code)
        }
        unsafe nghttp2_session_callbacks_set_send_data_callback(callbacks) {
            _, frame, head, count, source, context in
            unsafe HTTP2Session.of(context).writeContent(frame, head, count, source)
        }
        unsafe nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks) {
            library, _, number, connectionWindow, streamWindow, frameSize, _ in
            let room = min(Int(connectionWindow), Int(streamWindow), Int(frameSize))
            return unsafe min(room, HTTP2Session.stream(library, number)?.chunkSize ?? room)
        }
        unsafe nghttp2_session_callbacks_set_before_frame_send_callback(callbacks) {
            _, frame, context in
            unsafe HTTP2Session.borrow(context) { unsafe $0.judge(frame) }
        }
        unsafe nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) {
            library, frame, context in
            unsafe HTTP2Session.borrow(context) { unsafe $0.noteSent(library, frame) }
        }
    }

    /// The session, without counting that it is used: whoever has called the library has it.
    private static func borrow<Result>(
        _ context: UnsafeMutableRawPointer?, _ body: (HTTP2Session) -> Result
    ) -> Result {
        unsafe Unmanaged<HTTP2Session>.fromOpaque(context.unsafelyUnwrapped)
            ._withUnsafeGuaranteedRef { body($0) }
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> HTTP2Session {
        unsafe Unmanaged<HTTP2Session>.fromOpaque(context.unsafelyUnwrapped)
            .takeUnretainedValue()
    }

    static func stream(
        _ library: OpaquePointer?, _ number: Int32
    ) -> HTTP2Stream? {
        guard let known = unsafe nghttp2_session_get_stream_user_data(library, number) else {
            return nil
        }
        return unsafe Unmanaged<HTTP2Stream>.fromOpaque(known).takeUnretainedValue()
    }

    // MARK: Heads

    /// Refuses heads that come out of order.
    ///
    /// Spec: RFC 9113 §5.1.1. Trailers of a stream that we have ended may still be on their way.
    private func beginFrame(
        _ library: OpaquePointer?, _ header: UnsafePointer<nghttp2_frame_hd>?
    ) -> Int32 {
        guard let header = unsafe header?.pointee else { return 0 }
        guard UInt32(header.type) == NGHTTP2_HEADERS.rawValue else {
            // Spec: RFC 9113 §8.4: clients cannot push.
            guard UInt32(header.type) == NGHTTP2_PUSH_PROMISE.rawValue else { return 0 }
            failure = .protocolError
            return Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
        }
        let number = header.stream_id
        if number > lastNumber {
            lastNumber = number
            return 0
        }
        if unsafe Self.stream(library, number) != nil || endedEarly.contains(number) { return 0 }
        failure = .protocolError
        return Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
    }

    private func beginHead(_ frame: UnsafePointer<nghttp2_frame>?) -> Int32 {
        guard let frame = unsafe frame else { return 0 }
        isInHead = true
        isInTrailers = unsafe frame.pointee.headers.cat != NGHTTP2_HCAT_REQUEST
        guard !isInTrailers else { return 0 }
        let stream = unsafe HTTP2Stream(frame.pointee.hd.stream_id, of: self)
        conduct.streamCount += 1
        add(stream)
        unsafe withLibrary { library in
            _ = unsafe nghttp2_session_set_stream_user_data(
                library, stream.number, Unmanaged.passUnretained(stream).toOpaque())
        }
        headStream = stream
        head.begin(limit: settings.headByteLimit)
        return 0
    }

    private func addField(
        _ name: UnsafePointer<UInt8>?, _ nameCount: Int, _ value: UnsafePointer<UInt8>?,
        _ valueCount: Int
    ) -> Int32 {
        guard !isInTrailers, headStream != nil, let name = unsafe name, let value = unsafe value
        else { return 0 }
        head.add(
            unsafe Span(_unsafeStart: name, count: nameCount),
            unsafe Span(_unsafeStart: value, count: valueCount), settings.fieldByteLimit)
        guard head.isTooLarge else { return 0 }
        // Spec: nginx ends the connection as well.
        failure = .enhanceYourCalm
        return Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
    }

    private func endHead(_ stream: HTTP2Stream, byteCount: Int) {
        isInHead = false
        headStream = nil
        stream.headRange = head.finish()
        stream.flaw = head.flaw
        stream.isTunnel = head.isTunnel
        stream.headByteCount = byteCount
        prioritize(stream, by: head.priority)
        stream.isAnnounced = true
        started.append(stream)
    }

    // MARK: Frames

    private func noteFrame(_ frame: UnsafePointer<nghttp2_frame>?) -> Int32 {
        guard let frame = unsafe frame else { return 0 }
        let header = unsafe frame.pointee.hd
        switch nghttp2_frame_type(rawValue: UInt32(header.type)) {
        case NGHTTP2_HEADERS:
            isInHead = false
            if headStream == nil, !isInTrailers {
                // It has been given up.
            } else if let stream = headStream, !isInTrailers {
                noteEnd(stream, header.flags)
                stream.isWithoutContent = stream.isInputEnded
                conduct.usefulByteCount += header.length
                endHead(stream, byteCount: header.length)
            } else if let stream = unsafe withLibrary({
                unsafe Self.stream($0, header.stream_id)
            }) {
                noteEnd(stream, header.flags)
            }
            isInTrailers = false
        case NGHTTP2_DATA:
            guard
                let stream = unsafe withLibrary({ unsafe Self.stream($0, header.stream_id) })
            else { break }
            noteEnd(stream, header.flags)
        case NGHTTP2_GOAWAY: isClientEnding = true
        case NGHTTP2_SETTINGS where UInt32(header.flags) & NGHTTP2_FLAG_ACK.rawValue != 0:
            isAcknowledged = true
        case NGHTTP2_PING where UInt32(header.flags) & NGHTTP2_FLAG_ACK.rawValue != 0:
            noteProbeAnswer()
        case NGHTTP2_PRIORITY_UPDATE: return unsafe notePriorityUpdate(frame)
        default: break
        }
        return 0
    }

    private func noteEnd(_ stream: HTTP2Stream, _ flags: UInt8) {
        guard UInt32(flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0 else { return }
        stream.isInputEnded = true
        note(stream)
    }

    private func note(_ stream: HTTP2Stream) {
        guard stream.isAnnounced, !stream.isNoted else { return }
        stream.isNoted = true
        changed.append(stream)
    }

    private func takeContent(
        _ library: OpaquePointer?, _ number: Int32, _ bytes: UnsafePointer<UInt8>?, _ count: Int
    ) -> Int32 {
        // The connection has no window of its own.
        _ = unsafe nghttp2_session_consume_connection(library, count)
        guard let stream = unsafe Self.stream(library, number), let bytes = unsafe bytes else {
            return 0
        }
        conduct.usefulByteCount += count
        stream.take(unsafe Span(_unsafeStart: bytes, count: count))
        note(stream)
        return 0
    }

    private func closeStream(
        _ library: OpaquePointer?, _ number: Int32, _ code: UInt32
    ) -> Int32 {
        guard let stream = unsafe Self.stream(library, number) else { return 0 }
        remove(stream)
        if headStream === stream { headStream = nil }
        if !stream.isInputEnded {
            if endedEarly.count >= Self.endedEarlyLimit { endedEarly.removeFirst() }
            endedEarly.append(number)
        }
        if !stream.isSent { conduct.resetCount += 1 }
        stream.close()
        closed.append(stream)
        if conduct.isResetting { failure = failure ?? .enhanceYourCalm }
        return 0
    }

    /// How many are remembered.
    private static var endedEarlyLimit: Int { 128 }

    // MARK: Content

    /// Says how much of a stream's content goes into the next frame.
    static let provider: nghttp2_data_source_read_callback = {
        library, number, _, limit, flags, source, context in
        guard let place = unsafe source?.pointee.ptr, let flags = unsafe flags else {
            return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        }
        let stream = unsafe Unmanaged<HTTP2Stream>.fromOpaque(place).takeUnretainedValue()
        let waiting = stream.waitingCount
        guard waiting > 0 || stream.isOutputEnded else {
            stream.isDeferred = true
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        let count = min(waiting, limit)
        unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
        if count == waiting, stream.isOutputEnded {
            unsafe flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            if !stream.trailers.isEmpty {
                unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
                unsafe HTTP2Session.of(context).submitTrailers(of: stream)
            }
        }
        return count
    }

    /// Writes the frame of a piece of content.
    private func writeContent(
        _ frame: UnsafeMutablePointer<nghttp2_frame>?, _ head: UnsafePointer<UInt8>?,
        _ count: Int, _ source: UnsafeMutablePointer<nghttp2_data_source>?
    ) -> Int32 {
        guard let head = unsafe head, let place = unsafe source?.pointee.ptr else {
            return Int32(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        }
        guard output.count < outputLimit else {
            return Int32(NGHTTP2_ERR_WOULDBLOCK.rawValue)
        }
        let stream = unsafe Unmanaged<HTTP2Stream>.fromOpaque(place).takeUnretainedValue()
        output.append(unsafe RawSpan(_unsafeStart: head, byteCount: 9))
        stream.write(count, to: &output)
        stream.sentByteCount += 9 + count
        noteRoom(stream)
        return 0
    }

    /// Tells whoever waits for it that some of a stream's content has gone.
    private func noteRoom(_ stream: HTTP2Stream) {
        guard stream.wantsRoom, stream.hasRoom else { return }
        stream.wantsRoom = false
        drained.append(stream)
    }

    /// Keeps back the answer to what the client has not said.
    private func judge(_ frame: UnsafePointer<nghttp2_frame>?) -> Int32 {
        guard hidesAnswer, let header = unsafe frame?.pointee.hd,
            UInt32(header.type) == NGHTTP2_SETTINGS.rawValue,
            UInt32(header.flags) & NGHTTP2_FLAG_ACK.rawValue != 0
        else { return 0 }
        hidesAnswer = false
        return Int32(NGHTTP2_ERR_CANCEL.rawValue)
    }

    private func noteSent(
        _ library: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?
    ) -> Int32 {
        guard let header = unsafe frame?.pointee.hd else { return 0 }
        let type = nghttp2_frame_type(rawValue: UInt32(header.type))
        if type == NGHTTP2_GOAWAY { probe() }
        guard type == NGHTTP2_HEADERS || type == NGHTTP2_DATA,
            UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0,
            let stream = unsafe Self.stream(library, header.stream_id)
        else { return 0 }
        stream.isSent = true
        promisedCount -= stream.promisedCount
        stream.promisedCount = 0
        if stream.wantsRoom {
            stream.wantsRoom = false
            drained.append(stream)
        }
        return 0
    }
}
