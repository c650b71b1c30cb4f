// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Socket calls that take a sockaddr: the unions stay on this side.
#include "CShims.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

typedef union {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
    struct sockaddr_un local;
    struct sockaddr_storage storage;
} anyaddress;

/// The length for bind and connect, or 0 when the path is too long.
static socklen_t encode(
    const cshims_address *from, const char *path, size_t length, anyaddress *to) {
    memset(to, 0, sizeof *to);
    if (path) {
        if (length >= sizeof to->local.sun_path) return 0;
        to->local.sun_family = AF_UNIX;
        memcpy(to->local.sun_path, path, length);
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    }
    if (from->family == 4) {
        to->ipv4.sin_family = AF_INET;
        to->ipv4.sin_port = htons(from->port);
        to->ipv4.sin_addr.s_addr = htonl((uint32_t)from->low);
        return sizeof to->ipv4;
    }
    uint64_t high = htobe64(from->high), low = htobe64(from->low);
    to->ipv6.sin6_family = AF_INET6;
    to->ipv6.sin6_port = htons(from->port);
    memcpy(to->ipv6.sin6_addr.s6_addr, &high, 8);
    memcpy(to->ipv6.sin6_addr.s6_addr + 8, &low, 8);
    return sizeof to->ipv6;
}

static void decode(const anyaddress *from, cshims_address *to) {
    memset(to, 0, sizeof *to);
    if (from->any.sa_family == AF_INET) {
        to->family = 4;
        to->port = ntohs(from->ipv4.sin_port);
        to->low = ntohl(from->ipv4.sin_addr.s_addr);
    } else if (from->any.sa_family == AF_INET6) {
        uint64_t high, low;
        memcpy(&high, from->ipv6.sin6_addr.s6_addr, 8);
        memcpy(&low, from->ipv6.sin6_addr.s6_addr + 8, 8);
        to->family = 6;
        to->port = ntohs(from->ipv6.sin6_port);
        to->high = be64toh(high);
        to->low = be64toh(low);
    } else {
        to->family = 1;
    }
}

int cshims_socket(uint8_t family) {
    int domain = family == 4 ? AF_INET : family == 6 ? AF_INET6 : AF_UNIX;
    return socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int cshims_datagram_socket(uint8_t family) {
    int domain = family == 4 ? AF_INET : family == 6 ? AF_INET6 : AF_UNIX;
    return socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int cshims_multipath_socket(uint8_t family) {
#ifdef IPPROTO_MPTCP
    int domain = family == 4 ? AF_INET : AF_INET6;
    return socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_MPTCP);
#else
    (void)family;
    errno = EPROTONOSUPPORT;
    return -1;
#endif
}

int cshims_bind(int fd, const cshims_address *address, const char *path, size_t length) {
    anyaddress target;
    socklen_t size = encode(address, path, length, &target);
    if (size == 0) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return bind(fd, &target.any, size);
}

int cshims_connect(int fd, const cshims_address *address, const char *path, size_t length) {
    anyaddress target;
    socklen_t size = encode(address, path, length, &target);
    if (size == 0) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return connect(fd, &target.any, size);
}

int cshims_accept(int fd, cshims_address *peer) {
    anyaddress from;
    socklen_t size = sizeof from;
    from.any.sa_family = AF_UNSPEC;
    int connection = accept4(fd, &from.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection >= 0) decode(&from, peer);
    return connection;
}

int cshims_local_address(int fd, cshims_address *address, char *path, size_t capacity) {
    anyaddress local;
    socklen_t size = sizeof local;
    memset(&local, 0, sizeof local);
    if (getsockname(fd, &local.any, &size) < 0) return -1;
    decode(&local, address);
    if (local.any.sa_family != AF_UNIX) return 0;
    size_t length = strnlen(local.local.sun_path, sizeof local.local.sun_path);
    if (length > capacity) length = capacity;
    memcpy(path, local.local.sun_path, length);
    return (int)length;
}

int cshims_set_option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value);
}

int cshims_linger_zero(int fd) {
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    return setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

int cshims_pending_error(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return errno;
    return error;
}

int cshims_unaccepted(int fd) {
    int count = 0;
    return ioctl(fd, SIOCOUTQ, &count) < 0 ? -1 : count;
}

int cshims_measure(int fd, uint32_t *values) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0) return -1;
    values[0] = info.tcpi_rtt;
    values[1] = info.tcpi_rttvar;
    values[2] = info.tcpi_snd_cwnd;
    values[3] = info.tcpi_rcv_space;
    return 0;
}

ptrdiff_t cshims_send_parts(
    int fd, const void *first, size_t first_count, const void *second, size_t second_count,
    const void *third, size_t third_count, int more) {
    struct iovec parts[3] = {
        {(void *)first, first_count}, {(void *)second, second_count}, {(void *)third, third_count}};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = parts;
    message.msg_iovlen = third_count ? 3 : 2;
    return sendmsg(fd, &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
}

int cshims_tell_destination(int fd, uint8_t family) {
    return family == 6 ? cshims_set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                       : cshims_set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
}

/// Room for what is told of either family.
typedef union {
    struct cmsghdr head;
    char ipv4[CMSG_SPACE(sizeof(struct in_pktinfo))];
    char ipv6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
} destination;

/// Reads where a datagram went; 0 if this is about something else.
static int read_destination(struct cmsghdr *from, anyaddress *to) {
    memset(to, 0, sizeof *to);
    if (from->cmsg_level == IPPROTO_IP && from->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo info;
        memcpy(&info, CMSG_DATA(from), sizeof info);
        to->ipv4.sin_family = AF_INET;
        to->ipv4.sin_addr = info.ipi_addr;
        return 1;
    }
    if (from->cmsg_level == IPPROTO_IPV6 && from->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo info;
        memcpy(&info, CMSG_DATA(from), sizeof info);
        to->ipv6.sin6_family = AF_INET6;
        to->ipv6.sin6_addr = info.ipi6_addr;
        return 1;
    }
    return 0;
}

/// Says where a datagram is to come from.
static void write_source(const cshims_address *from, struct msghdr *message) {
    struct in_pktinfo ipv4 = {0};
    struct in6_pktinfo ipv6 = {0};
    int is_ipv4 = from->family == 4;
    const void *info = is_ipv4 ? (void *)&ipv4 : (void *)&ipv6;
    size_t size = is_ipv4 ? sizeof ipv4 : sizeof ipv6;
    anyaddress source;
    encode(from, NULL, 0, &source);
    if (is_ipv4) {
        ipv4.ipi_spec_dst = source.ipv4.sin_addr;
    } else {
        ipv6.ipi6_addr = source.ipv6.sin6_addr;
    }
    message->msg_controllen = CMSG_SPACE(size);
    struct cmsghdr *c = CMSG_FIRSTHDR(message);
    c->cmsg_level = is_ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
    c->cmsg_type = is_ipv4 ? IP_PKTINFO : IPV6_PKTINFO;
    c->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(c), info, size);
}

ptrdiff_t cshims_receive_datagram(
    int fd, void *bytes, size_t count, cshims_address *from, cshims_address *to) {
    anyaddress source, target;
    destination told;
    struct iovec part = {bytes, count};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    memset(&source, 0, sizeof source);
    message.msg_name = &source;
    message.msg_namelen = sizeof source;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = &told;
    message.msg_controllen = sizeof told;
    ptrdiff_t received = recvmsg(fd, &message, 0);
    if (received < 0) return received;
    decode(&source, from);
    memset(to, 0, sizeof *to);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (read_destination(c, &target)) decode(&target, to);
    }
    return received;
}

ptrdiff_t cshims_send_datagram(
    int fd, const void *bytes, size_t count, const cshims_address *to, const cshims_address *from) {
    anyaddress target;
    destination told;
    struct iovec part = {(void *)bytes, count};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_name = &target;
    message.msg_namelen = encode(to, NULL, 0, &target);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (from->family == 4 || from->family == 6) {
        memset(&told, 0, sizeof told);
        message.msg_control = &told;
        write_source(from, &message);
    }
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}
