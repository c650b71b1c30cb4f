// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where the program begins: as a worker if the supervisor started it, else with the command line.

internal import OS
internal import Supervisor

@main
struct Beranda {
    static func main() {
        if let handover = WorkerHandover.ofThisProcess {
            Process.exit(Site.runWorker(handover))
        }
        Process.exit(CommandLineTool.run(Array(CommandLine.arguments.dropFirst())))
    }
}
