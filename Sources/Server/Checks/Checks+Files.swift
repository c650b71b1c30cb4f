// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Folders that are not there, and pages that are sent for files that are not there.

internal import Configuration

extension Checks {
    /// A `root` or `alias` that leads nowhere.
    func missingFolders(_ block: CheckedBlock, _ report: inout CheckReport) {
        for statement in block.simple
        where statement.name.equals("root") || statement.name.equals("alias") {
            guard let word = statement.last, !statement.hasVariables, !word.bytes.isEmpty else {
                continue
            }
            // An alias of a pattern, or of one file, is no folder.
            let isAlias = statement.name.equals("alias")
            if isAlias, !word.text.hasSuffix("/") { continue }
            let path = absolute(word.text)
            guard surroundings.isFolder(path) == false else { continue }
            let meant = Self.spellings(of: path).first { surroundings.isFolder($0) == true }
            report.warnOnce(
                "root " + path, "there is no folder \"\(path)\"", at: word.location,
                label: meant.map { "did you mean \($0)?" } ?? "nothing can be served from it",
                help: meant.map { "\(statement.name.text) \($0);" })
        }
    }

    /// Other paths that a mistyped one may stand for.
    private static func spellings(of path: String) -> [String] {
        var found: [String] = []
        for index in path.indices where path[index] == "." {
            found.append(path[..<index] + "/" + path[path.index(after: index)...])
        }
        let parts = path.split(separator: "/")
        if parts.last == "html" { found.append("/" + parts.dropLast().joined(separator: "/")) }
        return found + [path + "/html", path + "/dist", path + "/public"]
    }

    /// A page of HTML for a script that is not there: the browser takes it for JavaScript.
    func pageForMissingAssets(_ block: CheckedBlock, _ report: inout CheckReport) {
        guard let tried = block.own("try_files").first, let last = tried.last,
            last.text.hasSuffix(".html"), let path = block.path, Self.isOfAssets(path)
        else { return }
        let candidates = tried.arguments.dropLast().map(\.text).joined(separator: " ")
        report.warn(
            "a missing asset is answered with a page", at: last.location,
            label: "a browser would read it as a script or a style sheet",
            help: "try_files \(candidates) =404;")
    }

    private static func isOfAssets(_ path: LocationPath) -> Bool {
        let text = path.text.lowercased()
        if path.isPattern { return ["js", "css", "woff"].contains { text.includes($0) } }
        let folders = [
            "/assets", "/static", "/_next/static", "/_nuxt", "/js", "/css", "/img", "/images",
            "/fonts", "/build", "/media",
        ]
        return folders.contains { text == $0 || text.hasPrefix($0 + "/") }
    }

    /// The pages of an app, each with the status of an error.
    func pageWithStatusOfError(_ block: CheckedBlock, _ report: inout CheckReport) {
        for statement in block.own("error_page") {
            guard let page = statement.last, page.equals("/index.html") || page.equals("/"),
                statement.arguments.first?.equals("404") == true,
                !statement.arguments.contains(where: { $0.bytes.first == UInt8(ascii: "=") })
            else { continue }
            report.warn(
                "the pages of the app are sent with status 404", at: page.location,
                label: "search engines and caches take them for errors",
                help: "try_files $uri $uri/ \(page.text == "/" ? "/index.html" : page.text);")
        }
    }

    /// A `root` in `location /`, which the other locations do not inherit.
    func rootOfOneLocation(_ block: CheckedBlock, _ report: inout CheckReport) {
        guard block.effective("root").isEmpty,
            let home = block.locations.first(where: { $0.path?.text == "/" }),
            let root = home.own("root").first
        else { return }
        for location in block.locations where location !== home && servesFiles(location) {
            report.warn(
                "\"\(location.title)\" has no \"root\"", at: location.place,
                label: "that of \"\(home.title)\" does not hold here, \"html\" does",
                help: "move `root \(root.first);` out of the location into the server")
        }
    }

    private func servesFiles(_ location: CheckedBlock) -> Bool {
        if location.path?.kind == .named { return false }
        let others = [
            "root", "alias", "return", "proxy_pass", "rewrite", "stub_status", "empty_gif", "deny",
            "internal", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass",
        ]
        if location.has(anyOf: others) { return false }
        return location.blocks.isEmpty
    }

    /// The same `root` in every location.
    func repeatedRoots(_ block: CheckedBlock, _ report: inout CheckReport) {
        guard block.effective("root").isEmpty else { return }
        let roots = block.locations.compactMap { $0.own("root").first }
        guard roots.count > 2, let first = roots.first,
            roots.allSatisfy({ $0.first == first.first })
        else { return }
        report.warn(
            "\"root\" is the same in all \(roots.count) locations", at: first.name.location,
            label: "a location that is added without it serves \"html\"",
            help: "write `root \(first.first);` once, in the server")
    }

    /// Text that is sent as large as it is although compression is on.
    func typesToCompress(_ block: CheckedBlock, _ report: inout CheckReport) {
        for statement in block.own("gzip_types") + block.own("brotli_types") {
            let types = Set(statement.arguments.map { $0.text.lowercased() })
            if types.contains("*") { continue }
            var missing = ["text/css", "application/json", "image/svg+xml"].filter {
                !types.contains($0)
            }
            if types.isDisjoint(with: Self.scriptTypes) { missing.append("text/javascript") }
            guard !missing.isEmpty else { continue }
            if !types.contains("application/wasm") { missing.append("application/wasm") }
            let added = missing.joined(separator: " ")
            report.warnOnce(
                statement.name.text + added,
                "some text is not compressed", at: statement.name.location,
                label: "not among the types: " + missing.joined(separator: ", "),
                help: "\(statement.name.text) … \(added);")
        }
    }

    private static let scriptTypes = [
        "text/javascript", "application/javascript", "application/x-javascript",
    ]
}
