// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `beranda check`: reads a configuration, and says all there is to say about it.

internal import Command
internal import Configuration
internal import OS

/// The tool, as its user sees it.
struct CheckTool {
    private let options: CheckOptions

    init(_ options: CheckOptions) { self.options = options }

    /// Runs, and returns the exit code: 1 when the configuration cannot be used.
    func run() -> Int32 {
        if options.wantsHelp {
            print(CheckOptions.helpText)
            return 0
        }
        let source: ConfigurationSource
        do throws(ConfigurationSource.Failure) {
            source = try .findFile(options.options)
        } catch {
            Process.write(Array("beranda: \(error.text)\n".utf8), to: 2)
            return 1
        }
        let diagnostics = Site.check(source, options.options)
        let isQuiet = options.options.isQuiet
        print(
            options.isForPrograms
                ? diagnostics.json(errorsOnly: isQuiet) : text(diagnostics, source.name))
        return diagnostics.hasErrors ? 1 : 0
    }

    private func text(_ diagnostics: Diagnostics, _ name: String) -> String {
        let isColored = Process.isTerminal(1) && Process.environmentValue("NO_COLOR") == nil
        if options.options.isQuiet {
            return diagnostics.hasErrors
                ? diagnostics.render(color: isColored, errorsOnly: true) : ""
        }
        let verdict =
            diagnostics.hasErrors
            ? "\(name) cannot be used\n"
            : diagnostics.warningCount > 0
                ? "\(name) can be used\n" : "\(name) can be used, and nothing is wrong with it\n"
        return diagnostics.notes(color: isColored) + verdict
    }

    private func print(_ text: String) {
        Process.write(Array(text.utf8), to: 1)
    }
}
