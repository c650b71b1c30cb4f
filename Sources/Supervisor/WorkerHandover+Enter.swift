// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a worker does with the handover, before and after it is ready.

package import OS

extension WorkerHandover {
    /// Why a worker cannot begin.
    package enum EntryFailure: Error, Equatable {
        /// The supervisor is gone already, so nobody would ever stop this worker.
        case orphaned
        /// A step failed.
        case refused(step: StaticString, Errno)

        package static func == (left: EntryFailure, right: EntryFailure) -> Bool {
            left.message == right.message
        }

        /// nginx's words where it has them.
        package var message: String {
            switch self {
            case .orphaned: "the supervisor is gone"
            case .refused(let step, let error): "\(step) failed (\(error))"
            }
        }
    }

    /// Reads the handover from the environment; `nil` in a process that is no worker.
    package static var ofThisProcess: WorkerHandover? {
        Process.environmentValue(variable).flatMap(WorkerHandover.init(parsing:))
    }

    /// Takes the place of a worker: the user and the bond to the supervisor.
    ///
    /// To be called before any thread is started and anything is read from the network. Signals
    /// should be blocked already, so that none is lost.
    package func enter() throws(EntryFailure) {
        Signal.ignoreBrokenPipe()
        Process.setName("beranda")
        if let user {
            do { try Process.setUser(user) } catch { throw .refused(step: "setuid()", error) }
        }
        do {
            // After the change of user, which would take it back.
            try Process.setParentDeathSignal(Signal.terminate)
        } catch {
            throw .refused(step: "prctl(PR_SET_PDEATHSIG)", error)
        }
        guard Process.parentID == supervisor else { throw .orphaned }
    }

    /// Lets go of the terminal that the supervisor was started from, as that does too.
    ///
    /// Until a worker is ready, whoever started it should see what it complains about.
    package func letGoOfTerminal(errors log: Int32) { Daemon.letGoOfTerminal(errors: log) }

    /// Tells the supervisor that connections are being accepted.
    ///
    /// Signals must be handled from now on, as the supervisor sends them from now on.
    package func reportReady() {
        Pipe.writeByte(to: ready)
        // Without the end of the pipe nothing is lost: the byte is what counts.
        _ = FileDescriptor(owning: ready)
    }
}
