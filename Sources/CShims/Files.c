// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Ways to open a file that have no wrapper in Glibc's Swift module.
#include "CShims.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/syscall.h>
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

int64_t cshims_file_system_type(const char *path) {
    struct statfs status;
    return statfs(path, &status) == -1 ? -1 : (int64_t)(uint32_t)status.f_type;
}
