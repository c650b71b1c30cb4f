// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Exchanges that wait for a background thread, driven to their answers.

import EventLoop
import Glibc
import Memory

@testable import Server

extension Bench {
    /// Gives an exchange a request head, and waits for the background as often as it wants to.
    mutating func beginAndWait(_ head: String) throws -> (slot: Int, step: ExchangeStep) {
        var (slot, step) = try begin(head)
        while step == .wait {
            while background.threadCount + services.passwords.thread.threadCount > 0 {
                var time = timespec(tv_sec: 0, tv_nsec: 1_000_000)
                unsafe nanosleep(&time, nil)
            }
            if mailbox.drain().isEmpty { return (slot, step) }
            step = exchanges[slot].proceed(&peers, &services)
        }
        return (slot, step)
    }
}
