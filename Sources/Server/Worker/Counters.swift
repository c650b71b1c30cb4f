// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a worker thread counts.

/// Numbers since the start of a thread.
struct Counters: BitwiseCopyable {
    var accepted = 0
    var requests = 0
}
