// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a worker keeps for checking passwords.

internal import EventLoop
internal import Memory
internal import OS

/// The files, the right passwords, and the thread that checks the others.
struct PasswordChecks: ~Copyable {
    var files = PasswordFiles()
    var memory = PasswordMemory()
    /// Why: a thread of its own, so that a storm of wrong passwords keeps nobody's files waiting;
    ///      and one that lets the loops go first.
    let thread = BackgroundWork(
        threadCountLimit: 1, jobCountLimit: PasswordChecks.waitingLimit, niceness: 10)

    /// How many checks may wait; those beyond are refused.
    static var waitingLimit: Int { 64 }
    let waiting = WaitingChecks()
}

extension Services {
    /// Checks a password, and lets the exchange of `client` proceed afterwards.
    ///
    /// - Returns: false if too many wait already, or too many of this address.
    func check(_ job: PasswordJob, for client: SlotID, at address: CompactAddress) -> Bool {
        guard let mailbox else {
            job.run()
            return true
        }
        let waiting = passwords.waiting
        guard waiting.enter(address) else { return false }
        let isQueued = passwords.thread.submit {
            job.run()
            waiting.leave(address)
            mailbox.post(.resume(client))
        }
        if !isQueued { waiting.leave(address) }
        return isQueued
    }
}
