// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which pages may lead to a location, as the configuration says it.

internal import Configuration
internal import Memory

/// `valid_referers`.
///
/// Spec: nginx ngx_http_referer_module: a level that has the directive inherits no names and no
///       words from those around it, but patterns unless it has some itself.
struct RefererSettings: Sendable {
    /// `none`: a request without the field will do.
    var allowsNone = false
    /// `blocked`: so will one whose field has no scheme, because somebody has removed it.
    var allowsBlocked = false
    /// `server_names`.
    private var usesServerNames = false
    /// Whether `server_names` was said here or around it: patterns among those names hold on.
    private var usesServerPatterns = false
    /// Indexes of `Site.regexes`: what follows the scheme is compared with them.
    private(set) var patterns: [Int] = []
    private var names: [Name] = []
    private var level = -1
    private var patternLevel = -1
    private var location: SourceLocation?

    // MARK: What is made of it once all names of the server are known

    /// Host names; the numbers are indexes of `paths`.
    private(set) var hosts = ServerNames(defaultHost: -1)
    /// What the path must begin with; empty where it does not matter.
    private(set) var paths: [[UInt8]] = []
    /// Indexes of `Site.regexes`: the host is compared with them.
    private(set) var hostPatterns: [Int] = []

    /// A name with an asterisk at the start or at the end, and the beginning of a path.
    struct Name: Sendable {
        let host: [UInt8]
        let path: [UInt8]
        let location: SourceLocation
    }

    /// Whether nothing is asked for, so that every referer is valid.
    var isEmpty: Bool { paths.isEmpty && patterns.isEmpty && hostPatterns.isEmpty }

    /// Begins a level that has the directive.
    mutating func enter(_ level: Int, at location: SourceLocation) {
        guard self.level != level else { return }
        self.level = level
        self.location = location
        names = []
        (allowsNone, allowsBlocked, usesServerNames) = (false, false, false)
    }

    mutating func addServerNames() { (usesServerNames, usesServerPatterns) = (true, true) }

    mutating func add(_ name: Name) { names.append(name) }

    mutating func add(pattern: Int) {
        if patternLevel != level { patterns = [] }
        patternLevel = level
        patterns.append(pattern)
    }

    /// Makes the tables; `server_names` stands for the names of the server.
    mutating func resolve(_ server: [ServerNameDraft], _ diagnostics: inout Diagnostics) {
        guard level >= 0 else { return }
        for name in server {
            switch name {
            case .name(let text, _): if usesServerNames { _ = insert(text, path: []) }
            case .pattern(let regex, _): if usesServerPatterns { hostPatterns.append(regex) }
            }
        }
        // A server without a name has an empty one.
        if usesServerNames, server.isEmpty { _ = insert([], path: []) }
        for name in names where !insert(name.host, path: name.path) {
            let text = String(decoding: name.host, as: UTF8.self)
            diagnostics.add(
                Diagnostic("conflicting parameter \"\(text)\"", at: name.location))
        }
        if allowsNone || allowsBlocked, paths.isEmpty, let location {
            diagnostics.add(
                Diagnostic(
                    "the \"none\" or \"blocked\" referers are specified in the "
                        + "\"valid_referers\" directive without any valid referer",
                    at: location, label: "expected \"server_names\" or a name beside them"))
        }
    }

    private mutating func insert(_ host: [UInt8], path: [UInt8]) -> Bool {
        paths.append(path)
        return hosts.insert(host, host: paths.count - 1)
    }
}
