// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What loads but hurts, and what does not hurt although it looks like it.

import Configuration
import OS
import Testing

@testable import Server

/// The statements of a server, and what the checks say to them: nothing where nothing is wrong.
struct Habit: Sendable, CustomTestStringConvertible {
    let text: String
    let findings: [String]

    init(_ text: String, _ findings: String...) {
        self.text = text
        self.findings = findings
    }

    var testDescription: String { text }
}

/// What the checks find in statements, each as its message and label.
private func advice(_ text: String, folders: Set<String> = []) -> [String] {
    let parser = ConfigurationParser(reader: FileReader(files: []))
    let parsed = parser.parse(text: text, name: "test")
    var diagnostics = Diagnostics()
    let surroundings = CheckSurroundings { path in
        folders.isEmpty ? true : folders.contains(path)
    }
    Checks(prefix: "/site/", surroundings: surroundings).run(parsed.statements, &diagnostics)
    return diagnostics.sorted.map { $0.message + " | " + $0.label }
}

@Suite struct ChecksTests {
    private func expect(_ habit: Habit) {
        let found = advice("server { \(habit.text) }")
        #expect(found.count == habit.findings.count, "\(found)")
        for (found, wanted) in zip(found, habit.findings) {
            #expect(found.hasPrefix(wanted), "\(found)")
        }
    }

    @Test(arguments: [
        Habit("location ~ / { } location ~ x { }", "\"location ~ x\" is never reached"),
        Habit("location ~ x { } location ~ / { }"),
        Habit("location /a { } location ~ ^ { }", "\"location /a\" is never reached"),
        Habit("location ^~ /a { } location = /b { } location ~ .* { }"),
        Habit("location /a { location ~ x { } } location ~ .* { }"),
        Habit("location ~ ^/$ { } location ~ x { }"),
        Habit("location ~ ^/(.*)$ { } location ~ x { }", "\"location ~ x\" is never reached"),
        Habit("location ~ x { } location ~ x { }", "\"location ~ x\" is never reached | the same"),
        Habit("location ~* x { } location ~ x { }", "\"location ~ x\" is never reached"),
        Habit("location ~ x { } location ~* x { }"),
        Habit("location ^~ /a/ { } location ~ ^/a/b { }", "\"location ~ ^/a/b\" is never"),
        Habit("location ^~ /a/ { } location /a/b/ { } location ~ ^/a/b { }"),
        Habit("location ^~ /a/ { } location ~ ^/a/?b { }"),
        Habit("location ^~ /a/ { } location ~ ^/a/b|^/c { }"),
        Habit("location ^~ /a/ { } location ~ a/b { }"),
    ])
    func `locations that no request reaches are told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        Habit("return 301 /x; location /a { }", "the locations of this server are never reached"),
        Habit("return 301 /x;"),
    ])
    func `locations behind an answer of the server are told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        Habit(
            "location /assets/ { try_files $uri /index.html; }",
            "a missing asset is answered with a page | a browser would read it"),
        Habit("location ~* \\.(js|css)$ { try_files $uri /index.html; }", "a missing asset"),
        Habit("location / { try_files $uri /index.html; }"),
        Habit("location /assets/ { try_files $uri =404; }"),
    ])
    func `a page in place of an asset is told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        Habit("error_page 404 /index.html;", "the pages of the app are sent with status 404"),
        Habit("error_page 404 =200 /index.html;"),
        Habit("error_page 404 /404.html;"),
    ])
    func `a page of an app with the status of an error is told`(_ habit: Habit) {
        expect(habit)
    }

    @Test func `folders that do not exist are told, with the likely spelling`() {
        let folders: Set = ["/usr/share/nginx/html", "/site/public"]
        let found = advice(
            """
            server { root /usr/share/nginx.html; location /a/ { alias /b/; }
            location /b/ { alias /b/; } location /c { root public; } location /d { root $x; } }
            """, folders: folders)
        #expect(
            found == [
                "there is no folder \"/usr/share/nginx.html\" | did you mean "
                    + "/usr/share/nginx/html?",
                "there is no folder \"/b/\" | nothing can be served from it, and in 1 more place",
            ])
    }

    @Test(arguments: [
        Habit(
            "location / { root /a; } location /b { }",
            "\"location /b\" has no \"root\" | that of \"location /\" does not hold here"),
        Habit("root /a; location / { root /b; } location /c { }"),
        Habit("location / { root /a; } location /b { proxy_pass http://c; } location @d { }"),
        Habit("location / { root /a; } location = /b { root /c; }"),
    ])
    func `a root that holds in one location only is told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        Habit(
            "location / { root /a; } location /b { root /a; } location /c { root /a; }",
            "\"root\" is the same in all 3 locations"),
        Habit("location / { root /a; } location /b { root /a; } location /c { root /d; }"),
    ])
    func `a root that is written again and again is told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        Habit(
            "gzip_types text/css application/javascript application/json;",
            "some text is not compressed | not among the types: image/svg+xml, application/wasm"),
        Habit("gzip_types text/css application/json image/svg+xml;", "some text is not compressed"),
        Habit("gzip_types text/css text/javascript application/json image/svg+xml;"),
        Habit("gzip_types *;"),
    ])
    func `types that stay uncompressed are told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        Habit(
            "location /api { proxy_pass http://a/; }",
            "\"location /api\" and its \"proxy_pass\" should both end with a slash, or neither"
                + " | /api/users is passed on as //users"),
        Habit(
            "location /api/ { proxy_pass http://a/v1; }",
            "\"location /api/\" and its \"proxy_pass\" should both end with a slash, or neither"
                + " | /api/users is passed on as /v1users"),
        Habit("location /api/ { proxy_pass http://a/v1/; }"),
        Habit("location /api/ { proxy_pass http://a; }"),
        Habit("location = /api { proxy_pass http://a/; }"),
        Habit("location /api { proxy_pass http://a/b; }"),
        Habit("location /api/ { proxy_pass http://a/$request_uri; }"),
        Habit("location /api/ { proxy_pass http://unix:/a:/b/; }"),
    ])
    func `slashes that do not fit together are told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        Habit(
            "location /a { proxy_set_header Connection 'upgrade'; } "
                + "location /b { proxy_set_header connection Upgrade; }",
            "every request says \"Connection: upgrade\" to the peer | also those that ask for no "
                + "upgrade, and in 1 more place"),
        Habit("location /a { proxy_set_header Connection $connection_upgrade; }"),
        Habit("location /a { proxy_set_header Connection \"\"; }"),
    ])
    func `an upgrade that nobody asked for is told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        Habit(
            "proxy_set_header Host $host; proxy_set_header X-A b; "
                + "location /a { proxy_set_header x-a c; }",
            "\"proxy_set_header\" here hides those of the blocks around it | no longer passed: "
                + "Host"),
        Habit("proxy_set_header Host $host; location /a { proxy_set_header Host b; }"),
        Habit("location /a { proxy_set_header Host b; }"),
    ])
    func `fields that are no longer passed on are told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        Habit(
            "location /api/upload { proxy_pass http://a; }",
            "uploads to \"location /api/upload\" are limited to 1 MB | larger ones are refused"),
        Habit("client_max_body_size 9m; location /api/upload { proxy_pass http://a; }"),
        Habit("location /api { proxy_pass http://a; }"),
        Habit("location /uploads { }"),
    ])
    func `uploads with the usual limit are told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        Habit(
            "location /a { add_header Content-Type text/plain; return 200 x; }",
            "the response gets a second Content-Type | \"add_header\" does not replace the one"),
        Habit(
            "location /a { add_header content-type text/plain; proxy_pass http://a; }",
            "the response gets a second Content-Type | \"add_header\" does not replace that of"),
        Habit("location /a { add_header X-Content-Type-Options nosniff; }"),
    ])
    func `a second media type is told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        Habit(
            "location / { try_files $uri =404; if ($x) { add_header A b; } }",
            "\"add_header\" in an \"if\" in a location may not do what it seems to | where the "
                + "condition is true, `try_files` of the location does not hold"),
        Habit(
            "location / { if ($x) { proxy_pass http://a; } }",
            "\"proxy_pass\" in an \"if\" in a location may not do what it seems to | where the "
                + "condition is true, this block answers"),
        Habit("location / { if ($x) { set $y 1; rewrite ^ /a break; return 403; } }"),
        Habit("if ($x) { add_header A b; }"),
    ])
    func `an if that is a location of its own is told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        Habit(
            "deny all; allow 10.0.0.0/8;",
            "the rule is never reached | `deny all` on line 1 decides for everybody"),
        Habit("allow 10.0.0.0/8; deny all;"),
    ])
    func `rules behind the one for all are told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        Habit(
            "location /a { auth_basic x; }",
            "nobody is asked for a password | without \"auth_basic_user_file\" everybody is let in"
        ),
        Habit("auth_basic x; location / { }", "nobody is asked for a password"),
        Habit(
            "location / { limit_except GET { auth_basic x; } }", "nobody is asked for a password"),
        Habit("auth_basic_user_file f; location / { limit_except GET { auth_basic x; } }"),
        Habit("auth_basic_user_file f; location /a { auth_basic x; }"),
        Habit("auth_basic x; location / { auth_basic_user_file f; }"),
        Habit("auth_basic off; location /a { auth_basic off; }"),
    ])
    func `a password that nobody is asked for is told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        Habit("server_name ${domain};", "no host is called \"${domain}\" | \"server_name\" knows"),
        Habit("server_name a.example $host;", "no host is called \"$host\""),
        Habit("server_name a.example *.b.example $hostname ~^a$ '~^(x|y)$';"),
    ])
    func `names of servers that are no names are told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        Habit("ssl_protocols TLSv1 TLSv1.1 TLSv1.2;", "TLSv1 and TLSv1.1 can be broken"),
        Habit("ssl_protocols TLSv1.2 TLSv1.3;"),
    ])
    func `versions of TLS that are too old are told`(_ habit: Habit) {
        expect(habit)
    }

    @Test(arguments: [
        ("", true), ("^", true), (".", true), ("/", true), ("^/", true), (".*", true),
        ("^/(.*)$", true), ("^(.*)$", true), (".+", true), ("^/.+", false), ("^/$", false),
        ("$", false), ("^/a", false), ("\\.js$", false),
    ])
    func `patterns for everything are known`(_ pattern: String, _ expected: Bool) {
        #expect(Checks.matchesAll(pattern) == expected)
    }

    @Test(arguments: ["site.conf", "examples/minimal.conf", "examples/nginx-classic.conf"])
    func `the model configurations are above reproach`(_ name: String) throws {
        let parts = #filePath.split(separator: "/").dropLast(4)
        let path = "/" + parts.joined(separator: "/") + "/" + name
        let text = String(decoding: try FileSystem.open(path).readAll(), as: UTF8.self)
        #expect(advice(text) == [])
        let loaded = load(text) { $0.surroundings = CheckSurroundings { _ in true } }
        #expect(loaded.findings.allSatisfy { $0.contains("mime.types") }, "\(loaded.findings)")
    }

    @Test func `nothing is looked for unless somebody asks`() {
        let text = "server { listen 80; error_page 404 /index.html; }"
        #expect(load(text).findings.isEmpty)
        let asked = load(text) { $0.surroundings = CheckSurroundings { _ in true } }
        #expect(asked.findings.count == 1)
        #expect(asked.site != nil)
    }
}
