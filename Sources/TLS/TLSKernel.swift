// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Encryption by the kernel, where `ssl_conf_command Options KTLS` asks for it and the kernel has
// TLS.

internal import COpenSSL

/// What a session needs so that OpenSSL can leave encryption to the kernel.
enum TLSKernel {
    /// OpenSSL's own output to a socket, which alone knows how to ask the kernel; nil where it is
    /// not wanted.
    ///
    /// Why: only for what is sent. Input remains ours, for bytes have been read from the socket
    ///      before TLS begins; and where the kernel declines, OpenSSL encrypts by itself.
    static func output(for ssl: OpaquePointer, to socket: Int32) -> OpaquePointer? {
        guard unsafe SSL_get_options(ssl) & beranda_op_enable_ktls != 0 else { return nil }
        return unsafe BIO_new_socket(socket, 0)
    }
}
