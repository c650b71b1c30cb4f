// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A client that does nothing but handshakes of TLS 1.3, one after the other, and counts them.
//
//     handshakes PORT SECONDS new|resumed
//
// Resumed ones use the ticket of one connection before; one that is not resumed is an error.
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what) {
    perror(what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

// One connection; with `asks` it also sends a request, so that the server's tickets are read.
static SSL *connection(SSL_CTX *context, int port, SSL_SESSION *session, int asks) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        fail("connect");
    }
    SSL *ssl = SSL_new(context);
    if (ssl == NULL || SSL_set_fd(ssl, descriptor) != 1) fail("SSL_new");
    SSL_set_tlsext_host_name(ssl, "localhost");
    if (session != NULL && SSL_set_session(ssl, session) != 1) fail("SSL_set_session");
    if (SSL_connect(ssl) != 1) fail("SSL_connect");
    if (asks) {
        static const char request[] =
            "GET /api/1k HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        char answer[16384];
        if (SSL_write(ssl, request, sizeof request - 1) <= 0) fail("SSL_write");
        while (SSL_read(ssl, answer, sizeof answer) > 0) {}
    }
    return ssl;
}

// Ends a connection, and waits until the server has ended it too.
static void end(SSL *ssl) {
    char rest[4096];
    SSL_shutdown(ssl);
    shutdown(SSL_get_fd(ssl), SHUT_WR);
    while (read(SSL_get_fd(ssl), rest, sizeof rest) > 0) {}
    close(SSL_get_fd(ssl));
    SSL_free(ssl);
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: handshakes PORT SECONDS new|resumed\n");
        return 2;
    }
    int port = atoi(arguments[1]);
    int resumes = strcmp(arguments[3], "resumed") == 0;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_SESSION *session = NULL;
    if (resumes) {
        SSL *first = connection(context, port, NULL, 1);
        session = SSL_get1_session(first);
        if (session == NULL || !SSL_SESSION_is_resumable(session)) fail("no ticket");
        end(first);
    }
    double began = now(), until = began + atof(arguments[2]);
    long done = 0;
    while (now() < until) {
        SSL *ssl = connection(context, port, session, 0);
        if (resumes && !SSL_session_reused(ssl)) fail("a handshake that was not resumed");
        end(ssl);
        done += 1;
    }
    printf("%ld requests in %.2fs\n", done, now() - began);
    return 0;
}
