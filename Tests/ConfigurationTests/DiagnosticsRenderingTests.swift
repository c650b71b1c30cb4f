// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the author of a wrong configuration reads, letter by letter.

import Testing

@testable import Configuration

/// A wrong configuration, and what is printed for it.
struct Misuse: Sendable, CustomTestStringConvertible {
    let text: String
    let printed: String

    init(_ text: String, _ printed: String) {
        self.text = text
        self.printed = printed
    }

    var testDescription: String { text.debugDescription }
}

private let misuses: [Misuse] = [
    Misuse(
        "gzip on;\n        serve_name example.org;",
        """
        error: unknown directive "serve_name"
         --> site.conf:2:9
          |
        2 |         serve_name example.org;
          |         ^^^^^^^^^^ did you mean `server_name`?

        1 error

        """),
    Misuse(
        "listen:80;",
        """
        error: unknown directive "listen:80"
         --> site.conf:1:1
          |
        1 | listen:80;
          | ^^^^^^^^^ expected a space: `listen 80`

        1 error

        """),
    Misuse(
        "Listen 80;",
        """
        error: unknown directive "Listen"
         --> site.conf:1:1
          |
        1 | Listen 80;
          | ^^^^^^ did you mean `listen`?

        1 error

        """),
    Misuse(
        "totally_unknown;",
        """
        error: unknown directive "totally_unknown"
         --> site.conf:1:1
          |
        1 | totally_unknown;
          | ^^^^^^^^^^^^^^^

        1 error

        """),
    Misuse(
        "proxy_cache zone;",
        """
        error: nginx's "proxy_cache" is not supported yet
         --> site.conf:1:1
          |
        1 | proxy_cache zone;
          | ^^^^^^^^^^^
          |
          = help: answers of peers are not kept yet; let the application send Cache-Control, so \
        that browsers keep them

        1 error

        """),
    Misuse(
        "location / {\n    fastcgi_pass php:9000;\n}",
        """
        error: nginx's "fastcgi_pass" is not supported
         --> site.conf:2:5
          |
        2 |     fastcgi_pass php:9000;
          |     ^^^^^^^^^^^^
          |
          = help: there is no FastCGI here; let the application speak HTTP, see `proxy_pass`

        1 error

        """),
    Misuse(
        "zone_sync;",
        """
        error: "zone_sync" directive is not allowed here
         --> site.conf:1:1
          |
        1 | zone_sync;
          | ^^^^^^^^^ allowed in: server in stream

        1 error

        """),
    Misuse(
        "more_set_headers \"X: y\";",
        """
        error: "more_set_headers" belongs to a module for nginx that is not supported
         --> site.conf:1:1
          |
        1 | more_set_headers "X: y";
          | ^^^^^^^^^^^^^^^^

        1 error

        """),
    Misuse(
        "content_by_lua_block { ngx.say(\"hi\") }",
        """
        error: "content_by_lua_block" belongs to a module for nginx that is not supported
         --> site.conf:1:1
          |
        1 | content_by_lua_block { ngx.say("hi") }
          | ^^^^^^^^^^^^^^^^^^^^
          |
          = help: no scripts run in this server; let an upstream do it

        1 error

        """),
    Misuse(
        "keepalive 16;",
        """
        error: "keepalive" directive is not allowed here
         --> site.conf:1:1
          |
        1 | keepalive 16;
          | ^^^^^^^^^ allowed in: upstream

        1 error

        """),
    Misuse(
        "location / {\n\tlisten 80;\n}",
        """
        error: "listen" directive is not allowed here
         --> site.conf:2:2
          |
        2 | \tlisten 80;
          | \t^^^^^^ allowed in: server

        1 error

        """),
    Misuse(
        "worker_processes 4;",
        """
        error: "worker_processes" directive is not allowed here
         --> site.conf:1:1
          |
        1 | worker_processes 4;
          | ^^^^^^^^^^^^^^^^ allowed in: main

        1 error

        """),
    Misuse(
        "gzip;",
        """
        error: invalid number of arguments in "gzip" directive
         --> site.conf:1:1
          |
        1 | gzip;
          | ^^^^ expected "on" or "off"
          |
          = help: gzip on | off;

        1 error

        """),
    Misuse(
        "gzip yes;",
        """
        error: invalid value "yes" in "gzip" directive, it must be "on" or "off"
         --> site.conf:1:6
          |
        1 | gzip yes;
          |      ^^^ expected "on" or "off"

        1 error

        """),
    Misuse(
        "set $a;",
        """
        error: invalid number of arguments in "set" directive
         --> site.conf:1:1
          |
        1 | set $a;
          | ^^^ expected 2 arguments
          |
          = help: set $variable value;

        1 error

        """),
    Misuse(
        "server_name;",
        """
        error: invalid number of arguments in "server_name" directive
         --> site.conf:1:1
          |
        1 | server_name;
          | ^^^^^^^^^^^ expected at least 1 argument

        1 error

        """),
    Misuse(
        "location / /b /c { }",
        """
        error: invalid number of arguments in "location" directive
         --> site.conf:1:1
          |
        1 | location / /b /c { }
          | ^^^^^^^^ expected 1 or 2 arguments
          |
          = help: location [modifier] path;

        1 error

        """),
    Misuse(
        "location /;",
        """
        error: directive "location" has no opening "{"
         --> site.conf:1:11
          |
        1 | location /;
          |           ^ expected a block

        1 error

        """),
    Misuse(
        "gzip on { }",
        """
        error: directive "gzip" is not terminated by ";"
         --> site.conf:1:1
          |
        1 | gzip on { }
          | ^^^^ this directive has no block

        1 error

        """),
    Misuse(
        "gzip on\n    send_timeout 5s;",
        """
        error: missing ";" before "send_timeout"
         --> site.conf:1:8
          |
        1 | gzip on
          |        ^ expected ";" here

        1 error

        """),
    Misuse(
        "index index.html\n    server_name a;",
        """
        warning: missing ";" before "server_name"
         --> site.conf:1:17
          |
        1 | index index.html
          |                 ^ expected ";" here

        1 warning

        """),
    Misuse(
        "listen 80\nlocation / { }",
        """
        error: missing ";" before "location"
         --> site.conf:1:10
          |
        1 | listen 80
          |          ^ expected ";" here

        1 error

        """),
    Misuse(
        "location / {\n    gzip on\n}",
        """
        error: missing ";" before "}"
         --> site.conf:2:12
          |
        2 |     gzip on
          |            ^ expected ";" here

        1 error

        """),
    Misuse(
        "gzip on;\nsend_timeout 5s;\ngzip off;",
        """
        error: "gzip" directive is duplicate
         --> site.conf:3:1
          |
        3 | gzip off;
          | ^^^^ first used on line 1

        1 error

        """),
    Misuse(
        "send_timeout 5 minutes;",
        """
        error: invalid number of arguments in "send_timeout" directive
         --> site.conf:1:1
          |
        1 | send_timeout 5 minutes;
          | ^^^^^^^^^^^^ expected 1 argument
          |
          = help: send_timeout time;

        1 error

        """),
    Misuse(
        "send_timeout 5min;",
        """
        error: invalid value "5min" in "send_timeout" directive
         --> site.conf:1:14
          |
        1 | send_timeout 5min;
          |              ^^^^ expected a time such as 500ms, 30s, 5m or 1h 30m

        1 error

        """),
    Misuse(
        "client_max_body_size 10mb;",
        """
        error: invalid value "10mb" in "client_max_body_size" directive
         --> site.conf:1:22
          |
        1 | client_max_body_size 10mb;
          |                      ^^^^ expected a size such as 512, 8k, 10m or 1g

        1 error

        """),
    Misuse(
        "listen 99999;",
        """
        error: invalid value "99999" in "listen" directive
         --> site.conf:1:8
          |
        1 | listen 99999;
          |        ^^^^^ expected a number, 1 to 65535

        1 error

        """),
    Misuse(
        "listen http;",
        """
        error: invalid value "http" in "listen" directive
         --> site.conf:1:8
          |
        1 | listen http;
          |        ^^^^ expected a number

        1 error

        """),
    Misuse(
        "index /;",
        """
        warning: an absolute index is unusual
         --> site.conf:1:7
          |
        1 | index /;
          |       ^
          |
          = help: name a file

        1 warning

        """),
    Misuse(
        "location ~ ^/[a-z]{2}/ { gzip on; }",
        """
        error: unexpected end of file, expecting "}"
         --> site.conf:1:1
          |
        1 | location ~ ^/[a-z]{2}/ { gzip on; }
          | ^^^^^^^^ this block is never closed

        error: unknown directive "2}/"
         --> site.conf:1:20
          |
        1 | location ~ ^/[a-z]{2}/ { gzip on; }
          |                    ^^^
          |
          = help: a regular expression that contains "{" or ";" must be quoted

        2 errors

        """),
    Misuse(
        "location / {\n    gzip on;",
        """
        error: unexpected end of file, expecting "}"
         --> site.conf:1:1
          |
        1 | location / {
          | ^^^^^^^^ this block is never closed

        1 error

        """),
    Misuse(
        "set $name \"unclosed;\ngzip on;",
        """
        error: unexpected end of file
         --> site.conf:1:11
          |
        1 | set $name "unclosed;
          |           ^ this quote is never closed

        1 error

        """),
    Misuse(
        "set $a \"b\"c;",
        """
        error: invalid number of arguments in "set" directive
         --> site.conf:1:1
          |
        1 | set $a "b"c;
          | ^^^ expected 2 arguments
          |
          = help: set $variable value;

        error: unexpected "c"
         --> site.conf:1:11
          |
        1 | set $a "b"c;
          |           ^ expected a space or ";" behind the closing quote

        2 errors

        """),
    Misuse(
        "set $a ${UNSET_NAME};",
        """
        error: environment variable UNSET_NAME is not set
         --> site.conf:1:8
          |
        1 | set $a ${UNSET_NAME};
          |        ^^^^^^^^^^^^^ set it, or give a default: ${UNSET_NAME:-default}

        1 error

        """),
]

@Suite struct DiagnosticsRenderingTests {
    @Test(arguments: misuses) func `mistakes are explained`(misuse: Misuse) {
        let (_, diagnostics) = Model.load(misuse.text)
        #expect(diagnostics.render() == misuse.printed)
    }

    @Test func `a sound configuration prints nothing`() {
        #expect(Model.load("gzip on;").diagnostics.render() == "")
    }

    @Test func `colours mark severity, frame and title`() {
        let printed = Model.load("gzip;").diagnostics.render(color: true)
        #expect(printed.hasPrefix("\u{1B}[1;31merror\u{1B}[0m\u{1B}[1m: invalid number"))
        #expect(printed.contains("\u{1B}[1;34m1 |\u{1B}[0m gzip;\n"))
        #expect(printed.contains("\u{1B}[1;31m^^^^ expected"))
    }

    @Test func `findings are printed in the order of the text`() {
        let printed = Model.load("location / { gzip x; }\nlisten y;").diagnostics.render()
        let places = printed.split(separator: "\n").filter { $0.contains("-->") }
        #expect(places == [" --> site.conf:1:19", " --> site.conf:2:8"])
    }

    @Test func `columns count characters and carets stay below them`() {
        let printed = Model.load("set $a 'äöü'; gzip 'ß ß';").diagnostics.render()
        #expect(
            printed == """
                error: invalid value "ß ß" in "gzip" directive, it must be "on" or "off"
                 --> site.conf:1:20
                  |
                1 | set $a 'äöü'; gzip 'ß ß';
                  |                    ^^^^^ expected "on" or "off"

                1 error

                """)
    }

    @Test func `control characters are not printed`() {
        let printed = Model.load("gzip \"\u{1B}[31m\u{7}\u{202E}\";").diagnostics.render()
        #expect(printed.contains("invalid value \"?[31m??\""))
        #expect(printed.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 })
    }

    @Test func `long lines are cut around the place`() {
        let filler = String(repeating: "x", count: 1000)
        let printed = Model.load("set $a \(filler); gzip yes; set $b \(filler);").diagnostics
            .render()
        let lines = printed.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[1] == " --> site.conf:1:1015")
        #expect(lines.allSatisfy { $0.count <= 200 })
        #expect(lines[3].contains("xx; gzip yes; set $b xx"))
        let caret = lines[4].firstIndex(of: "^").map {
            lines[4].distance(from: lines[4].startIndex, to: $0)
        }
        let value = lines[3].firstIndex(of: "y").map {
            lines[3].distance(from: lines[3].startIndex, to: $0)
        }
        #expect(caret == value)
    }

    @Test func `lines with carriage returns and a byte order mark are shown plain`() {
        let printed = Model.load("\u{FEFF}gzip x;\r\ngzip on;\r\n").diagnostics.render()
        #expect(printed.contains(" --> site.conf:1:6\n  |\n1 | gzip x;\n  |      ^ expected"))
    }

    @Test func `fifty findings are printed at most`() {
        let text = String(repeating: "gzip;\n", count: 60)
        let printed = Model.load(text).diagnostics.render()
        #expect(printed.split(separator: "\n").filter { $0.contains("-->") }.count == 50)
        #expect(printed.hasSuffix("60 errors (the first 50 are shown)\n"))
    }

    @Test func `a log gets one line in nginx's shape`() {
        let (_, diagnostics) = Model.load("\nbogus;\nindex /;")
        #expect(
            diagnostics.sorted.map { diagnostics.oneLine($0) } == [
                "[emerg] unknown directive \"bogus\" in site.conf:2",
                "[warn] an absolute index is unusual in site.conf:3",
            ])
        let nowhere = Diagnostic("no such thing", at: nil, severity: .note)
        #expect(diagnostics.oneLine(nowhere) == "[notice] no such thing")
    }

    @Test func `a finding without a place has no excerpt`() {
        var diagnostics = Diagnostics()
        diagnostics.add(Diagnostic("cannot read x", at: nil, label: "why", help: "how"))
        #expect(diagnostics.render() == "error: cannot read x\n  = why\n  = help: how\n\n1 error\n")
    }
}
