// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What OpenSSL takes for its socket: the functions that it calls to move encrypted bytes.
//
// Why: not its own. They do not say whether a socket was drained, which saves a system call for
//      each request; and bytes that have been looked at before TLS began are to be read again.

internal import COpenSSL
internal import Memory
internal import OS

/// The BIO of a session.
enum TLSWire {
    /// Makes one whose bytes a session moves; the session must outlive it.
    static func make(for session: TLSSession) -> OpaquePointer? {
        guard let method = unsafe method, let bio = unsafe BIO_new(method) else { return nil }
        unsafe BIO_set_data(bio, Unmanaged.passUnretained(session).toOpaque())
        unsafe BIO_set_init(bio, 1)
        return unsafe bio
    }

    nonisolated(unsafe) private static let method: OpaquePointer? = unsafe makeMethod()

    private static func makeMethod() -> OpaquePointer? {
        let kind = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
        guard let method = unsafe BIO_meth_new(kind, "session") else { return nil }
        unsafe BIO_meth_set_read(method) { bio, start, count in
            unsafe TLSWire.read(bio, start, count)
        }
        unsafe BIO_meth_set_write(method) { bio, start, count in
            unsafe TLSWire.write(bio, start, count)
        }
        unsafe BIO_meth_set_ctrl(method) { bio, command, _, _ in
            switch command {
            case BIO_CTRL_FLUSH: 1
            case BIO_CTRL_EOF: unsafe TLSWire.session(of: bio)?.hasWireEnded == true ? 1 : 0
            default: 0
            }
        }
        return unsafe method
    }

    private static func session(of bio: OpaquePointer?) -> TLSSession? {
        guard let data = unsafe BIO_get_data(bio) else { return nil }
        return unsafe Unmanaged<TLSSession>.fromOpaque(data).takeUnretainedValue()
    }

    private static func read(
        _ bio: OpaquePointer?, _ start: UnsafeMutablePointer<CChar>?, _ count: Int32
    ) -> Int32 {
        unsafe BIO_clear_flags(bio, retryFlags)
        guard count > 0, let start = unsafe start, let session = unsafe session(of: bio) else {
            return 0
        }
        let transfer = unsafe session.receiveWire(into: start, Int(count))
        return unsafe result(transfer, bio, BIO_FLAGS_READ)
    }

    private static func write(
        _ bio: OpaquePointer?, _ start: UnsafePointer<CChar>?, _ count: Int32
    ) -> Int32 {
        unsafe BIO_clear_flags(bio, retryFlags)
        guard count > 0, let start = unsafe start, let session = unsafe session(of: bio) else {
            return 0
        }
        let bytes = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(start), byteCount: Int(count))
        return unsafe result(session.sendWire(bytes), bio, BIO_FLAGS_WRITE)
    }

    private static func result(
        _ transfer: Transfer, _ bio: OpaquePointer?, _ direction: Int32
    ) -> Int32 {
        switch transfer {
        case .bytes(let count): return Int32(truncatingIfNeeded: count)
        case .wouldBlock:
            unsafe BIO_set_flags(bio, direction | BIO_FLAGS_SHOULD_RETRY)
            return -1
        case .endOfStream: return 0
        case .failed: return -1
        }
    }

    private static var retryFlags: Int32 {
        BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_IO_SPECIAL | BIO_FLAGS_SHOULD_RETRY
    }
}
