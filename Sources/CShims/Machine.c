// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Processors, threads, the allocator, the program's image, random bytes and the names of errors.
#include "CShims.h"

#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

const char *cshims_error_name(int number) { return strerrorname_np(number); }
const char *cshims_error_text(int number) { return strerrordesc_np(number); }

int cshims_allowed_cpu_count(void) {
    // Room for 16384 processors: the kernel refuses a mask that is smaller than its own.
    cpu_set_t allowed[16];
    memset(allowed, 0, sizeof allowed);
    if (sched_getaffinity(0, sizeof allowed, allowed) < 0) return -1;
    return CPU_COUNT_S(sizeof allowed, allowed);
}

int cshims_random(void *bytes, size_t count) {
    unsigned char *next = bytes;
    while (count > 0) {
        ssize_t got = getrandom(next, count, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        next += got;
        count -= (size_t)got;
    }
    return 0;
}

void cshims_configure_allocator(void) {
    mallopt(M_ARENA_MAX, 1);
    // Fixed, because the default grows with what is freed, and large blocks then stay for ever.
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
    mallopt(M_TRIM_THRESHOLD, 256 << 10);
}

void cshims_trim_allocator(void) { malloc_trim(0); }

void cshims_release_image(void) {
    const ElfW(Phdr) *header = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    size_t count = getauxval(AT_PHNUM);
    uintptr_t page = (uintptr_t)getpagesize();
    uintptr_t base = 0;
    for (size_t i = 0; i < count; i++) {
        if (header[i].p_type == PT_PHDR) base = (uintptr_t)header - header[i].p_vaddr;
    }
    for (size_t i = 0; i < count; i++) {
        // What can be written, or once could, is not in the file as it is now.
        if (header[i].p_type != PT_LOAD || header[i].p_flags & PF_W) continue;
        uintptr_t start = (base + header[i].p_vaddr) & ~(page - 1);
        uintptr_t end = base + header[i].p_vaddr + header[i].p_memsz;
        madvise((void *)start, end - start, MADV_DONTNEED);
    }
}

void cshims_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void cshims_lower_thread_priority(int increment) {
    setpriority(PRIO_PROCESS, (id_t)gettid(), increment);
}
