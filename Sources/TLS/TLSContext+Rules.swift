// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a configuration says about a context. Each call fails with the name of OpenSSL's function
// and its argument, as nginx tells it.

internal import COpenSSL

extension TLSContext {
    /// Says which ciphers may be used up to TLS 1.2, in OpenSSL's language.
    package func setCiphers(_ list: String) throws(TLSFailure) {
        guard unsafe SSL_CTX_set_cipher_list(pointer, list) == 1 else {
            throw TLSFailure("SSL_CTX_set_cipher_list(\"\(list)\")")
        }
    }

    /// Says which groups keys may be exchanged in; the first one that both have is taken.
    package func setCurves(_ list: String) throws(TLSFailure) {
        let done = unsafe list.withCString { text in
            unsafe SSL_CTX_ctrl(
                pointer, SSL_CTRL_SET_GROUPS_LIST, 0, UnsafeMutableRawPointer(mutating: text))
        }
        guard done == 1 else { throw TLSFailure("SSL_CTX_set1_curves_list(\"\(list)\")") }
    }

    /// Has the order of our ciphers count instead of the client's.
    package func preferOwnCiphers() {
        unsafe SSL_CTX_set_options(pointer, beranda_op_cipher_server_preference)
    }

    /// Gives out no tickets.
    package func disableTickets() { unsafe SSL_CTX_set_options(pointer, beranda_op_no_ticket) }

    /// How long sessions may be resumed.
    ///
    /// Units: seconds.
    package func setSessionTimeout(_ seconds: Int) {
        unsafe SSL_CTX_set_timeout(pointer, seconds)
    }

    /// Says which sessions are its own: those of a context with another identity are not resumed.
    ///
    /// Why: who has been let in by one server need not be welcome at another (CVE-2014-3616,
    ///      CVE-2025-23419).
    package func setSessionIdentity(_ parts: [[UInt8]]) {
        var state = SHA256_CTX()
        unsafe SHA256_Init(&state)
        for part in parts {
            var count = UInt64(part.count)
            unsafe SHA256_Update(&state, &count, 8)
            unsafe SHA256_Update(&state, part, part.count)
        }
        var digest = [UInt8](repeating: 0, count: Int(SSL_MAX_SID_CTX_LENGTH))
        unsafe SHA256_Final(&digest, &state)
        _ = unsafe SSL_CTX_set_session_id_context(pointer, digest, UInt32(digest.count))
    }

    /// A command in OpenSSL's own language of configurations.
    package struct Command: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Obeys commands of OpenSSL's own language.
    ///
    /// - Parameter absolute: makes a path absolute.
    package func obey(
        _ commands: [Command], absolute: (String) -> String
    ) throws(TLSFailure) {
        guard !commands.isEmpty else { return }
        guard let state = unsafe SSL_CONF_CTX_new() else {
            throw TLSFailure("SSL_CONF_CTX_new()")
        }
        defer { unsafe SSL_CONF_CTX_free(state) }
        unsafe SSL_CONF_CTX_set_flags(
            state,
            UInt32(
                SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_SERVER | SSL_CONF_FLAG_CLIENT
                    | SSL_CONF_FLAG_CERTIFICATE | SSL_CONF_FLAG_SHOW_ERRORS))
        unsafe SSL_CONF_CTX_set_ssl_ctx(state, pointer)
        for command in commands {
            let type = unsafe SSL_CONF_cmd_value_type(state, command.name)
            let isPath = type == SSL_CONF_TYPE_FILE || type == SSL_CONF_TYPE_DIR
            let value = isPath ? absolute(command.value) : command.value
            guard unsafe SSL_CONF_cmd(state, command.name, value) > 0 else {
                throw TLSFailure("SSL_CONF_cmd(\"\(command.name)\", \"\(value)\")")
            }
        }
        guard unsafe SSL_CONF_CTX_finish(state) == 1 else {
            throw TLSFailure("SSL_CONF_finish()")
        }
    }
}
