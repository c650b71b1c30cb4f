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
    private static var waitingLimit: Int { 64 }
}

extension Services {
    /// Checks a password, and lets the exchange of `client` proceed afterwards.
    ///
    /// - Returns: false if too many wait already.
    func check(_ job: PasswordJob, for client: SlotID) -> Bool {
        guard let mailbox else {
            job.run()
            return true
        }
        return passwords.thread.submit {
            job.run()
            mailbox.post(.resume(client))
        }
    }
}
