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
#include <string.h>

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

/// Has a context ask us when a client wants a statement about the certificate that it is shown.
static inline void certificates_on_status_request(
    SSL_CTX *context, int (*answer)(SSL *, void *))
{
    SSL_CTX_set_tlsext_status_cb(context, answer);
}

/// Hands bytes to a client that has asked for a statement.
static inline int certificates_answer_status(SSL *session, const unsigned char *bytes, int count)
{
    void *copy = OPENSSL_memdup(bytes, (size_t)count);
    if (!copy) return SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_status_ocsp_resp(session, copy, count);
    return SSL_TLSEXT_ERR_OK;
}

/// Whom a certificate says to ask for statements about it: the first address.
///
/// - Returns: its length, which may be more than there is room for; 0 without one.
static inline int certificates_responder(X509 *certificate, char *room, int size)
{
    STACK_OF(OPENSSL_STRING) *list = X509_get1_ocsp(certificate);
    const char *first = list ? sk_OPENSSL_STRING_value(list, 0) : NULL;
    size_t count = first ? strlen(first) : 0;
    if (count <= (size_t)size && count > 0) memcpy(room, first, count);
    X509_email_free(list);
    return count > 65536 ? 65536 : (int)count;
}

/// The question to an authority about a certificate.
///
/// - Returns: the number of bytes, which belong to the caller; 0 or less where there is no memory.
static inline int certificates_status_request(
    X509 *certificate, X509 *issuer, unsigned char **bytes)
{
    int count = -1;
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    OCSP_CERTID *identity = OCSP_cert_to_id(NULL, certificate, issuer);
    if (request && identity && OCSP_request_add0_id(request, identity)) {
        identity = NULL;
        count = i2d_OCSP_REQUEST(request, bytes);
    }
    OCSP_CERTID_free(identity);
    OCSP_REQUEST_free(request);
    return count;
}

/// Whether a response is signed by somebody who may say such things.
static inline int certificates_verify_status(
    OCSP_BASICRESP *response, X509 *const *chain, int count, X509_STORE *store,
    unsigned long flags)
{
    STACK_OF(X509) *list = sk_X509_new_reserve(NULL, count);
    if (!list) return 0;
    for (int i = 0; i < count; i++) sk_X509_push(list, chain[i]);
    int result = OCSP_basic_verify(response, list, store, flags);
    sk_X509_free(list);
    return result;
}

/// The certificates from that of the other side to one that is believed, each held once more.
///
/// - Returns: how many there are; 0 where there is no way.
static inline int certificates_verified_chain(SSL *session, X509 **room, int limit)
{
    STACK_OF(X509) *chain = SSL_get0_verified_chain(session);
    X509_STORE_CTX *way = NULL;
    // A session that goes on has only the certificate itself.
    if (!chain && (way = X509_STORE_CTX_new())
        && X509_STORE_CTX_init(
            way, SSL_CTX_get_cert_store(SSL_get_SSL_CTX(session)),
            SSL_get0_peer_certificate(session), SSL_get_peer_cert_chain(session))
        && X509_verify_cert(way) > 0)
        chain = X509_STORE_CTX_get0_chain(way);
    int count = chain ? sk_X509_num(chain) : 0;
    if (count > limit) count = 0;
    for (int i = 0; i < count; i++) {
        room[i] = sk_X509_value(chain, i);
        X509_up_ref(room[i]);
    }
    X509_STORE_CTX_free(way);
    return count;
}

/// A new key for ECDSA with the curve that every client knows.
static inline EVP_PKEY *certificates_new_key(void)
{
    return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

#endif
