// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What Glibc's Swift module does not expose: epoll's event fields, variadic and macro calls.
// Never define _GNU_SOURCE in this header: debug builds would then see other Glibc types than Swift.
#pragma once
#include <errno.h>

static inline int cshims_errno(void) { return errno; }
