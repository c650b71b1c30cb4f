// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Tickets, by which clients resume sessions that nobody here remembers.

internal import COpenSSL

/// A key that tickets are sealed with.
package struct TLSTicketKey: Sendable, Equatable {
    /// What tickets name it by.
    package let name: [UInt8]
    let macKey: [UInt8]
    let cipherKey: [UInt8]

    /// Takes a key apart; nil unless it has 48 or 80 bytes.
    ///
    /// Spec: nginx `ssl_session_ticket_key`: with 48 bytes AES128 is used, with 80 AES256.
    package init?(_ bytes: [UInt8]) {
        switch bytes.count {
        case 48:
            (cipherKey, macKey) = (Array(bytes[16..<32]), Array(bytes[32..<48]))
        case 80:
            (macKey, cipherKey) = (Array(bytes[16..<48]), Array(bytes[48..<80]))
        default: return nil
        }
        name = Array(bytes[..<16])
    }

    /// How many bytes a new one has.
    package static var byteCount: Int { 80 }
}

/// Who has the keys of tickets.
package protocol TLSTicketKeys: Sendable {
    /// The key for a new ticket that is good for so many seconds; nil to give out none.
    func key(forSeconds seconds: Int) -> TLSTicketKey?

    /// The key of a ticket that somebody brings, and whether new ones are sealed with it.
    func key(named name: [UInt8]) -> (key: TLSTicketKey, isCurrent: Bool)?
}

/// Keys from files: the first is for new tickets.
package struct TLSFixedTicketKeys: TLSTicketKeys {
    private let keys: [TLSTicketKey]

    package init(_ keys: [TLSTicketKey]) { self.keys = keys }

    package func key(forSeconds seconds: Int) -> TLSTicketKey? { keys.first }

    package func key(named name: [UInt8]) -> (key: TLSTicketKey, isCurrent: Bool)? {
        keys.firstIndex { $0.name == name }.map { (keys[$0], $0 == 0) }
    }
}

extension TLSContext {
    /// Has tickets sealed with keys of ours.
    package func sealTickets(with keys: any TLSTicketKeys) {
        ticketKeys = keys
        unsafe SSL_CTX_set_tlsext_ticket_key_evp_cb(
            pointer,
            { ssl, name, vector, cipher, mac, encrypts in
                unsafe TLSContext.seal(ssl, name, vector, cipher, mac, encrypts)
            })
    }

    /// Seals a ticket, or breaks the seal of one.
    ///
    /// Spec: SSL_CTX_set_tlsext_ticket_key_evp_cb: 0 is a full handshake, 2 a new ticket.
    private static func seal(
        _ ssl: OpaquePointer?, _ name: UnsafeMutablePointer<UInt8>?,
        _ vector: UnsafeMutablePointer<UInt8>?, _ cipher: OpaquePointer?, _ mac: OpaquePointer?,
        _ encrypts: Int32
    ) -> Int32 {
        guard let ssl = unsafe ssl, let name = unsafe name, let session = unsafe session(of: ssl),
            let keys = session.context.ticketKeys
        else { return -1 }
        var result: Int32 = 1
        let key: TLSTicketKey
        if encrypts == 1 {
            let timeout = unsafe SSL_CTX_get_timeout(session.context.pointer)
            guard let current = keys.key(forSeconds: timeout) else { return 0 }
            key = current
            for index in 0..<16 { unsafe name[index] = key.name[index] }
        } else {
            let wanted = unsafe [UInt8](UnsafeBufferPointer(start: name, count: 16))
            guard let found = keys.key(named: wanted) else { return 0 }
            key = found.key
            // With TLS 1.3 nobody shows the same ticket twice.
            if unsafe !found.isCurrent || SSL_version(ssl) == TLS1_3_VERSION { result = 2 }
        }
        let done = unsafe beranda_ticket_init(
            cipher, mac, key.cipherKey, key.macKey, key.cipherKey.count, vector, encrypts)
        return done == 1 ? result : -1
    }
}
