// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `beranda explain`: says what the server would do with a request, without a network.

internal import Command
internal import Configuration
internal import OS
internal import Server

/// The tool, as its user sees it.
struct ExplainTool {
    private let options: ExplainOptions

    init(_ options: ExplainOptions) { self.options = options }

    /// Runs, and returns the exit code: 1 when there is nothing that could be explained.
    func run() throws(OptionError) -> Int32 {
        if options.wantsHelp {
            Process.write(Array(ExplainOptions.helpText.utf8), to: 1)
            return 0
        }
        let request = try request()
        let source: ConfigurationSource
        do throws(ConfigurationSource.Failure) {
            source = try .findFile(options.options)
        } catch {
            return fail(error.text)
        }
        let load = LoadRequest(source, options.options)
        let loaded = SiteLoader.load(load.options(reader: .system))
        guard let site = loaded.site else {
            Process.write(Array(loaded.diagnostics.render(errorsOnly: true).utf8), to: 2)
            return fail("\(source.name) cannot be used")
        }
        do throws(ExplanationFailure) {
            let explanation = try Explanation(of: request, by: site, sources: loaded.sources)
            let text = options.isForPrograms ? explanation.json : explanation.text
            Process.write(Array(text.utf8), to: 1)
            return 0
        } catch {
            return fail(error.message)
        }
    }

    private func request() throws(OptionError) -> ExplainedRequest {
        var request = ExplainedRequest()
        request.method = options.method
        request.fields = options.fields
        if let url = options.url {
            request.target = url.target
            request.port = url.port
            if let host = url.host { request.host = host }
        }
        if let text = options.clientAddress {
            guard let address = CompactAddress(parsing: Array(text.utf8).span, defaultPort: 40_000)
            else {
                throw OptionError(
                    message: "invalid address: \"\(text)\"",
                    advice: "--from takes an IP address, such as 192.0.2.1 or [2001:db8::1].")
            }
            request.client = address
        }
        return request
    }

    private func fail(_ text: String) -> Int32 {
        Process.write(Array("beranda: \(text)\n".utf8), to: 2)
        return 1
    }
}
