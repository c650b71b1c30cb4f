// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `beranda precompress`: has the siblings of a folder made, and shows how far that is.

internal import Command
internal import OS
internal import Precompression

/// The tool, as its user sees it.
struct PrecompressTool {
    private let options: PrecompressOptions

    /// Progress is a line that is written over again and again where somebody watches it.
    private let isWatched = Process.isTerminal(2) && Process.isTerminal(1)

    init(_ options: PrecompressOptions) { self.options = options }

    /// Runs, and returns the exit code: 1 when anything failed.
    func run() throws(OptionError) -> Int32 {
        if options.wantsHelp {
            print(PrecompressOptions.helpText)
            return 0
        }
        let settings = try settings()
        let start = Instant.now()
        let work = Precompressor(settings, observe: progress(settings.kinds))
        // The largest files come first, so it may be a while until one is finished.
        if isWatched, !options.isQuiet {
            Process.write(Array("0 of \(work.fileCount) files, 0 %".utf8), to: 2)
        }
        let report = work.run()
        clearLine()
        for failure in report.failures { complain(failure.line) }
        if !options.isQuiet { conclude(report, Instant.now() - start) }
        return report.failures.isEmpty ? 0 : 1
    }

    private func settings() throws(OptionError) -> PrecompressionSettings {
        var settings = PrecompressionSettings(directory: try directory())
        settings.kinds = try options.chosen(
            of: SiblingKind.all, named: SiblingKind.all.map(\.name), find: SiblingKind.named)
        if let byteMinimum = options.byteMinimum { settings.byteMinimum = byteMinimum }
        if let jobCount = options.jobCount { settings.jobCount = jobCount }
        settings.isForced = options.isForced
        settings.isDryRun = options.isDryRun
        return settings
    }

    private func directory() throws(OptionError) -> [UInt8] {
        let name = options.directory ?? ""
        do {
            // Links on the way to the folder are the user's wish; those in it are not followed.
            let path = try FileSystem.realPath(name)
            if try FileSystem.status(path).kind == .directory { return path }
        } catch {
            throw OptionError(
                message: "the folder \"\(name)\" cannot be opened: \(error.message)",
                advice: "For example: beranda precompress dist")
        }
        throw OptionError(
            message: "\"\(name)\" is a file, no folder",
            advice: "The siblings of all files of a folder are written at once.")
    }

    // MARK: Printing

    private func progress(
        _ kinds: [SiblingKind]
    ) -> @Sendable (PrecompressionProgress) -> Void {
        let (isQuiet, isWatched) = (options.isQuiet, isWatched)
        return { progress in
            if isQuiet { return }
            guard isWatched else {
                return Process.write(Array((progress.file.line(kinds) + "\n").utf8), to: 1)
            }
            let line =
                "\(progress.finishedCount) of \(progress.totalCount) files, \(progress.percent) %: "
                + PathText.of(progress.file.path)
            Process.write(Array((Self.lineStart + line.prefix(78)).utf8), to: 2)
        }
    }

    private func conclude(_ report: PrecompressionReport, _ milliseconds: Int64) {
        if isWatched, report.isDryRun {
            for file in report.files { print(file.line(report.kinds) + "\n") }
        }
        let table = report.table.map { $0 + "\n" }.joined()
        if !table.isEmpty { print((isWatched ? "" : "\n") + table + "\n") }
        let seconds = "\(milliseconds / 1000).\(milliseconds / 100 % 10) s"
        print("\(report.summary) (\(seconds))\n")
    }

    private func clearLine() {
        if isWatched, !options.isQuiet { Process.write(Array(Self.lineStart.utf8), to: 2) }
    }

    private func complain(_ line: String) {
        Process.write(Array("beranda: \(line)\n".utf8), to: 2)
    }

    private func print(_ text: String) { Process.write(Array(text.utf8), to: 1) }

    /// To the first column, and what stands in the line is wiped out.
    private static let lineStart = "\r\u{1B}[K"
}
