// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The seam to the server: reading a configuration, and being a worker for it.

internal import Command
internal import Supervisor

/// A configuration that was read and checked.
struct Site {
    /// The number of this release.
    static let versionNumber = "0.1.0"

    /// What it means for processes.
    var plan: ProcessPlan

    /// Every file of it once, in the order of reading, for `-T`.
    var files: [File]

    /// What the reader should know although nothing is wrong, ready to print.
    var notes: String

    /// One file, as it was read.
    struct File {
        let path: String
        let content: [UInt8]
    }

    /// A configuration that cannot be used, and why, ready to print.
    struct Refusal: Error {
        let text: String
    }

    /// Reads and checks a configuration.
    static func load(
        _ source: ConfigurationSource, _ options: Options
    ) throws(Refusal) -> Site {
        throw Refusal(text: "beranda: this build has no server yet")
    }

    /// Serves, until the supervisor says otherwise; returns the exit code.
    static func runWorker(_ handover: WorkerHandover) -> Int32 { 1 }
}
