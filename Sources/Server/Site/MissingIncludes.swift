// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The included files that a configuration can do without.

internal import Configuration

/// Puts up with well-known files that are not there: a table of media types in a container made
/// from nothing, and what certbot writes on the machines that it looks after.
final class MissingIncludes {
    /// A file that may be missing.
    private struct Known {
        let pathEnd: String
        /// What stands for it, as the configuration sees it.
        let substitute: String
        /// What is said of it.
        let label: String
    }

    private static let known = [
        Known(
            pathEnd: "mime.types",
            substitute: "# There is no such file; the built-in table of media types is used.\n",
            label: "the built-in table of media types is used"),
        Known(
            pathEnd: "letsencrypt/options-ssl-nginx.conf",
            substitute: "# There is no such file; the defaults of TLS are used.\n",
            label: "certbot has not been here; the defaults of TLS are used"),
    ]

    private let inner: FileReader
    private var found: [String: Known] = [:]

    init(_ reader: FileReader) {
        inner = reader
    }

    var reader: FileReader {
        FileReader(
            read: { path throws(FileReader.Failure) in
                do throws(FileReader.Failure) {
                    return try self.inner.read(path)
                } catch {
                    guard
                        let known = Self.known.first(where: {
                            path == $0.pathEnd || path.hasSuffix("/" + $0.pathEnd)
                        })
                    else { throw error }
                    self.found[path] = known
                    return Array(known.substitute.utf8)
                }
            }, list: inner.list)
    }

    /// Warns of those that were missing, at their place among the sources.
    func report(_ sources: [SourceFile], to diagnostics: inout Diagnostics) {
        guard !found.isEmpty else { return }
        for (index, source) in sources.enumerated() {
            guard let known = found[source.path] else { continue }
            diagnostics.add(
                Diagnostic(
                    "cannot read \(source.path)",
                    at: SourceLocation(file: index, line: 1, column: 1, length: 1),
                    label: known.label, severity: .warning))
        }
    }
}
