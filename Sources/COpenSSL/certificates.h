// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What certificates and keys need of OpenSSL that is a macro, or a list whose functions are macros.

#ifndef COPENSSL_CERTIFICATES_H
#define COPENSSL_CERTIFICATES_H

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>

/// Has a context show a certificate with its chain, and sign with its key.
static inline int certificates_use_in_context(
    SSL_CTX *context, X509 *leaf, EVP_PKEY *key, X509 *const *chain, int count)
{
    STACK_OF(X509) *list = sk_X509_new_reserve(NULL, count);
    if (!list) return 0;
    for (int i = 0; i < count; i++) sk_X509_push(list, chain[i]);
    int result = SSL_CTX_use_cert_and_key(context, leaf, key, list, 1);
    sk_X509_free(list);
    return result;
}

/// The same for one session.
static inline int certificates_use_in_session(
    SSL *session, X509 *leaf, EVP_PKEY *key, X509 *const *chain, int count)
{
    STACK_OF(X509) *list = sk_X509_new_reserve(NULL, count);
    if (!list) return 0;
    for (int i = 0; i < count; i++) sk_X509_push(list, chain[i]);
    int result = SSL_use_cert_and_key(session, leaf, key, list, 1);
    sk_X509_free(list);
    return result;
}

/// Seconds since 1970; INT64_MIN for what is no time.
static inline int64_t certificates_seconds(const ASN1_TIME *time)
{
    ASN1_TIME *start = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    int64_t result = INT64_MIN;
    if (start && ASN1_TIME_diff(&days, &seconds, start, time))
        result = (int64_t)days * 86400 + seconds;
    ASN1_TIME_free(start);
    return result;
}

/// A name that a certificate is for, by number: 1 is a DNS name, 2 an address, 0 another kind.
///
/// - Returns: -1 behind the last.
static inline int certificates_name(
    const GENERAL_NAMES *names, int index, const unsigned char **bytes, int *count)
{
    if (!names || index >= sk_GENERAL_NAME_num(names)) return -1;
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    int type = 0;
    const ASN1_STRING *text = (const ASN1_STRING *)GENERAL_NAME_get0_value(name, &type);
    if (type != GEN_DNS && type != GEN_IPADD) return 0;
    *bytes = ASN1_STRING_get0_data(text);
    *count = ASN1_STRING_length(text);
    return type == GEN_DNS ? 1 : 2;
}

/// Adds a DNS name or, as 4 or 16 bytes, an address to the names that a certificate is for.
static inline int certificates_add_name(
    GENERAL_NAMES *names, const unsigned char *bytes, int count, int is_address)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *text = is_address ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
    if (!name || !text || !ASN1_STRING_set(text, bytes, count)) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(text);
        return 0;
    }
    GENERAL_NAME_set0_value(name, is_address ? GEN_IPADD : GEN_DNS, text);
    if (sk_GENERAL_NAME_push(names, name) > 0) return 1;
    GENERAL_NAME_free(name);
    return 0;
}

static inline void certificates_free_names(GENERAL_NAMES *names)
{
    sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
}

/// Whether a certificate says where that of its issuer can be had.
static inline int certificates_names_issuer_file(const X509 *certificate)
{
    AUTHORITY_INFO_ACCESS *list = (AUTHORITY_INFO_ACCESS *)X509_get_ext_d2i(
        certificate, NID_info_access, NULL, NULL);
    int result = 0;
    for (int i = 0; list && i < sk_ACCESS_DESCRIPTION_num(list); i++)
        result |= OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(list, i)->method) == NID_ad_ca_issuers;
    AUTHORITY_INFO_ACCESS_free(list);
    return result;
}

/// Writes a name as `CN=example.com,O=Example`.
static inline int certificates_write_name(BIO *output, const X509_NAME *name)
{
    return X509_NAME_print_ex(output, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
}

/// What a context remembers its stapled response by.
static inline int certificates_staple_index(void (*release)(
    void *, void *, CRYPTO_EX_DATA *, int, long, void *))
{
    static int index = -1;
    if (index < 0)
        index = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, NULL, NULL, NULL, release);
    return index;
}

static inline void certificates_release_staple(
    void *parent, void *value, CRYPTO_EX_DATA *data, int index, long number, void *argument)
{
    (void)parent, (void)data, (void)index, (void)number, (void)argument;
    ASN1_OCTET_STRING_free((ASN1_OCTET_STRING *)value);
}

/// Hands the response of a session's present context to a client that has asked for one.
static inline int certificates_send_staple(SSL *session, void *argument)
{
    (void)argument;
    int index = certificates_staple_index(certificates_release_staple);
    const ASN1_OCTET_STRING *value = (const ASN1_OCTET_STRING *)SSL_CTX_get_ex_data(
        SSL_get_SSL_CTX(session), index);
    if (!value) return SSL_TLSEXT_ERR_NOACK;
    int count = ASN1_STRING_length(value);
    void *copy = OPENSSL_memdup(ASN1_STRING_get0_data(value), (size_t)count);
    if (!copy) return SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_status_ocsp_resp(session, copy, count);
    return SSL_TLSEXT_ERR_OK;
}

/// Has a context staple a response to its certificate.
static inline int certificates_staple(SSL_CTX *context, const unsigned char *bytes, int count)
{
    int index = certificates_staple_index(certificates_release_staple);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    if (index < 0 || !value || !ASN1_OCTET_STRING_set(value, bytes, count)
        || !SSL_CTX_set_ex_data(context, index, value)) {
        ASN1_OCTET_STRING_free(value);
        return 0;
    }
    SSL_CTX_set_tlsext_status_cb(context, certificates_send_staple);
    return 1;
}

/// Whether a certificate says whom to ask for statements about it.
static inline int certificates_names_responder(X509 *certificate)
{
    STACK_OF(OPENSSL_STRING) *list = X509_get1_ocsp(certificate);
    int result = list && sk_OPENSSL_STRING_num(list) > 0;
    X509_email_free(list);
    return result;
}

/// A new key for ECDSA with the curve that every client knows.
static inline EVP_PKEY *certificates_new_key(void)
{
    return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

#endif
