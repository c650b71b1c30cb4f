// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The peer behind the proxied rows of the benchmark: as cheap as a peer can be, so that the core it
// shares with the load generator stays the load generator's. Two fixed answers, kept alive; a
// target that contains "100k" gets 100 KB, any other 1 KB. It is no server: it trusts its caller.
//
//   cc -O2 -o origin origin.c && ./origin 9001

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { connection_limit = 16384, head_limit = 8192, event_limit = 256 };

struct answer {
    char *bytes;
    size_t count;
};

struct connection {
    char head[head_limit];
    size_t received;
    const struct answer *answer; // being sent, or NULL
    size_t sent;
};

static struct connection *connections[connection_limit];

static struct answer make_answer(size_t content) {
    struct answer answer;
    char head[256];
    int count = snprintf(head, sizeof head,
                         "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                         "Content-Length: %zu\r\nCache-Control: no-store\r\n\r\n",
                         content);
    answer.count = (size_t)count + content;
    answer.bytes = malloc(answer.count);
    if (answer.bytes == NULL) exit(1);
    memcpy(answer.bytes, head, (size_t)count);
    for (size_t index = 0; index < content; index += 1)
        answer.bytes[(size_t)count + index] = (char)('a' + index % 26);
    return answer;
}

static void drop(int descriptor) {
    free(connections[descriptor]);
    connections[descriptor] = NULL;
    close(descriptor);
}

// Sends what is left; returns 0 when the connection is gone or the socket is full.
static int flush(int descriptor, struct connection *connection) {
    while (connection->answer != NULL) {
        size_t left = connection->answer->count - connection->sent;
        ssize_t count = send(descriptor, connection->answer->bytes + connection->sent, left,
                             MSG_NOSIGNAL);
        if (count < 0) {
            if (errno != EAGAIN) drop(descriptor);
            return 0;
        }
        connection->sent += (size_t)count;
        if ((size_t)count == left) connection->answer = NULL;
    }
    return 1;
}

static void advance(int descriptor, const struct answer *small, const struct answer *large) {
    struct connection *connection = connections[descriptor];
    while (flush(descriptor, connection)) {
        char *end = memmem(connection->head, connection->received, "\r\n\r\n", 4);
        if (end != NULL) {
            size_t head = (size_t)(end - connection->head) + 4;
            char *line = memchr(connection->head, '\n', head);
            int is_large = memmem(connection->head, (size_t)(line - connection->head), "100k", 4)
                           != NULL;
            connection->answer = is_large ? large : small;
            connection->sent = 0;
            connection->received -= head;
            memmove(connection->head, connection->head + head, connection->received);
            continue;
        }
        if (connection->received == head_limit) return drop(descriptor);
        ssize_t count = recv(descriptor, connection->head + connection->received,
                             head_limit - connection->received, 0);
        if (count == 0 || (count < 0 && errno != EAGAIN)) return drop(descriptor);
        if (count < 0) return;
        connection->received += (size_t)count;
    }
}

static void accept_all(int listener, int poller) {
    for (;;) {
        int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) return;
        if (descriptor >= connection_limit) {
            close(descriptor);
            continue;
        }
        int on = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connections[descriptor] = calloc(1, sizeof(struct connection));
        if (connections[descriptor] == NULL) exit(1);
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                    .data.fd = descriptor};
        epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
    }
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: origin PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    struct answer small = make_answer(1024), large = make_answer(100 * 1024);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((unsigned short)atoi(arguments[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0
        || listen(listener, 4096) < 0) {
        perror("origin");
        return 1;
    }
    int poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        struct epoll_event events[event_limit];
        int ready = epoll_wait(poller, events, event_limit, -1);
        for (int index = 0; index < ready; index += 1) {
            int descriptor = events[index].data.fd;
            if (descriptor == listener)
                accept_all(listener, poller);
            else if (connections[descriptor] != NULL)
                advance(descriptor, &small, &large);
        }
    }
}
