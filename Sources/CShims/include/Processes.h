// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Processes: what needs macros, variadic calls or GNU extensions.
#pragma once

#include <stdint.h>

// Starts a program with the given descriptors and nothing above them, the held signals blocked (bit
// n - 1 stands for signal n) and default signal dispositions; returns 0 or an errno value.
int cshims_spawn(int *pid, const char *path, char *const *arguments, char *const *environment,
                 const int *from, const int *to, int count, int close_from, int detached,
                 uint64_t held);

// Collects one ended child without waiting: its pid, or 0 when there is none.
int cshims_reap(int *exit_code, int *signal_number, int *dumped_core);

// Sets the real, effective and saved number at once.
int cshims_set_user(unsigned int user);
int cshims_set_group(unsigned int group);

// The environment, which may be null.
char **cshims_environment(void);

int cshims_set_parent_death_signal(int number);

// Undoes an inherited wish not to be told of ended children.
int cshims_expect_children(void);

// The reading end, then the writing end; both close on exec.
int cshims_pipe(int *ends);

int cshims_duplicate_above(int descriptor, int lowest);

// A memory file, and what makes it unchangeable for every process that holds it, for good.
int cshims_sealable_file(const char *name);
int cshims_seal(int descriptor);
// The same for its size only.
int cshims_seal_size(int descriptor);
