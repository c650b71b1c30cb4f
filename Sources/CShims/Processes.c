// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
#include "Processes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// Describes what happens between fork and exec; returns an errno value.
static int describe(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes,
                    const int *from, const int *to, int count, int close_from, int detached,
                    uint64_t held) {
    int error = 0;
    for (int i = 0; i < count && !error; i++)
        error = posix_spawn_file_actions_adddup2(actions, from[i], to[i]);
    if (!error && close_from >= 0)
        error = posix_spawn_file_actions_addclosefrom_np(actions, close_from);
    if (error) return error;

    sigset_t mask, all;
    sigemptyset(&mask);
    for (int i = 0; i < 64; i++)
        if (held >> i & 1) sigaddset(&mask, i + 1);
    sigfillset(&all);
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (detached) flags |= POSIX_SPAWN_SETSID;
    error = posix_spawnattr_setsigmask(attributes, &mask);
    if (!error) error = posix_spawnattr_setsigdefault(attributes, &all);
    return error ? error : posix_spawnattr_setflags(attributes, (short)flags);
}

int cshims_spawn(int *pid, const char *path, char *const *arguments, char *const *environment,
                 const int *from, const int *to, int count, int close_from, int detached,
                 uint64_t held) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return error;
    error = posix_spawnattr_init(&attributes);
    if (!error) {
        error = describe(&actions, &attributes, from, to, count, close_from, detached, held);
        if (!error) error = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int cshims_reap(int *exit_code, int *signal_number, int *dumped_core) {
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return 0;
    *exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    *signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    *dumped_core = WIFSIGNALED(status) && WCOREDUMP(status);
    return pid;
}

int cshims_set_user(unsigned int user) { return setresuid(user, user, user); }
int cshims_set_group(unsigned int group) { return setresgid(group, group, group); }

char **cshims_environment(void) { return environ; }

int cshims_set_parent_death_signal(int number) { return prctl(PR_SET_PDEATHSIG, number, 0, 0, 0); }

int cshims_expect_children(void) { return signal(SIGCHLD, SIG_DFL) == SIG_ERR ? -1 : 0; }

int cshims_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }

int cshims_duplicate_above(int descriptor, int lowest) {
    return fcntl(descriptor, F_DUPFD_CLOEXEC, lowest);
}

int cshims_sealable_file(const char *name) {
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int cshims_seal(int descriptor) {
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

int cshims_seal_size(int descriptor) {
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW);
}
