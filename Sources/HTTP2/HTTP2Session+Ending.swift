// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How a session ends: in two steps when it may take its time, at once when it has failed.

internal import CNGHTTP2
package import Memory

extension HTTP2Session {
    /// What a client has been told of the end.
    enum Ending: BitwiseCopyable {
        case none
        /// That there will be one: what it opens is still served.
        case announced
        /// The same, and a PING follows that shows when it knows.
        case probed
        /// Which stream is the last.
        case final
    }

    /// Whether the client is told that no new streams will be served.
    package var isEnding: Bool { ending != .none }

    /// Whether the last stream is not named yet.
    package var isAnnouncing: Bool { ending == .announced || ending == .probed }

    /// Tells the client to open no more streams.
    ///
    /// What it opens before it knows is served; once it has answered, `end` follows by itself.
    ///
    /// Spec: RFC 9113 §6.8.
    ///
    /// - Returns: false when it has been told.
    package func announceEnd() -> Bool {
        guard ending == .none else { return false }
        ending = .announced
        unsafe withLibrary { library in _ = unsafe nghttp2_submit_shutdown_notice(library) }
        return true
    }

    /// Asks the client for a sign that it has been told.
    func probe() {
        guard ending == .announced else { return }
        ending = .probed
        // The library would send a PING before a GOAWAY that was submitted earlier.
        unsafe withLibrary { library in
            _ = unsafe Self.probeText.withUnsafeBufferPointer {
                unsafe nghttp2_submit_ping(
                    library, UInt8(NGHTTP2_FLAG_NONE.rawValue), $0.baseAddress)
            }
        }
    }

    private static let probeText = Array("farewell".utf8)

    /// Names the last stream, now that the client has given the sign.
    func noteProbeAnswer() { if ending == .probed { end() } }

    /// Tells the client that streams which it opens from now on are not served.
    package func end(_ code: HTTP2ErrorCode = .noError) {
        guard ending != .final else { return }
        ending = .final
        unsafe withLibrary { library in
            _ = unsafe nghttp2_submit_goaway(
                library, UInt8(NGHTTP2_FLAG_NONE.rawValue),
                nghttp2_session_get_last_proc_stream_id(library), code.rawValue, nil, 0)
        }
    }

    /// Gives the session up for what the client does.
    package func fail(_ code: HTTP2ErrorCode) { if failure == nil { failure = code } }

    /// Counts a request that is none; a client that sends little else has to go.
    package func noteMalformed() {
        conduct.resetCount += 1
        if conduct.isResetting { fail(.enhanceYourCalm) }
    }

    // MARK: Failure

    /// Appends the frame that ends a session which has failed.
    package func writeFarewell(to buffer: inout Buffer) {
        guard let failure else { return }
        let last = unsafe withLibrary {
            unsafe UInt32(bitPattern: nghttp2_session_get_last_proc_stream_id($0))
        }
        buffer.append([0, 0, 8, 7, 0, 0, 0, 0, 0])
        Self.append(last, to: &buffer)
        Self.append(failure.rawValue, to: &buffer)
    }

    private static func append(_ number: UInt32, to buffer: inout Buffer) {
        for shift in [24, 16, 8, 0] as [UInt32] {
            buffer.append(byte: UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}
