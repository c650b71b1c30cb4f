// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Ways to open a file that have no wrapper in Glibc's Swift module.
#include "CShims.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

int cshims_openat2(
    int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int cshims_open_unnamed(const char *directory) {
    return open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
}

int cshims_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int cshims_is_in_memory(int file, int64_t offset) {
    char byte;
    struct iovec room = {.iov_base = &byte, .iov_len = 1};
    return !(preadv2(file, &room, 1, (off_t)offset, RWF_NOWAIT) < 0 && errno == EAGAIN);
}

int64_t cshims_file_system_type(const char *path) {
    struct statfs status;
    return statfs(path, &status) == -1 ? -1 : (int64_t)(uint32_t)status.f_type;
}
