// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Wake-ups and signals as descriptors.
#include "CShims.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

static sigset_t decode(uint64_t set) {
    sigset_t signals;
    sigemptyset(&signals);
    for (int i = 0; i < 64; i++)
        if (set >> i & 1) sigaddset(&signals, i + 1);
    return signals;
}

int cshims_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int cshims_block_signals(uint64_t set) {
    sigset_t signals = decode(set);
    return pthread_sigmask(SIG_BLOCK, &signals, 0);
}

int cshims_unblock_signals(uint64_t set) {
    sigset_t signals = decode(set);
    return pthread_sigmask(SIG_UNBLOCK, &signals, 0);
}

int cshims_signalfd(uint64_t set) {
    sigset_t signals = decode(set);
    return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

int cshims_ignore_signal(int number) {
    struct sigaction action = {.sa_handler = SIG_IGN};
    return sigaction(number, &action, 0);
}
