// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Starting a program of somebody else's: as another user, in another folder, in a group of its own.
#pragma once
#include <stddef.h>

typedef struct {
    const char *path;
    char *const *arguments;
    char *const *environment;
    // Null for where this process is.
    const char *directory;
    // What becomes its standard output and error.
    int output;
    int errors;
    // Who it becomes, if anybody else.
    int changes_user;
    unsigned int user;
    unsigned int group;
    size_t group_count;
    const unsigned int *groups;
    // The signal that it gets when this process is gone.
    int farewell;
} cshims_launch_plan;

// The step at which a launch failed.
enum {
    cshims_launch_fork = 1,
    cshims_launch_user,
    cshims_launch_directory,
    cshims_launch_program,
};

// Starts the program, and waits until it runs; returns 0, or the errno value and the step.
int cshims_launch(const cshims_launch_plan *plan, int *pid, int *step);

// Sends a signal to all processes of a group; 0, or -1 with errno.
int cshims_signal_group(int group, int number);

// Waits so many milliseconds until something can be written; 1, 0, or -1 with errno.
int cshims_wait_writable(int descriptor, int milliseconds);

// Makes reads return at once.
int cshims_set_nonblocking(int descriptor);

int cshims_first_realtime_signal(void);

// Gives the socket with this name to a user; 0, or -1 with errno. Anything else stays as it is.
int cshims_give_socket(const char *path, unsigned int user);
