// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Why not posix_spawn: it changes neither the user nor the signal for a parent's death, and does
// not say which step failed. Between fork and exec only what may be called there is called.
#include "Launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct failure {
    int step;
    int error;
};

static void fail(int pipe, int step) {
    struct failure failure = {step, errno};
    ssize_t count = write(pipe, &failure, sizeof failure);
    (void)count;
    _exit(127);
}

static int change_user(const cshims_launch_plan *plan) {
    // By system call: glibc's own functions would stop to look for other threads.
    return syscall(SYS_setgroups, plan->group_count, plan->groups) == 0 &&
                   syscall(SYS_setresgid, plan->group, plan->group, plan->group) == 0 &&
                   syscall(SYS_setresuid, plan->user, plan->user, plan->user) == 0
               ? 0
               : -1;
}

static void become(const cshims_launch_plan *plan, int failures, pid_t parent) {
    setpgid(0, 0);
    for (int number = 1; number <= SIGRTMAX; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDWR);
    if (null > 0) dup2(null, 0);
    if (dup2(plan->output, 1) < 0 || dup2(plan->errors, 2) < 0) fail(failures, cshims_launch_fork);
    // The pipe of failures closes by itself when the program begins.
    syscall(SYS_close_range, 3, ~0U, 1U << 2 /* CLOSE_RANGE_CLOEXEC */);
    if (plan->changes_user && change_user(plan)) fail(failures, cshims_launch_user);
    if (plan->directory && chdir(plan->directory)) fail(failures, cshims_launch_directory);
    // After the change of user, which takes the wish back.
    if (plan->farewell) prctl(PR_SET_PDEATHSIG, plan->farewell, 0, 0, 0);
    if (getppid() != parent) _exit(127);
    execve(plan->path, plan->arguments, plan->environment);
    fail(failures, cshims_launch_program);
}

int cshims_launch(const cshims_launch_plan *plan, int *pid, int *step) {
    int ends[2];
    *step = cshims_launch_fork;
    if (pipe2(ends, O_CLOEXEC)) return errno;
    // The parent's number by the time of the fork: a child that sees another one is an orphan.
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) become(plan, ends[1], parent);
    int error = child < 0 ? errno : 0;
    close(ends[1]);
    if (!error) {
        struct failure failure;
        ssize_t count;
        do count = read(ends[0], &failure, sizeof failure);
        while (count < 0 && errno == EINTR);
        if (count == sizeof failure) {
            *step = failure.step;
            error = failure.error ? failure.error : EIO;
        }
    }
    close(ends[0]);
    *pid = child;
    return error;
}

int cshims_signal_group(int group, int number) { return kill(-group, number); }

int cshims_wait_writable(int descriptor, int milliseconds) {
    struct pollfd request = {descriptor, POLLOUT, 0};
    return poll(&request, 1, milliseconds);
}

int cshims_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

int cshims_first_realtime_signal(void) { return SIGRTMIN; }

int cshims_give_socket(const char *path, unsigned int user) {
    // Opened once, so that what is looked at is what is given away.
    int file = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0) return -1;
    struct stat status;
    int result = fstat(file, &status);
    if (!result) {
        errno = EINVAL;
        result = S_ISSOCK(status.st_mode) ? fchownat(file, "", user, -1, AT_EMPTY_PATH) : -1;
    }
    int error = errno;
    close(file);
    errno = error;
    return result;
}
