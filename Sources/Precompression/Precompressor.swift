// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Makes the siblings of all files of a folder, on several threads. Prints nothing: who wants to
// show how far it is hears of every file.

internal import OS
internal import Synchronization

/// What to make, and where.
package struct PrecompressionSettings: Sendable {
    /// The folder; the path of it must be without symbolic links where links matter.
    package var directory: [UInt8]

    /// Which siblings are made.
    package var kinds = SiblingKind.all

    /// Smaller files get none: the head of an answer weighs as much as what could be saved.
    package var byteMinimum = 256

    /// Makes siblings anew that are not older than their file.
    package var isForced = false

    /// Changes nothing.
    package var isDryRun = false

    /// How many threads work.
    package var jobCount = Processors.available

    package init(directory: [UInt8]) { self.directory = directory }
}

/// How far the work is, told after each file.
package struct PrecompressionProgress: Sendable {
    /// What became of the file that was finished last.
    package let file: PrecompressionReport.File
    package let finishedCount: Int
    package let totalCount: Int
    /// How much of all bytes is done, in hundredths.
    package let percent: Int
}

/// The work on one folder.
///
/// Invariant: the bytes of a sibling depend on those of its file alone, whatever the number of
///            threads.
package final class Precompressor: Sendable {
    private let settings: PrecompressionSettings
    private let observe: @Sendable (PrecompressionProgress) -> Void
    private let files: [SourceFile]
    private let totalByteCount: Int
    private let state: Mutex<State>

    /// Finds the files.
    ///
    /// - Parameter observe: called after each file, never on two threads at once.
    package init(
        _ settings: PrecompressionSettings,
        observe: @escaping @Sendable (PrecompressionProgress) -> Void
    ) {
        self.settings = settings
        self.observe = observe
        let walk = FolderWalk(settings)
        files = walk.files
        totalByteCount = walk.files.reduce(0) { $0 + $1.status.size }
        // What takes longest is begun first, so that no thread is left alone with it at the end.
        let order = walk.files.indices.sorted {
            let (first, second) = (walk.files[$0].status.size, walk.files[$1].status.size)
            return first == second ? $0 < $1 : first > second
        }
        let tasks = order.flatMap { file in
            settings.kinds.indices.map { State.Task(file: file, kind: $0) }
        }
        let empty = [SiblingOutcome?](repeating: nil, count: settings.kinds.count)
        state = Mutex(
            State(
                tasks: tasks, outcomes: Array(repeating: empty, count: walk.files.count),
                failures: walk.failures))
    }

    /// How many files were found.
    package var fileCount: Int { files.count }

    /// Makes the siblings, and returns when the last of them is finished.
    package func run() -> PrecompressionReport {
        work(withHelpers: min(max(settings.jobCount, 1), Self.jobLimit) - 1)
        return state.withLock { state in
            PrecompressionReport(
                kinds: settings.kinds, isDryRun: settings.isDryRun,
                files: files.indices.map { report($0, state.outcomes[$0]) },
                folderFailures: state.failures)
        }
    }

    /// Works on this thread and on some more, and waits for all of them.
    private func work(withHelpers count: Int) {
        // Without another thread it only takes longer.
        guard count > 0, let helper = try? Thread.start(name: "precompress", { self.work() }) else {
            return work()
        }
        work(withHelpers: count - 1)
        helper.join()
    }

    private func work() {
        let maker = SiblingMaker(settings: settings)
        while let task = state.withLock({ $0.next() }) {
            finish(task, maker.make(settings.kinds[task.kind], of: files[task.file]))
        }
    }

    private func finish(_ task: State.Task, _ outcome: SiblingOutcome) {
        state.withLock { state in
            state.outcomes[task.file][task.kind] = outcome
            guard state.outcomes[task.file].allSatisfy({ $0 != nil }) else { return }
            state.finishedCount += 1
            state.finishedByteCount += files[task.file].status.size
            observe(
                PrecompressionProgress(
                    file: report(task.file, state.outcomes[task.file]),
                    finishedCount: state.finishedCount, totalCount: files.count,
                    percent: state.finishedByteCount * 100 / max(totalByteCount, 1)))
        }
    }

    private func report(
        _ file: Int, _ outcomes: [SiblingOutcome?]
    ) -> PrecompressionReport.File {
        PrecompressionReport.File(
            path: files[file].path, byteCount: files[file].status.size,
            outcomes: outcomes.map { $0 ?? .planned })
    }

    private static var jobLimit: Int { 256 }

    /// What the threads share.
    private struct State {
        struct Task {
            let file: Int
            let kind: Int
        }

        let tasks: [Task]
        var outcomes: [[SiblingOutcome?]]
        let failures: [PrecompressionReport.Failure]
        var nextTask = 0
        var finishedCount = 0
        var finishedByteCount = 0

        mutating func next() -> Task? {
            guard nextTask < tasks.count else { return nil }
            nextTask += 1
            return tasks[nextTask - 1]
        }
    }
}
