// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A program with the real supervisor and a worker of a few lines, for SupervisorTests.
//
// Its configuration is the file `plan` in the folder PROBE_FOLDER: one wish a line. Its worker
// answers each connection with its generation and its number, and dies when it reads "!".

import OS
import Supervisor

@main
struct Probe {
    static func main() {
        if let handover = WorkerHandover.ofThisProcess { Process.exit(ProbeWorker.run(handover)) }
        let folder = Process.environmentValue("PROBE_FOLDER") ?? "."
        var settings = Supervisor.Settings()
        settings.bindTriesLimit = 2
        settings.namesFreePort = true
        settings.initialErrorLog = .file(path: folder + "/error.log")
        do {
            var supervisor = try Supervisor(settings: settings) { load(folder) }
            let code = supervisor.run()
            // The daemon's starter ends, too, and is not the one that the tests ask about.
            if Process.environmentValue("BERANDA_DAEMON") != nil || !isDaemon(folder) {
                try FileSystem.replaceFile(folder + "/exit", content: Array("\(code)".utf8).span)
            }
            Process.exit(code)
        } catch {
            Process.exit(99)
        }
    }

    private static func isDaemon(_ folder: String) -> Bool {
        words(folder).contains { $0 == ["daemon"] }
    }

    /// The lines of the plan, each in words.
    private static func words(_ folder: String) -> [[String]] {
        let content = (try? FileSystem.open(folder + "/plan").readAll()) ?? []
        return String(decoding: content, as: UTF8.self).split(separator: "\n").map { line in
            line.split(separator: " ").map(String.init)
        }
    }

    private static func load(_ folder: String) -> PlanResult {
        var plan = ProcessPlan()
        plan.pidPath = folder + "/pid"
        plan.errorLogs = [ErrorLogPlan(.file(path: folder + "/error.log"), .notice)]
        plan.logPaths = [folder + "/access.log"]
        for words in words(folder) {
            switch (words.first, words.dropFirst().first) {
            case ("refuse", _): return .refused(text: "the plan is refused")
            case ("daemon", _): plan.runsAsDaemon = true
            case ("listen", let text?):
                guard let address = SocketAddress(text) else { return .refused(text: text) }
                plan.listeners.append(ListenerPlan(address: address))
            case ("share", let text?):
                guard let address = SocketAddress(text) else { return .refused(text: text) }
                var options = ListenerOptions()
                options.reusePort = true
                plan.listeners.append(
                    ListenerPlan(address: address, options: options, socketCount: 2))
            case ("patience", let text?): plan.shutdownTimeout = Int64(text) ?? 0
            case ("pid", let text?): plan.pidPath = folder + "/" + text
            case ("user", let text?):
                guard let number = UInt32(text) else { return .refused(text: text) }
                plan.user = UserIdentity(
                    userID: number, groupID: number, supplementaryGroups: [number])
            case ("worker", let text?): plan.snapshot = Array(text.utf8)
            default: return .refused(text: "unknown line")
            }
        }
        return .plan(plan)
    }
}
