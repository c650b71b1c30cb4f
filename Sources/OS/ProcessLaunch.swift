// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Starting programs that are not ours, and ending them with all that they started.

internal import CShims
internal import Glibc

/// How a program of somebody else's is started.
package struct Launch: Sendable {
    package var program: Program
    /// Everything that it finds in its environment, as `NAME=value`.
    package var environment: [String] = []
    /// Where it starts; nil for where this process is.
    package var directory: String?
    /// Who it becomes; nil for who this process is.
    package var user: UserIdentity?
    /// What becomes its standard output and error.
    package var output: Int32 = 1
    package var errors: Int32 = 2

    package init(_ program: Program) { self.program = program }

    /// What it did not come to.
    package enum Step: Equatable, Sendable { case fork, user, directory, program }

    /// Why it could not be started.
    package struct Failure: Error, Equatable {
        package let step: Step
        package let error: Errno

        package init(step: Step, error: Errno) {
            self.step = step
            self.error = error
        }
    }
}

extension Process {
    /// Starts a program in a process group of its own, and waits until it runs.
    ///
    /// It reads nothing, has no other descriptors than these, and is told to end when this process
    /// is gone.
    package static func launch(_ launch: Launch) throws(Launch.Failure) -> ProcessID {
        var id: Int32 = 0
        var step: Int32 = 0
        var plan = unsafe cshims_launch_plan()
        unsafe plan.output = launch.output
        unsafe plan.errors = launch.errors
        unsafe plan.farewell = Signal.terminate
        if let user = launch.user {
            unsafe plan.changes_user = 1
            unsafe plan.user = user.userID
            unsafe plan.group = user.groupID
        }
        let groups = launch.user?.supplementaryGroups ?? []
        let arguments = CStringArray(launch.program.arguments)
        let environment = CStringArray(launch.environment)
        let error = unsafe groups.withUnsafeBufferPointer { groups in
            unsafe plan.groups = groups.baseAddress
            unsafe plan.group_count = groups.count
            return unsafe arguments.withPointers { arguments in
                unsafe plan.arguments = UnsafePointer(arguments)
                return unsafe environment.withPointers { environment in
                    unsafe plan.environment = UnsafePointer(environment)
                    return unsafe launch.program.path.withCString { path in
                        unsafe plan.path = path
                        guard let directory = launch.directory else {
                            return unsafe cshims_launch(&plan, &id, &step)
                        }
                        return unsafe directory.withCString { directory in
                            unsafe plan.directory = directory
                            return unsafe cshims_launch(&plan, &id, &step)
                        }
                    }
                }
            }
        }
        guard error == 0 else {
            // It has ended already; nobody else would collect it.
            if id > 0 { _ = waitpid(id, nil, 0) }
            throw Launch.Failure(step: Self.step(step), error: Errno(rawValue: error))
        }
        return ProcessID(rawValue: id)
    }

    private static func step(_ number: Int32) -> Launch.Step {
        switch Int(number) {
        case Int(cshims_launch_user): .user
        case Int(cshims_launch_directory): .directory
        case Int(cshims_launch_program): .program
        default: .fork
        }
    }

    /// Sends a signal to every process of the group that a process leads.
    package static func sendToGroup(_ signal: Int32, of leader: ProcessID) throws(Errno) {
        // 1 would be everybody.
        guard leader.rawValue > 1 else { throw Errno(rawValue: ESRCH) }
        _ = try check { cshims_signal_group(leader.rawValue, signal) }
    }

    /// Gives the file of a Unix socket to another user, who may then connect to it.
    ///
    /// Nothing but a socket is given away, and no link is followed: the folder belongs to others.
    package static func giveSocket(_ path: [UInt8], to user: UInt32) throws(Errno) {
        let path = String(decoding: path, as: UTF8.self)
        _ = try check { unsafe cshims_give_socket(path, user) }
    }

    /// Whether anybody of the group that a process led is left.
    package static func hasGroup(of leader: ProcessID) -> Bool {
        leader.rawValue > 1
            && (cshims_signal_group(leader.rawValue, 0) == 0 || Errno.current != .noSuchProcess)
    }
}

/// Finds programs as a shell does.
package enum ProgramSearch {
    /// What was found.
    package enum Result: Equatable, Sendable {
        case found(path: String)
        case notFound
        /// There is such a file, but nobody may execute it.
        case notExecutable(path: String)
    }

    /// Where programs are looked for when nobody says.
    package static var usualPath: String { "/usr/local/bin:/usr/bin:/bin" }

    /// Looks for a program in the folders of a `PATH`; a name with a slash is a path already, seen
    /// from the folder that it will start in.
    package static func find(
        _ name: String, path: String?, directory: String? = nil
    ) -> Result {
        func absolute(_ path: String) -> String {
            guard !path.hasPrefix("/"), let directory else { return path }
            return directory.hasSuffix("/") ? directory + path : directory + "/" + path
        }
        guard !name.contains("/") else { return kind(of: absolute(name)) }
        var best = Result.notFound
        for folder in (path ?? usualPath).split(separator: ":", omittingEmptySubsequences: false) {
            let file = absolute(folder.isEmpty ? "./" + name : "\(folder)/\(name)")
            switch kind(of: file) {
            case .found: return .found(path: file)
            case .notExecutable: best = .notExecutable(path: file)
            case .notFound: continue
            }
        }
        return best
    }

    private static func kind(of path: String) -> Result {
        guard let status = try? FileSystem.status(path) else { return .notFound }
        let isExecutable = unsafe access(path, X_OK) == 0
        return status.kind == .regular && isExecutable
            ? .found(path: path) : .notExecutable(path: path)
    }
}
