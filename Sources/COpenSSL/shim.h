// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The digests are called by their own functions: those that take any digest bring the whole library
// with them. What OpenSSL only has as a macro has a function here.

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/md5.h>
#include <openssl/ocsp.h>
#include <openssl/opensslv.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/// Writes two pieces as one record: as much of them as fits into `limit` bytes.
///
/// Returns what SSL_write_ex does; `taken` is what the record has of both.
static inline int beranda_ssl_write_joined(
    SSL *ssl, const void *first, size_t first_length, const void *second, size_t second_length,
    size_t limit, size_t *taken)
{
    unsigned char record[16384];
    size_t written = 0;
    if (limit > sizeof(record)) limit = sizeof(record);
    if (first_length > limit) first_length = limit;
    if (second_length > limit - first_length) second_length = limit - first_length;
    __builtin_memcpy(record, first, first_length);
    __builtin_memcpy(record + first_length, second, second_length);
    *taken = first_length + second_length;
    return SSL_write_ex(ssl, record, *taken, &written);
}

// Options that are macros with a cast, which Swift does not see.
static const uint64_t beranda_op_all = SSL_OP_ALL;
static const uint64_t beranda_op_cipher_server_preference = SSL_OP_CIPHER_SERVER_PREFERENCE;
static const uint64_t beranda_op_enable_ktls = SSL_OP_ENABLE_KTLS;
static const uint64_t beranda_op_ignore_unexpected_eof = SSL_OP_IGNORE_UNEXPECTED_EOF;
static const uint64_t beranda_op_no_compression = SSL_OP_NO_COMPRESSION;
static const uint64_t beranda_op_no_renegotiation = SSL_OP_NO_RENEGOTIATION;
static const uint64_t beranda_op_no_sslv3 = SSL_OP_NO_SSLv3;
static const uint64_t beranda_op_no_ticket = SSL_OP_NO_TICKET;
static const uint64_t beranda_op_no_tlsv1 = SSL_OP_NO_TLSv1;
static const uint64_t beranda_op_no_tlsv1_1 = SSL_OP_NO_TLSv1_1;
static const uint64_t beranda_op_no_tlsv1_2 = SSL_OP_NO_TLSv1_2;
static const uint64_t beranda_op_no_tlsv1_3 = SSL_OP_NO_TLSv1_3;

/// Whether the kernel encrypts what is sent.
static inline int beranda_ssl_kernel_sends(SSL *ssl)
{
    return BIO_get_ktls_send(SSL_get_wbio(ssl));
}

// Questions about a connection that OpenSSL answers through macros.
static inline long beranda_ssl_group(SSL *ssl) { return SSL_get_negotiated_group(ssl); }
static inline int beranda_ssl_groups(SSL *ssl, int *groups)
{
    return (int)SSL_get1_groups(ssl, groups);
}
static inline long beranda_ssl_ciphers(SSL *ssl, const unsigned char **list)
{
    return SSL_get0_raw_cipherlist(ssl, list);
}
static inline int beranda_ssl_verify_any(int ok, X509_STORE_CTX *store)
{
    (void)ok;
    (void)store;
    return 1;
}
static inline int beranda_name_print(BIO *out, const X509_NAME *name)
{
    return X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253);
}

/// Readies the parts of a session's ticket with a key: AES-CBC and HMAC-SHA256.
static inline int beranda_ticket_init(
    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, const unsigned char *cipher_key,
    const unsigned char *mac_key, size_t key_length, unsigned char *vector, int encrypt)
{
    char digest[] = "SHA256";
    OSSL_PARAM parameters[3];
    const EVP_CIPHER *kind = key_length == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc();
    parameters[0] = OSSL_PARAM_construct_octet_string(
        OSSL_MAC_PARAM_KEY, (void *)mac_key, key_length);
    parameters[1] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
    parameters[2] = OSSL_PARAM_construct_end();
    if (encrypt && RAND_bytes(vector, EVP_CIPHER_get_iv_length(kind)) != 1) return 0;
    if (EVP_CipherInit_ex(cipher, kind, NULL, cipher_key, vector, encrypt) != 1) return 0;
    return EVP_MAC_CTX_set_params(mac, parameters);
}
