# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The content of requests: who reads it, how much may come, and what variables know of it.

from harness.compare import Ask, Example

SMALL, MIDDLE, LARGE = b"0123456789", b"0123456789" * 128, b"0123456789" * 512


def chunked(target, content, size=1000):
    pieces = [content[start:start + size] for start in range(0, len(content), size)]
    text = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return Ask(raw=b"POST %s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%s0\r\n\r\n"
               % (target.encode(), text), method="POST",
               name="chunked %s %d" % (target, len(content)))


def sized(target, content):
    return Ask(target, "POST", content=content, name="sized %s %d" % (target, len(content)))


def everywhere(target):
    return [ask(target, content) for ask in (sized, chunked) for content in (
        b"", SMALL, MIDDLE, LARGE)]


VARIABLES = Example("$request_body", """
    map $request_body_file $filed { default yes; "" no; }
    server {
        listen 127.0.0.1:%%PORT%%;
        client_body_buffer_size 2k;
        add_header X-Content $request_body always;
        add_header X-Filed $filed always;
        location / { proxy_pass http://%%BACKEND%%; }
        location /file/ { client_body_in_file_only clean; proxy_pass http://%%BACKEND%%; }
        location /single/ { client_body_in_single_buffer on; proxy_pass http://%%BACKEND%%; }
        location /set/ { proxy_set_header X-Content $request_body; proxy_pass http://%%BACKEND%%; }
        location /text/ { return 200 "text $request_body"; }
        location /gone/ { proxy_pass http://127.0.0.1:1; error_page 502 = /text/page; }
    }
""", everywhere("/") + everywhere("/file/") + everywhere("/single/") + everywhere("/text/") + [
    sized("/set/", b""), sized("/set/", SMALL), chunked("/set/", SMALL), sized("/gone/", SMALL),
    "/", "/file/", sized("/", b"x" * 2559),
])

LIMITS = Example("client_max_body_size", """
    client_max_body_size 1k;
    server {
        listen 127.0.0.1:%%PORT%%;
        error_page 404 /pages/404;
        error_page 413 /pages/413;
        location / { return 200 "text"; }
        location /proxy/ { proxy_pass http://%%BACKEND%%; }
        location /more/ { client_max_body_size 2k; proxy_pass http://%%BACKEND%%; }
        location /any/ { client_max_body_size 0; proxy_pass http://%%BACKEND%%; }
        location /rewritten/ { rewrite ^ /any/x last; }
        location /less/ { client_max_body_size 2k; rewrite ^ /proxy/x last; }
        location /file { root html; }
        location /if/ { client_max_body_size 2k; if ($arg_a) { return 200 "if"; }
                        proxy_pass http://%%BACKEND%%; }
        location /pages/ { internal; return 200 "page $uri"; }
        location /named/ { client_max_body_size 0; error_page 502 = @named;
                           proxy_pass http://127.0.0.1:1; }
        location @named { return 200 "named"; }
    }
""", [ask(target, b"x" * size)
      for target in ("/proxy/", "/more/", "/any/", "/rewritten/", "/less/", "/if/", "/named/")
      for ask in (sized, chunked) for size in (1024, 1025, 2049)] + [
    sized("/", b"x" * 1025), sized("/file", b"x" * 1025), sized("/file", b"x"),
    sized("/if/?a=1", b"x" * 2048), sized("/if/?a=1", b"x" * 2049),
], files={"file": "file"})

FRAMING = Example("request framing", """
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { return 200 "text"; }
        location /proxy/ { proxy_pass http://%%BACKEND%%; }
        location /file { root html; }
    }
""", [
    Ask(raw=b"POST %s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%s" % (
        target, content), method="POST", name="%s %s" % (target.decode(), name))
    for target in (b"/", b"/proxy/") for name, content in (
        ("runaway", b"4\r\nSEE-THIS\r\n0\r\n\r\n"), ("no size", b"x\r\n\r\n"),
        ("good", b"4\r\nabcd\r\n0\r\n\r\n"))
] + [
    Ask(raw=b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789"
            b"GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", method="POST,GET",
        name="dropped, then another"),
    Ask(raw=b"POST /proxy/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789"
            b"GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", method="POST,GET",
        name="passed on, then another"),
], files={"file": "file"})

FIELDS = Example("unusual names of fields", """
    server {
        listen 127.0.0.1:%%PORT%%;
        ignore_invalid_headers off;
        location / { proxy_pass http://%%BACKEND%%; }
    }
""", [Ask(raw=b"GET / HTTP/1.1\r\nHost: a\r\n%s: x-bar\r\n\r\n" % name, name=name.decode("latin-1"))
      for name in (b"x_foo", b"_foo", b"x.foo", b".foo", b"x-foo", b":foo", b" foo", b"foo\x02")])

STRICT_FIELDS = Example("usual names of fields", """
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { proxy_pass http://%%BACKEND%%; }
    }
""", [Ask(raw=b"GET / HTTP/1.1\r\nHost: a\r\n%s: x-bar\r\n\r\n" % name, name=name.decode("latin-1"))
      for name in (b"x_foo", b"_foo", b"x.foo", b".foo", b"x-foo")])

EXAMPLES = [VARIABLES, LIMITS, FRAMING, FIELDS, STRICT_FIELDS]
