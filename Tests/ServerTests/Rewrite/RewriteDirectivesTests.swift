// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is found wrong with the directives of the rewrite phase.

import Testing

@testable import Server

@Suite struct RewriteDirectivesTests {
    @Test(arguments: [
        ("rewrite ^ /x wrong;", "invalid parameter \"wrong\""),
        ("rewrite ^ \"\";", "empty replacement"),
        ("rewrite ( /x;", "pcre2_compile() failed"),
        ("rewrite ^ /$nothing;", "unknown \"nothing\" variable"),
        ("if $arg_a { }", "invalid condition \"$arg_a\""),
        ("if ($arg_a { }", "invalid condition \"$arg_a\""),
        ("if () { }", "invalid condition \"()\""),
        ("if ($arg_a = b c) { }", "invalid condition \"$arg_a\""),
        ("if ($arg_a =) { }", "invalid condition \"$arg_a\""),
        ("if ($arg_a == b) { }", "unexpected \"==\" in condition"),
        ("if (-g /x) { }", "invalid condition \"-g\""),
        ("if (-f) { }", "invalid condition \"-f\""),
        ("if (arg) { }", "invalid condition \"arg\""),
        ("if ($arg_a ~ \"(\") { }", "pcre2_compile() failed"),
        ("if ($arg_a) { if ($arg_b) { } }", "\"if\" directive is not allowed here"),
        ("if ($arg_a) { try_files /x =404; }", "\"try_files\" directive is not allowed here"),
        ("if ($arg_a) { proxy_pass http://a/b; }", "\"proxy_pass\" cannot have URI part"),
        ("limit_except FETCH { }", "invalid method \"FETCH\""),
        ("limit_except GET { return 403; }", "\"return\" directive is not allowed here"),
        ("limit_except GET { } limit_except POST { }", "\"limit_except\" directive is duplicate"),
        ("set x y;", "invalid variable name \"x\""),
        ("set $uri y;", "the duplicate \"uri\" variable"),
    ])
    func `a flaw is told`(_ directives: String, _ message: String) throws {
        let loaded = load("server { listen 80; location / { \(directives) } }")
        #expect(loaded.site == nil)
        #expect(loaded.findings.contains { $0.contains(message) }, "\(loaded.findings)")
    }

    @Test(arguments: [
        "if ($arg_a = \"b c\") { }", "if ( $arg_a ~ 'b{2}' ) { return 404; }",
        "if (!-e $request_filename) { rewrite ^ /index.html last; break; }",
        "if ($arg_a) { proxy_pass http://127.0.0.1:1; add_header A b; expires 1h; gzip on; "
            + "limit_rate 1k; charset utf-8; access_log off; root /x; error_page 404 /x; set $a b; "
            + "rewrite_log on; uninitialized_variable_warn off; sendfile on; }",
        "limit_except GET POST { proxy_pass http://127.0.0.1:1; }",
        "rewrite ^/a(?<rest>.*)$ $scheme://b.test$rest? permanent;",
    ])
    func `what nginx takes is taken`(_ directives: String) throws {
        let loaded = load("server { listen 80; location / { \(directives) } }")
        #expect(loaded.site != nil, "\(loaded.findings)")
    }
}
