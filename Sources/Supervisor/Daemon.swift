// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `daemon on`: the supervisor starts itself again in a session of its own, and waits until that one
// serves. So the shell gets its prompt, and the exit code, when the outcome is known.

internal import OS

/// Leaving the terminal.
enum Daemon {
    /// Tells the second process where the first one waits.
    static let variable = "BERANDA_DAEMON"

    /// Starts this program again without the terminal; returns when that one serves or has failed.
    static func detach(_ arguments: [String], _ log: borrowing SupervisorLog) -> Int32 {
        do {
            let pipe = try Pipe()
            let program = Program(path: Program.ownPath, arguments: arguments)
            _ = try Process.spawn(
                program, environment: Process.environment + ["\(variable)=3"],
                inherited: [InheritedDescriptor(pipe.writing.number, as: 3)], isDetached: true)
            return pipe.waitForByte() ? 0 : 1
        } catch {
            log.announce(.emergency, "the daemon could not be started (\(error))")
            return 1
        }
    }

    /// Takes over the pipe on which the first process waits, if this is the second.
    static func adoptStarterPipe() -> Supervisor.StarterPipe? {
        guard Process.environmentValue(variable) == "3" else { return nil }
        let pipe = FileDescriptor(owning: 3)
        guard (try? pipe.setInherited(false)) != nil else {
            // Not a descriptor at all: somebody else set the variable.
            _ = pipe.take()
            return nil
        }
        return Supervisor.StarterPipe(pipe)
    }

    /// Puts /dev/null in the place of the terminal, and the log in the place of standard error.
    static func letGoOfTerminal(errors log: Int32) {
        guard let null = try? FileSystem.open("/dev/null", .readWrite) else { return }
        // If this fails the terminal stays open, which harms nobody.
        _ = try? Process.redirect(0, to: null.number)
        _ = try? Process.redirect(1, to: null.number)
        if log != 2 { _ = try? Process.redirect(2, to: log) }
    }
}
