// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What Glibc's Swift module does not expose: epoll's event fields, variadic and macro calls.
// Never define _GNU_SOURCE in this header: debug builds would then see other Glibc types than
// Swift.
#pragma once
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

// Errors

#include "Launch.h"
#include "Processes.h"

static inline int cshims_errno(void) { return errno; }
/// "ECONNREFUSED" and "Connection refused"; NULL for a number without a name.
const char *cshims_error_name(int number);
const char *cshims_error_text(int number);

// Sockets: a path stands for a Unix socket, else the address holds. See Sockets.c.

typedef struct {
    uint64_t high;   // the first eight bytes of an IPv6 address, as a number
    uint64_t low;    // its last eight bytes, or an IPv4 address
    uint16_t port;
    uint8_t family;  // 4, 6, or 1 for Unix
} cshims_address;

int cshims_socket(uint8_t family);
int cshims_datagram_socket(uint8_t family);
/// A stream socket of Multipath TCP.
int cshims_multipath_socket(uint8_t family);
int cshims_bind(int fd, const cshims_address *address, const char *path, size_t length);
int cshims_connect(int fd, const cshims_address *address, const char *path, size_t length);
/// The descriptor of the new connection, non-blocking and close-on-exec, or -1.
int cshims_accept(int fd, cshims_address *peer);
/// The length of the path written (0 unless it is a named Unix socket), or -1.
int cshims_local_address(int fd, cshims_address *address, char *path, size_t capacity);
int cshims_set_option(int fd, int level, int name, int value);
int cshims_linger_zero(int fd);
int cshims_pending_error(int fd);
/// How many bytes the other side's kernel has not confirmed; -1 where that is not known.
int cshims_unaccepted(int fd);
/// Round trip time, its variation, sending window, receiving space, as the kernel counts them.
int cshims_measure(int fd, uint32_t *values);
ptrdiff_t cshims_send_parts(
    int fd, const void *first, size_t first_count, const void *second, size_t second_count,
    const void *third, size_t third_count, int more);
/// Whether the socket tells where datagrams came to, beside whence.
int cshims_tell_destination(int fd, uint8_t family);
/// The length of a datagram, whence it is and, if that is told, where it came to (else its family
/// is 0), or -1.
ptrdiff_t cshims_receive_datagram(
    int fd, void *bytes, size_t count, cshims_address *from, cshims_address *to);
/// Sends a datagram, from a given address unless its family is 0.
ptrdiff_t cshims_send_datagram(
    int fd, const void *bytes, size_t count, const cshims_address *to, const cshims_address *from);

// Events

static inline uint64_t cshims_event_token(const struct epoll_event *events, ptrdiff_t i) {
    return events[i].data.u64;
}
static inline uint32_t cshims_event_mask(const struct epoll_event *events, ptrdiff_t i) {
    return events[i].events;
}
static inline int cshims_epoll_add(int poller, int fd, uint32_t mask, uint64_t token) {
    struct epoll_event event;
    event.events = mask;
    event.data.u64 = token;
    return epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}
static inline int cshims_epoll_remove(int poller, int fd) {
    struct epoll_event unused;
    return epoll_ctl(poller, EPOLL_CTL_DEL, fd, &unused);
}
int cshims_eventfd(void);

// Signals: bit n - 1 of a set stands for signal n.

int cshims_block_signals(uint64_t set);
int cshims_unblock_signals(uint64_t set);
int cshims_signalfd(uint64_t set);
int cshims_ignore_signal(int number);

// Files

/// -1 with ENOSYS where the kernel does not know it.
int cshims_openat2(
    int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int cshims_open_unnamed(const char *directory);
int cshims_memory_file(const char *name);
/// Whether one byte of a file can be read without waiting; 1 where nobody can say.
int cshims_is_in_memory(int file, int64_t offset);
/// The magic number of statfs(2), or -1.
int64_t cshims_file_system_type(const char *path);

// The machine

int cshims_allowed_cpu_count(void);
int cshims_random(void *bytes, size_t count);
void cshims_configure_allocator(void);
void cshims_trim_allocator(void);
/// Unmaps what of the program itself cannot have been written to; it comes back when used.
void cshims_release_image(void);
void cshims_name_thread(const char *name);
void cshims_lower_thread_priority(int increment);
