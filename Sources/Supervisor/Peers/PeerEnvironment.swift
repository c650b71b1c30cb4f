// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The environment of a managed peer. Pure: lists of variables in, one out.

/// Puts together what a managed peer finds in its environment.
enum PeerEnvironment {
    /// What the supervisor tells its own processes, and nobody else.
    private static let ownVariables = [WorkerHandover.variable, Daemon.variable]

    /// The environment, as `NAME=value`, each name once.
    ///
    /// - Parameters:
    ///   - inherited: that of the supervisor.
    ///   - port: the number of its port or the path of its socket, which nothing overrides.
    static func make(
        for command: ManagedCommand, number: Int, port: String, inherited: [String]
    ) -> [String] {
        var variables = inherited.filter { !ownVariables.contains(name(of: $0)) }
        func set(_ entry: String) {
            variables.removeAll { name(of: $0) == name(of: entry) }
            variables.append(entry)
        }
        if let user = command.userName {
            set("USER=\(user)")
            set("LOGNAME=\(user)")
        }
        if let home = command.home { set("HOME=\(home)") }
        set("HOST=127.0.0.1")
        set("INSTANCE=\(number)")
        for entry in command.environment { set(entry) }
        set("PORT=\(port)")
        return variables
    }

    private static func name(of entry: String) -> String {
        String(entry.prefix { $0 != "=" })
    }

    /// The value of a variable.
    static func value(_ name: String, in environment: [String]) -> String? {
        environment.last { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
