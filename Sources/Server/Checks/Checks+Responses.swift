// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is said with a response, and who gets one.

internal import Configuration

extension Checks {
    /// A second media type in a response that has one.
    func addedContentType(_ block: CheckedBlock, _ report: inout CheckReport) {
        for statement in block.own("add_header")
        where statement.first.lowercased() == "content-type" {
            guard statement.arguments.count > 1 else { continue }
            let type = statement.arguments[1].text
            let place = statement.arguments[0].location
            if block.has("proxy_pass") {
                report.warn(
                    "the response gets a second Content-Type", at: place,
                    label: "\"add_header\" does not replace that of the peer",
                    help: "add `proxy_hide_header Content-Type;` if it is to be replaced")
            } else {
                let quoted = type.contains(where: { $0 == " " || $0 == ";" }) ? "'\(type)'" : type
                report.warn(
                    "the response gets a second Content-Type", at: place,
                    label: "\"add_header\" does not replace the one that it has",
                    help: block.has("return")
                        ? "default_type \(quoted);" : "types { } default_type \(quoted);")
            }
        }
    }

    /// An `if` in a location with directives that make it a location of its own.
    ///
    /// Spec: nginx: what is not part of the rewrite phase holds for requests for which the
    ///       condition is true, instead of what the location around says, not in addition to it.
    func conditionAsLocation(_ block: CheckedBlock, _ report: inout CheckReport) {
        guard block.around?.kind == .location, let around = block.around else { return }
        let simple = [
            "return", "rewrite", "set", "break", "rewrite_log", "uninitialized_variable_warn",
            "limit_rate", "limit_rate_after", "access_log", "log_not_found",
        ]
        guard
            let strange = block.simple.first(where: { statement in
                !simple.contains { statement.name.equals($0) }
            })
        else { return }
        let lost = ["try_files", "alias"].filter(around.has)
        let label =
            lost.isEmpty
            ? "where the condition is true, this block answers instead of the location around it"
            : "where the condition is true, `\(lost.joined(separator: "` and `"))` of the "
                + "location \(lost.count == 1 ? "does" : "do") not hold"
        report.warn(
            "\"\(strange.name.text)\" in an \"if\" in a location may not do what it seems to",
            at: strange.name.location, label: label,
            help: "use `map` and a variable, or `return` a code here that `error_page` turns "
                + "into a named location")
    }

    /// `allow` and `deny` that nobody gets to.
    func rulesBehindAll(_ block: CheckedBlock, _ report: inout CheckReport) {
        let rules = block.simple.filter { $0.name.equals("allow") || $0.name.equals("deny") }
        guard let all = rules.firstIndex(where: { $0.first == "all" }), all + 1 < rules.count else {
            return
        }
        report.warn(
            "the rule is never reached", at: rules[all + 1].name.location,
            label: "`\(rules[all].name.text) all` on line \(rules[all].name.location.line) "
                + "decides for everybody",
            help: "put `\(rules[all].name.text) all;` behind the others")
    }

    /// `auth_basic` without a file of passwords, which asks nobody for one.
    func passwordsOfNobody(_ block: CheckedBlock, _ report: inout CheckReport) {
        let exceptions = block.blocks.filter {
            $0.statement?.name.equals("limit_except") == true
        }
        for block in [block] + exceptions {
            guard let realm = block.own("auth_basic").first, realm.first != "off",
                block.effective("auth_basic_user_file").isEmpty,
                !block.holds("auth_basic_user_file")
            else { continue }
            report.warn(
                "nobody is asked for a password", at: realm.name.location,
                label: "without \"auth_basic_user_file\" everybody is let in",
                help: "auth_basic_user_file /etc/nginx/htpasswd;")
        }
    }

    /// Versions of TLS that browsers have given up.
    func oldProtocols(_ block: CheckedBlock, _ report: inout CheckReport) {
        for statement in block.own("ssl_protocols") {
            let old = statement.arguments.filter { word in
                ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1"].contains { word.equals($0) }
            }
            guard let first = old.first else { continue }
            report.warnOnce(
                "protocols", "\(old.map(\.text).joined(separator: " and ")) can be broken",
                at: first.location, label: "no browser needs it since 2020",
                help: "ssl_protocols TLSv1.2 TLSv1.3;")
        }
    }
}
