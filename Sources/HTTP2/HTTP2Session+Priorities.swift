// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which stream's content goes first. The library keeps the queues; here is told what it does not
// read by itself, and which of the two schemes a client is served by.

internal import CNGHTTP2
internal import Memory

extension HTTP2Session {
    // MARK: The scheme

    /// The beginning of a client as the library is to read it: with the setting by which clients
    /// give up the priorities of RFC 7540, when they show that they use others or none.
    ///
    /// Spec: RFC 9218 §2.1.1. A client that says nothing may still use the old signals, and some
    ///       browsers do; they are served by those. One whose first request has none is not.
    static func chooseScheme(_ opening: inout Buffer, from start: Int) {
        guard usesNoDependencies(opening.readable, from: start) else { return }
        let length = frameLength(opening.readable, start) + 6
        guard length <= 16_384 else { return }
        var bytes = Buffer(capacity: opening.count + 6)
        bytes.append(0..<start, of: opening)
        for shift in [16, 8, 0] { bytes.append(byte: UInt8(truncatingIfNeeded: length >> shift)) }
        bytes.append(start + 3..<start + 9, of: opening)
        bytes.append([0, UInt8(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES.rawValue), 0, 0, 0, 1])
        bytes.append(start + 9..<opening.count, of: opening)
        swap(&bytes, &opening)
    }

    private static func usesNoDependencies(_ bytes: Span<UInt8>, from start: Int) -> Bool {
        var offset = start
        while offset + 9 <= bytes.count {
            let length = frameLength(bytes, offset)
            let flags = UInt32(bytes[offset + 4])
            switch nghttp2_frame_type(rawValue: UInt32(bytes[offset + 3])) {
            case NGHTTP2_HEADERS: return flags & NGHTTP2_FLAG_PRIORITY.rawValue == 0
            case NGHTTP2_PRIORITY_UPDATE: return true
            case NGHTTP2_PRIORITY: return false
            case NGHTTP2_SETTINGS where saysScheme(bytes, offset + 9, length): return false
            default: break
            }
            offset += 9 + length
        }
        return false
    }

    private static func frameLength(_ bytes: Span<UInt8>, _ offset: Int) -> Int {
        Int(bytes[offset]) << 16 | Int(bytes[offset + 1]) << 8 | Int(bytes[offset + 2])
    }

    /// Whether settings name the scheme themselves.
    private static func saysScheme(_ bytes: Span<UInt8>, _ start: Int, _ length: Int) -> Bool {
        var offset = start
        while offset + 6 <= min(start + length, bytes.count) {
            let name = UInt32(bytes[offset]) << 8 | UInt32(bytes[offset + 1])
            if name == NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES.rawValue { return true }
            offset += 6
        }
        return false
    }

    // MARK: What clients say

    /// Puts a stream whose head has arrived where it belongs.
    ///
    /// Spec: RFC 9218 §7: what PRIORITY_UPDATE has said before goes over the field.
    func prioritize(_ stream: HTTP2Stream, by field: HTTP2Priority?) {
        if let field { stream.priority = field }
        if !priorUpdates.isEmpty {
            for update in priorUpdates where update.number == stream.number {
                stream.priority = update.priority
            }
            // Streams with lower numbers can be opened no more.
            priorUpdates.removeAll { $0.number <= stream.number }
        }
        if stream.priority != HTTP2Priority() { change(stream) }
    }

    /// Notes what a PRIORITY_UPDATE frame says; the library has moved the stream already.
    ///
    /// Limits: as many streams that are not open yet as may be open.
    func notePriorityUpdate(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
        guard let payload = unsafe frame.pointee.ext.payload else { return 0 }
        let update = unsafe payload.assumingMemoryBound(to: nghttp2_ext_priority_update.self)
            .pointee
        var priority = HTTP2Priority()
        let number = unsafe update.stream_id
        if let field = unsafe update.field_value {
            priority.merge(unsafe Span(_unsafeStart: field, count: update.field_value_len))
        }
        let known = unsafe withLibrary { unsafe Self.stream($0, number) }
        if let known {
            if !known.hasServerPriority { known.priority = priority }
            return 0
        }
        guard number > lastNumber else { return 0 }
        priorUpdates.removeAll { $0.number == number }
        guard priorUpdates.count < settings.concurrentStreamLimit else {
            failure = .protocolError
            return Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
        }
        priorUpdates.append(PriorUpdate(number: number, priority: priority))
        return 0
    }

    // MARK: What servers say

    /// Merges what an answer says of its own priority; clients are not listened to afterwards.
    ///
    /// Spec: RFC 9218 §8: what the answer leaves out stays as the client has it.
    func override(_ stream: HTTP2Stream, by field: Span<UInt8>) {
        stream.priority.merge(field)
        stream.hasServerPriority = true
        change(stream)
    }

    private func change(_ stream: HTTP2Stream) {
        var priority = nghttp2_extpri(
            urgency: UInt32(stream.priority.urgency), inc: stream.priority.isIncremental ? 1 : 0)
        unsafe withLibrary { library in
            _ = unsafe nghttp2_session_change_extpri_stream_priority(
                library, stream.number, &priority, stream.hasServerPriority ? 1 : 0)
        }
    }
}

/// What was said of a stream before it was opened.
struct PriorUpdate: BitwiseCopyable {
    var number: Int32
    var priority: HTTP2Priority
}
