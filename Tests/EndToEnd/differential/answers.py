# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Answers that the configuration itself gives: return, error pages, added fields, limits of the
# content, and how long a connection is kept.

from harness.compare import Ask, Example

FILES = {"index.html": "home", "404.html": "page of 404", "50x.html": "page of 50x", "a.txt": "a",
         "empty.gif": "gif", "dir/x": "x"}

RETURN = Example("return", """
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name r.test;
        location /200 { return 200 "text"; }
        location /200e { return 200 ""; }
        location /200n { return 200; }
        location /201 { return 201 "made"; }
        location /204 { return 204; }
        location /204t { return 204 "text"; }
        location /301 { return 301 https://$host$request_uri; }
        location /302 { return 302 /there; }
        location /302q { return 302 /there?a=b&c=$arg_c; }
        location /303 { return 303 there; }
        location /304 { return 304; }
        location /307 { return 307 http://example.org/; }
        location /308 { return 308 http://example.org/$uri; }
        location /url { return https://example.org/x; }
        location /var { return $scheme://v.test/; }
        location /400 { return 400; }
        location /403 { return 403; }
        location /403t { return 403 "go away"; }
        location /404 { return 404; }
        location /405 { return 405; }
        location /410 { return 410; }
        location /418 { return 418; }
        location /429 { return 429; }
        location /444 { return 444; }
        location /500 { return 500; }
        location /502 { return 502; }
        location /503 { return 503 "later"; }
        location /599 { return 599; }
        location /json { default_type application/json; return 200 '{"a":1}'; }
        location /nl { return 200 "a\\nb\\t\\"c\\""; }
        location /301e { return 301; }
        location / { return 200 "$request_method $uri"; }
    }
""", [Ask(target, method) for method in ("GET", "HEAD", "POST") for target in [
    "/200", "/200e", "/200n", "/201", "/204", "/204t", "/301?x=y", "/302", "/302q?c=d", "/303",
    "/304", "/307", "/308/a%20b", "/url", "/var", "/400", "/403", "/403t", "/404", "/405", "/410",
    "/418", "/429", "/444", "/500", "/502", "/503", "/599", "/json", "/nl", "/301e", "/a%20b"]]
    + [Ask("/301", version="1.0"), Ask("/302", host="o.test:99"), Ask("/400", version="1.0"),
       Ask("/200", version="1.0", fields={"Connection": "keep-alive"}),
       Ask("/200", "POST", content=b"ignored"), Ask("/302", host=None, version="1.0")])

ERROR_PAGE = Example("error_page", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        error_page 404 /404.html;
        error_page 500 502 503 /50x.html;
        location / { }
        location /zero/ { error_page 404 =200 /empty.gif; }
        location /own/ { error_page 404 = /show; }
        location /named/ { error_page 404 = @named; }
        location /named403/ { error_page 404 =403 @named; }
        location /keep/ { error_page 404 @named; }
        location /away/ { error_page 404 http://example.org/gone; }
        location /away301/ { error_page 404 =301 http://example.org/gone$uri; }
        location /args/ { error_page 404 /show?from=$uri; }
        location /none/ { error_page 404 /nothing.html; }
        location /both/ { error_page 403 404 /404.html; return 403; }
        location /500 { return 500; }
        location /503 { return 503; }
        location /405/ { error_page 405 =200 $uri; alias %%DIR%%/html/; }
        location /reset/ { error_page 418 /show; }
        location = /show { return 200 "show $uri $args"; }
        location @named { return 200 "named $uri"; }
        location /inside/ { internal; root %%DIR%%/html/dir; }
        location /code/ { error_page 404 =410 /404.html; }
        location /dead { proxy_pass http://127.0.0.1:1; }
    }
""", [
    "/missing", "/zero/x", "/own/x", "/named/x", "/named403/x", "/keep/x", "/away/x", "/away301/x",
    "/args/x", "/none/x", "/both/x", "/500", "/503", "/reset/x", "/inside/x", "/404.html",
    "/code/x", "/dead", Ask("/missing", "HEAD"), Ask("/missing", "POST"), Ask("/405/a.txt", "POST"),
    Ask("/own/x", "POST", content=b"x"), Ask("/zero/x", "HEAD"), Ask("/missing", version="1.0"),
    Ask("/missing", fields={"Range": "bytes=0-1"}), "/%zz", Ask("/a.txt", "POST"),
], FILES)

ADD_HEADER = Example("add_header", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        add_header X-Server one;
        add_header X-Always two always;
        add_header X-Uri $uri;
        add_header X-Empty $arg_nothing;
        location / { }
        location /own/ { add_header X-Own own; alias %%DIR%%/html/; }
        location /inherit/ { alias %%DIR%%/html/; }
        location /twice { add_header X-A 1; add_header X-A 2; add_header x-lower "a b";
                          return 200; }
        location /return { return 200 "x"; }
        location /301 { return 301 /x; }
        location /403 { return 403; }
        location /500 { return 500; }
        location /204 { return 204; }
        location /cache { add_header Cache-Control "public, max-age=60"; return 200 "x"; }
        location /type { add_header Content-Type text/x-second; return 200 "x"; }
        location /modified { add_header Last-Modified "Tue, 14 Nov 2023 22:13:20 GMT";
                             return 200 "x"; }
        location /dated/ { alias %%DIR%%/html/; add_header ETag '"own"';
                           add_header Last-Modified "Tue, 14 Nov 2023 22:13:21 GMT"; }
        location /undated/ { alias %%DIR%%/html/; add_header Last-Modified ""; }
        location /status { add_header X-S "$status $sent_http_content_type"; return 200 "x"; }
        location /nested/ {
            add_header X-Outer 1;
            location /nested/in { return 200 "x"; }
            location /nested/own { add_header X-Inner 1; return 200 "x"; }
        }
    }
""", ["/", "/a.txt", "/missing", "/own/a.txt", "/own/none", "/inherit/a.txt", "/twice", "/return",
      "/301", "/403", "/500", "/204", "/cache", "/type", "/modified", "/dated/a.txt",
      "/undated/a.txt", "/status", "/nested/in",
      "/nested/own", "/dir",
      Ask("/a.txt", "HEAD"), Ask("/a.txt", "POST"), Ask("/a.txt", fields={"Range": "bytes=0-0"}),
      Ask("/a.txt", fields={"Range": "bytes=9-"},
          status=416, differs="Ranges that cannot be satisfied"),
      Ask("/a.txt", fields={"If-Modified-Since": "Tue, 14 Nov 2023 22:13:20 GMT"})], FILES)

KEEPALIVE = Example("keep-alive", """
    server { listen 127.0.0.1:%%PORT%%; server_name three; keepalive_requests 3;
             location / { return 200 "$connection_requests"; } }
    server { listen 127.0.0.1:%%PORT%%; server_name field; keepalive_timeout 60 9;
             location / { return 200 x; } }
    server { listen 127.0.0.1:%%PORT%%; server_name never; keepalive_timeout 0;
             location / { return 200 x; } }
    server { listen 127.0.0.1:%%PORT%%; server_name errors;
             location /404 { return 404; } location /413 { client_max_body_size 1; return 200; } }
""", [
    Ask("/", host="field"), Ask("/", host="never"),
    Ask("/", host="field", version="1.0", fields={"Connection": "keep-alive"}),
    Ask("/", host="field", version="1.0"),
    Ask(method="GET,GET,GET,GET", name="four of three",
        raw=b"GET / HTTP/1.1\r\nHost: three\r\n\r\n" * 4),
    Ask(method="GET,GET", name="after an error",
        raw=b"GET /404 HTTP/1.1\r\nHost: errors\r\n\r\n" * 2),
    Ask(method="GET,GET", name="old and kept alive", raw=(
        b"GET /404 HTTP/1.0\r\nHost: errors\r\nConnection: keep-alive\r\n\r\n") * 2),
    Ask(method="GET,GET", name="closed by the client", raw=(
        b"GET /404 HTTP/1.1\r\nHost: errors\r\nConnection: close\r\n\r\n") * 2),
    Ask(method="POST,GET", name="content and then another", raw=(
        b"POST /404 HTTP/1.1\r\nHost: errors\r\nContent-Length: 3\r\n\r\nabc"
        b"GET /404 HTTP/1.1\r\nHost: errors\r\n\r\n")),
    Ask("/413", "POST", host="errors", content=b"four"),
])

CONTENT = Example("client_max_body_size", """
    server {
        listen 127.0.0.1:%%PORT%%;
        client_max_body_size 10;
        error_page 413 /413.html;
        location / { proxy_pass http://%%BACKEND%%; }
        location /free/ { client_max_body_size 0; proxy_pass http://%%BACKEND%%; }
        location /own/ { client_max_body_size 20; proxy_pass http://%%BACKEND%%; }
        location /text { return 200 "text"; }
        location = /413.html { return 413 "too large"; }
    }
""", [
    *[Ask(target, "POST", content=b"x" * size, name="%s %d" % (target, size))
      for target in ("/", "/free/", "/own/", "/text") for size in (0, 10, 11, 20, 21)],
    *[Ask(raw=b"POST %s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
              b"5\r\nhello\r\n%x\r\n%s\r\n0\r\n\r\n" % (target, size, b"y" * size),
          method="POST", name="%s chunked 5+%d" % (target.decode(), size), **rest)
      for target, size, rest in [
          (b"/", 5, {}), (b"/", 6, {"status": 413, "differs": "What a peer is sent"}),
          (b"/free/", 5, {}), (b"/free/", 6, {}), (b"/own/", 5, {}), (b"/own/", 6, {})]],
])

HEADS = Example("sizes of heads", """
    server {
        listen 127.0.0.1:%%PORT%%;
        client_header_buffer_size 128;
        large_client_header_buffers 4 1k;
        return 200 "$request_length $http_x_a";
    }
""", [
    Ask("/" + "a" * 90, name="a target of 90"), Ask("/" + "a" * 900, name="a target of 900"),
    Ask("/" + "a" * 1100, name="a target of 1100"),
    Ask("/", fields={"X-A": "a" * 200}, name="a field of 200"),
    Ask("/", fields={"X-A": "a" * 900}, name="a field of 900"),
    Ask("/", fields={"X-A": "a" * 1100}, name="a field of 1100",
        status=431, differs="Heads that are too large"),
    Ask("/", fields=[("X-B", "a" * 900)] * 3, name="three fields of 900"),
    Ask("/", fields=[("X-B", "a" * 900)] * 6, name="six fields of 900",
        status=431, differs="Heads that are too large"),
    Ask(raw=b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", name="an empty line before"),
    Ask(raw=b"GET / HTTP/1.1\nHost: a\nX-A:b\n\n", name="line feeds alone"),
    Ask(raw=b"GET / HTTP/1.1\r\nhOsT:a\r\nX-A:  b  c  \r\n\r\n", name="blanks around a value"),
    Ask(raw=b"GET / HTTP/1.1\r\nHost: a\r\nX-A: b\t\r\n\r\n", name="a tab behind a value",
        status=200, differs="Field names and values"),
    Ask(raw=b"GET / HTTP/1.1\r\nHost: a\r\nX_A: b\r\n\r\n", name="an underscore"),
    Ask(raw=b"GET / HTTP/1.1\r\nHost: a\r\nX-A:\r\n\r\n", name="an empty value"),
    Ask(raw=b"GET /\xe4 HTTP/1.1\r\nHost: a\r\n\r\n", name="a high byte in the target"),
    Ask(raw=b"GET / HTTP/1.1\r\nHost: a\r\nX-A: \xe4\r\n\r\n", name="a high byte in a value"),
    Ask(raw=b"FOO / HTTP/1.1\r\nHost: a\r\n\r\n", name="an unknown method"),
    Ask(raw=b"foo / HTTP/1.1\r\nHost: a\r\n\r\n", name="a method in small letters"),
    Ask(raw=b"M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n", name="a method with a hyphen"),
    Ask(raw=b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", name="version 2.0"),
    Ask(raw=b"GET / HTTP/1.1\r\n\r\n", name="no host"),
    Ask(raw=b"GET / HTTP/0.9\r\n\r\n", name="version 0.9"),
    Ask(raw=b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", method="CONNECT", name="CONNECT",
        status=405, differs="Methods"),
    Ask(raw=b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", name="TRACE"),
    Ask(raw=b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", name="two hosts"),
])

INCLUDE = Example("include", """
    include conf.d/*.conf;
    include none/*.conf;
    server { listen 127.0.0.1:%%PORT%%; server_name main; include snippet; return 200 main; }
""", [Ask("/", host="one"), Ask("/", host="two"), Ask("/", host="main"), Ask("/", host="other")],
    extra={"conf.d/b.conf": "server { listen 127.0.0.1:%%PORT%%; server_name two; return 200 2; }",
           "conf.d/a.conf": "server { listen 127.0.0.1:%%PORT%%; server_name one; return 200 1; }",
           "conf.d/c.txt": "not a configuration", "snippet": "add_header X-Included yes;\n"})

EXAMPLES = [RETURN, ERROR_PAGE, ADD_HEADER, KEEPALIVE, CONTENT, HEADS, INCLUDE]
