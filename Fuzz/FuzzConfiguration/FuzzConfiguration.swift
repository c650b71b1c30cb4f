// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads arbitrary bytes as a configuration of several files, as the server does: statements,
// directives of every kind, values, templates, expressions, messages.
//
// Bytes of 0xFF separate the files; the first is the main file, the others are `/etc/1.conf` and so
// on. Whatever the bytes are, nothing may trap, nothing may take long, and what is read from a
// snapshot must be what was read from the files.

internal import Configuration
internal import Regex

/// What the rows below change: only how much was done.
private struct Scope {
    var total = 0
    let matcher: RegexMatcher.Box
}

extension RegexMatcher {
    /// A matcher that several scopes can share.
    fileprivate final class Box {
        private var matcher = RegexMatcher()

        func match(_ regex: Regex, _ subject: [UInt8]) -> RegexResult {
            matcher.match(regex, subject.span)
        }
    }
}

private let rows: [Directive<Scope>] = [
    .block("server", in: [.http, .server], .atLeast(0), summary: "") { scope, invocation in
        invocation.applyChildren(table, in: .server, to: &scope)
    },
    .values("map", in: [.http, .server], .between(0, 2), summary: "") { scope, invocation in
        scope.total += invocation.children.count
        for row in invocation.children { try compile(row.name, &scope) }
    },
    .simple("gzip", in: [.server], .flag, summary: "") { scope, invocation in
        scope.total += try invocation.flag() ? 1 : 0
    },
    .simple("time", in: [.http, .server], .atLeast(1), repeats: true, summary: "") {
        scope, invocation in
        for i in invocation.arguments.indices { scope.total ^= try invocation.time(i) }
    },
    .simple("seconds", in: [.http], .exactly(1), repeats: true, summary: "") { scope, invocation in
        scope.total ^= try invocation.seconds(0)
    },
    .simple("size", in: [.http, .server], .exactly(1), repeats: true, summary: "") {
        scope, invocation in
        scope.total ^= try invocation.size(0)
    },
    .simple("number", in: [.http], .exactly(1), repeats: true, summary: "") { scope, invocation in
        scope.total ^= try invocation.integer(0, in: 1...65_535)
    },
    .simple("return", in: [.http, .server], .atLeast(1), repeats: true, summary: "") {
        scope, invocation in
        for i in invocation.arguments.indices {
            scope.total ^= try invocation.template(i).count
            scope.total ^= invocation.parameter(i)?.value.count ?? 0
        }
        if try invocation.keyword(0, ["ok", "temporary", "permanent"]) == "ok" {
            invocation.warn("ok")
        }
    },
    .simple("location", in: [.http, .server], .exactly(1), repeats: true, summary: "") {
        scope, invocation in
        try compile(invocation.arguments[0], &scope)
    },
    .ignored("tcp_nopush", in: [.http, .server], .flag, why: "it is always on"),
]

nonisolated(unsafe) private let matcher = RegexMatcher.Box()

private let table = DirectiveTable(rows)

/// Compiles a word as an expression and matches the word itself.
private func compile(_ word: Word, _ scope: inout Scope) throws(Diagnostic) {
    guard word.bytes.count <= 128 else { return }
    do throws(RegexError) {
        let regex = try Regex(pattern: word.bytes)
        scope.total ^= scope.matcher.match(regex, word.bytes) == .matched ? 1 : 0
    } catch {
        throw Diagnostic(error.message, at: word.location(of: 0..<min(error.offset, 1)))
    }
}

private func files(_ bytes: UnsafeBufferPointer<UInt8>) -> [SourceFile] {
    let parts = unsafe bytes.split(separator: 0xFF, maxSplits: 8, omittingEmptySubsequences: false)
    return unsafe parts.enumerated().map { index, part in
        unsafe SourceFile(
            path: index == 0 ? "/etc/site.conf" : "/etc/\(index).conf", bytes: Array(part))
    }
}

private func read(_ reader: FileReader) -> ParsedConfiguration {
    let environment = ["PORT": "80", "EVIL": "; } {\n\"'$x", "EMPTY": ""]
    // Few includes: thousands of them are slow enough to starve the fuzzer, and find nothing more.
    var limits = ParsingLimits()
    limits.inclusionLimit = 32
    return ConfigurationParser(reader: reader, environment: environment, limits: limits)
        .parse(path: "/etc/site.conf", globals: "tcp_nopush on")
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let input = unsafe files(UnsafeBufferPointer(start: data, count: size))
    let parsed = read(FileReader(files: input))

    let snapshot = Snapshot(parsed.sources)
    precondition(Snapshot(decoding: snapshot.encoded) == snapshot, "a snapshot must survive")
    let again = read(snapshot.reader)
    precondition(
        again.statements == parsed.statements || parsed.diagnostics.hasErrors,
        "a snapshot must read as the files did")
    precondition(!configurationDump(parsed.sources).isEmpty || parsed.sources.count <= 1)

    var diagnostics = parsed.diagnostics
    var scope = unsafe Scope(matcher: matcher)
    table.apply(
        parsed.statements, in: [.main, .http], to: &scope, &diagnostics)
    precondition(diagnostics.list.count <= Diagnostics.keptLimit)
    let printed = diagnostics.render(color: size % 2 == 0)
    precondition(printed.isEmpty == diagnostics.list.isEmpty)
    for diagnostic in diagnostics.list.prefix(10) { _ = diagnostics.oneLine(diagnostic) }

    _ = unsafe Snapshot(decoding: Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}
