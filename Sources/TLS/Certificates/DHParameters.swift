// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The numbers of a Diffie-Hellman exchange.

internal import COpenSSL

/// The parameters that a file holds.
@safe package final class DHParameters: @unchecked Sendable {
    private let handle: OpaquePointer

    /// Reads the parameters of a file.
    package init(parsing bytes: [UInt8]) throws(CertificateFlaw) {
        let text = PEMText(bytes)
        guard text.flaw == nil, let block = text.blocks.first(where: \.isDHParameters) else {
            throw CertificateFlaw(
                .content, FileContent.describe(text),
                expected: "expected parameters as PEM: -----BEGIN DH PARAMETERS-----",
                help: "openssl dhparam -out FILE 2048 makes some")
        }
        let handle = unsafe MemoryInput.with(text.bytes[block.range]) { input in
            unsafe PEM_read_bio_Parameters(input, nil)
        }
        guard let handle = unsafe handle else {
            throw CertificateFlaw(
                .content,
                "the parameters on line \(block.line) are damaged (\(OpenSSLReason.last))")
        }
        unsafe self.handle = handle
    }

    deinit { unsafe EVP_PKEY_free(handle) }

    fileprivate func install(in context: OpaquePointer) throws(CertificateFlaw) {
        unsafe EVP_PKEY_up_ref(handle)
        guard unsafe SSL_CTX_set0_tmp_dh_pkey(context, handle) != 1 else { return }
        unsafe EVP_PKEY_free(handle)
        let bits = unsafe EVP_PKEY_get_bits(handle)
        throw CertificateFlaw(
            .weak, "OpenSSL refuses parameters of \(bits) bits (\(OpenSSLReason.last))",
            expected: "expected 2048 bits or more")
    }
}

extension TLSContext {
    /// Exchanges keys by these parameters, too.
    package func use(_ parameters: DHParameters) throws(CertificateFlaw) {
        try unsafe parameters.install(in: pointer)
    }
}
