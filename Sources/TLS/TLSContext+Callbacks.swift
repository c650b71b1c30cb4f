// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What OpenSSL asks in the middle of a handshake. Nothing here asks anybody else: what must be
// decided elsewhere stops the handshake, which goes on when it has been decided.

internal import COpenSSL

extension TLSContext {
    /// Has OpenSSL ask us.
    func setCallbacks() {
        unsafe SSL_CTX_set_client_hello_cb(
            pointer, { ssl, alert, _ in unsafe TLSContext.readHello(ssl, alert) }, nil)
        unsafe SSL_CTX_set_alpn_select_cb(
            pointer,
            { ssl, chosen, count, offered, offeredCount, _ in
                unsafe TLSContext.chooseProtocol(ssl, chosen, count, offered, offeredCount)
            }, nil)
    }

    static func session(of ssl: OpaquePointer?) -> TLSSession? {
        guard let ssl = unsafe ssl, let data = unsafe SSL_get_ex_data(ssl, 0) else { return nil }
        return unsafe Unmanaged<TLSSession>.fromOpaque(data).takeUnretainedValue()
    }

    /// Takes note of the name in a ClientHello, and stops so that a server can be chosen.
    ///
    /// Spec: RFC 6066 §3: one name, which is a host's. nginx ngx_ssl_client_hello_callback.
    private static func readHello(
        _ ssl: OpaquePointer?, _ alert: UnsafeMutablePointer<Int32>?
    ) -> Int32 {
        guard let session = unsafe session(of: ssl) else { return SSL_CLIENT_HELLO_ERROR }
        if let refusal = session.refusal {
            unsafe alert?.pointee = refusal.rawValue
            return SSL_CLIENT_HELLO_ERROR
        }
        if session.hasChosen { return SSL_CLIENT_HELLO_SUCCESS }
        var start: UnsafePointer<UInt8>?
        var count = 0
        let type = UInt32(TLSEXT_TYPE_server_name)
        if unsafe SSL_client_hello_get0_ext(ssl, type, &start, &count) == 1 {
            let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
            switch serverName(bytes) {
            case .name(let name): session.serverName = name
            case .malformed:
                unsafe alert?.pointee = SSL_AD_DECODE_ERROR
                return SSL_CLIENT_HELLO_ERROR
            case .unknown:
                unsafe alert?.pointee = SSL_AD_UNRECOGNIZED_NAME
                return SSL_CLIENT_HELLO_ERROR
            }
        }
        session.hasChosen = true
        return SSL_CLIENT_HELLO_RETRY
    }

    /// What the extension of a server's name says.
    enum ServerName: Equatable {
        case name([UInt8])
        case malformed
        /// No host has such a name.
        case unknown
    }

    /// Reads the extension of a server's name.
    static func serverName(_ bytes: [UInt8]) -> ServerName {
        func number(at index: Int) -> Int { Int(bytes[index]) << 8 | Int(bytes[index + 1]) }
        guard bytes.count >= 5, number(at: 0) + 2 == bytes.count,
            bytes[2] == UInt8(TLSEXT_NAMETYPE_host_name), number(at: 3) + 5 == bytes.count
        else { return .malformed }
        let name = Array(bytes[5...])
        return name.count > Int(TLSEXT_MAXLEN_host_name) || name.contains(0)
            ? .unknown : .name(name)
    }

    /// Chooses the first protocol of ours that the client speaks, too.
    ///
    /// Spec: RFC 7301 §3.2: who has none in common with us is refused.
    private static func chooseProtocol(
        _ ssl: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
        _ chosenCount: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?,
        _ offeredCount: UInt32
    ) -> Int32 {
        guard let session = unsafe session(of: ssl), let offered = unsafe offered,
            !session.protocols.isEmpty
        else { return SSL_TLSEXT_ERR_NOACK }
        let count = Int(offeredCount)
        let ours = session.protocols
        var mine = 0
        while mine < ours.count, mine + Int(ours[mine]) < ours.count {
            let length = Int(ours[mine])
            var theirs = 0
            while theirs < count, unsafe theirs + Int(offered[theirs]) < count {
                let start = unsafe offered + theirs
                if unsafe Int(start[0]) == length,
                    (1...length).allSatisfy({ unsafe start[$0] == ours[mine + $0] })
                {
                    unsafe chosen?.pointee = unsafe start + 1
                    unsafe chosenCount?.pointee = UInt8(length)
                    return SSL_TLSEXT_ERR_OK
                }
                unsafe theirs += Int(start[0]) + 1
            }
            mine += length + 1
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
}
