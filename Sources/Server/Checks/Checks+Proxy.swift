// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is passed on in a way that its author probably did not mean.

internal import Configuration

extension Checks {
    /// A location and the path that takes its place, of which only one ends with a slash.
    func slashesOfProxyPass(_ block: CheckedBlock, _ report: inout CheckReport) {
        guard let pass = block.own("proxy_pass").first, let target = pass.last,
            !pass.hasVariables, let path = block.path, path.isPrefix,
            let uri = Self.path(ofURL: target.text), path.text.hasSuffix("/") != uri.hasSuffix("/")
        else { return }
        let asked = path.text + (path.text.hasSuffix("/") ? "users" : "/users")
        let passed = uri + asked.dropFirst(path.text.count)
        let isMissing = !uri.hasSuffix("/")
        report.warn(
            "\"\(block.title)\" and its \"proxy_pass\" should both end with a slash, or neither",
            at: target.location, label: "\(asked) is passed on as \(passed)",
            help: isMissing
                ? "proxy_pass \(target.text)/;" : "location \(path.text)/ { … }")
    }

    /// What stands behind the host of a URL; nil when nothing does.
    private static func path(ofURL text: String) -> String? {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            return nil
        }
        let rest = text[colon...].dropFirst(3)
        guard let slash = rest.firstIndex(of: "/"), !rest.hasPrefix("unix:") else { return nil }
        return String(rest[slash...])
    }

    /// `Connection: upgrade` for requests that want no such thing.
    func constantUpgrade(_ block: CheckedBlock, _ report: inout CheckReport) {
        for statement in block.own("proxy_set_header")
        where statement.first.lowercased() == "connection" {
            guard let value = statement.last, value.text.lowercased() == "upgrade" else { continue }
            report.warnOnce(
                "upgrade", "every request says \"Connection: \(value.text)\" to the peer",
                at: value.location, label: "also those that ask for no upgrade",
                help: "leave it out, as upgrades are passed on without it; or, for nginx, "
                    + "map $http_upgrade $connection_upgrade { default upgrade; '' ''; } "
                    + "and proxy_set_header Connection $connection_upgrade;")
        }
    }

    /// Fields of the blocks around that a location takes away by having some of its own.
    func hiddenRequestFields(_ block: CheckedBlock, _ report: inout CheckReport) {
        let own = block.own("proxy_set_header")
        guard let first = own.first, let around = block.around else { return }
        let names = Set(own.map { $0.first.lowercased() })
        let hidden = around.effective("proxy_set_header").filter {
            !names.contains($0.first.lowercased())
        }
        guard !hidden.isEmpty else { return }
        report.warn(
            "\"proxy_set_header\" here hides those of the blocks around it",
            at: first.name.location,
            label: "no longer passed: " + hidden.map(\.first).joined(separator: ", "),
            help: "repeat them here")
    }

    /// An upload that is refused at the usual limit.
    func limitOfUploads(_ block: CheckedBlock, _ report: inout CheckReport) {
        guard let path = block.path, path.kind != .named, block.has("proxy_pass"),
            block.effective("client_max_body_size").isEmpty
        else { return }
        let text = path.text.lowercased()
        let words = ["upload", "attachment", "avatar", "import"]
        guard words.contains(where: { text.includes($0) }) else { return }
        report.warn(
            "uploads to \"\(block.title)\" are limited to 1 MB", at: block.place,
            label: "larger ones are refused with 413",
            help: "client_max_body_size 100m;")
    }
}
