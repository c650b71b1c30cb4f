# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What a peer is sent, and what of its answer the client gets.

from harness.backend import answer
from harness.compare import Ask, Example

TARGETS = ["/", "/?x=y", "/a%20b/c?d=e%20f", "/a//b", "/a/../b", "/%41", "/a%2Fb", "/a%3Fb", "/ä"]

URIS = Example("proxy_pass", """
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { proxy_pass http://%%BACKEND%%; }
        location /base/ { proxy_pass http://%%BACKEND%%/other/; }
        location /noslash/ { proxy_pass http://%%BACKEND%%/other; }
        location /root/ { proxy_pass http://%%BACKEND%%/; }
        location /bare { proxy_pass http://%%BACKEND%%/; }
        location = /exact { proxy_pass http://%%BACKEND%%/just/this; }
        location /query/ { proxy_pass http://%%BACKEND%%/q?fixed=1; }
        location ~ ^/re/(.*)$ { proxy_pass http://%%BACKEND%%; }
        location ~ ^/cap/(.*)$ { proxy_pass http://%%BACKEND%%/x/$1; }
        location /var/ { set $b %%BACKEND%%; proxy_pass http://$b; }
        location /varuri/ { set $b %%BACKEND%%; proxy_pass http://$b/fixed$is_args$args; }
        location /requri/ { proxy_pass http://%%BACKEND%%$request_uri; }
        location /try/ { try_files /nothing @peer; }
        location @peer { proxy_pass http://%%BACKEND%%; }
        location /inner/ { try_files /nothing /base/inner?$args; }
    }
""", [target for target in TARGETS if target.isascii()] + [
    "/base/", "/base/x", "/base/a%20b/c", "/base/../base/x", "/base//x", "/base/a%2Fb?q=1",
    "/base/%25", "/noslash/x", "/noslash/", "/root/x?y", "/root/", "/bare", "/bare/x", "/barex",
    "/exact", "/exact?x=y", "/query/x", "/query/x?y=z", "/re/x%20y?z", "/cap/x?z",
    Ask("/cap/x%20y", status=200, differs="What a peer is sent"),
    "/var/x?y", "/var/a%20b", "/varuri/x?y=z", "/varuri/x", "/requri/a%20b?c", "/try/x?y=z",
    "/inner/x?y=z", "/base", Ask("/base/x", "POST", content=b"hello"),
    Ask("/x", "HEAD"), Ask("/x", "PUT", content=b"x" * 100), Ask("/x", "DELETE"),
    Ask("/x", "OPTIONS"), Ask("/x", "PATCH", content=b""), Ask("/x", version="1.0"),
    Ask("/x", version="1.0", host=None),
    Ask(raw=b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n", method="POST", name="chunked"),
    Ask(raw=b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        method="POST", name="chunked and empty"),
    Ask(raw=b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", method="POST",
        name="empty content"),
    Ask("/x", fields={"Range": "bytes=0-1", "If-None-Match": '"x"', "Accept-Encoding": "gzip",
                      "Cookie": "a=b", "Authorization": "Basic eDp5"}, name="end to end fields"),
    Ask("/x", fields=[("X-A", "1"), ("X-A", "2")], name="a field twice"),
])

SET_HEADER = Example("proxy_set_header", """
    proxy_set_header X-Http http;
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name s.test;
        location / { proxy_pass http://%%BACKEND%%; }
        location /own/ { proxy_pass http://%%BACKEND%%; proxy_set_header X-Own own; }
        location /host/ { proxy_pass http://%%BACKEND%%; proxy_set_header Host $host; }
        location /hosthttp/ { proxy_pass http://%%BACKEND%%; proxy_set_header Host $http_host; }
        location /hostfix/ { proxy_pass http://%%BACKEND%%; proxy_set_header Host fixed.test:8; }
        location /proxyhost/ { proxy_pass http://%%BACKEND%%;
                               proxy_set_header X-P $proxy_host:$proxy_port; }
        location /usual/ {
            proxy_pass http://%%BACKEND%%;
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
        }
        location /empty/ { proxy_pass http://%%BACKEND%%; proxy_set_header Accept-Encoding "";
                           proxy_set_header X-Gone ""; }
        location /override/ { proxy_pass http://%%BACKEND%%; proxy_set_header User-Agent ours; }
        location /nested/ {
            proxy_set_header X-Outer 1;
            location /nested/in { proxy_pass http://%%BACKEND%%; }
            location /nested/own { proxy_pass http://%%BACKEND%%; proxy_set_header X-In $uri; }
        }
    }
""", [Ask(target, host=host, fields={
    "User-Agent": "a", "Accept-Encoding": "gzip", "X-Gone": "x", "X-Forwarded-For": "1.1.1.1"})
    for target in ("/x", "/own/x", "/host/x", "/hosthttp/x", "/hostfix/x", "/proxyhost/x",
                   "/usual/x", "/empty/x", "/override/x", "/nested/in", "/nested/own")
    for host in ("s.test", "OTHER.test:88")] + [
    Ask("/host/x", version="1.0", host=None), Ask("/usual/x"),
    Ask("/x", fields={"Keep-Alive": "5"}), Ask("/x", fields={"Upgrade": "h2c"}, name="an upgrade")])

REPLIES = {
    "/ok": answer("hello", fields={"Content-Type": "text/plain", "X-A": "b", "Server": "peer"}),
    "/chunked": answer("hello", framing="chunked"),
    "/close": answer("hello", framing="close", fields={"Connection": "close"}),
    "/404": answer("nothing here", "404 Not Found", {"Content-Type": "text/html"}),
    "/500": answer("oops", "500 Internal Server Error"),
    "/204": b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
    "/304": b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n',
    "/reason": answer("x", "200 Very Fine"),
    "/299": answer("x", "299 Odd"),
    "/cookies": answer("x", fields=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2; Path=/")]),
    "/date": answer("x", fields={"Date": "Tue, 14 Nov 2023 22:13:20 GMT"}),
    "/accel": answer("x", fields={"X-Accel-Expires": "1", "X-Accel-Buffering": "no",
                                  "X-Accel-Limit-Rate": "0"}),
    "/cache": answer("x", fields={"Cache-Control": "no-store", "Expires": "0", "Vary": "X",
                                  "ETag": '"v"', "Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT"}),
    "/hop": answer("x", fields={"Keep-Alive": "timeout=5", "Connection": "keep-alive"}),
    "/interim": b"HTTP/1.1 100 Continue\r\n\r\n" + answer("final"),
    "/old": answer("x", version="1.0", fields={"X-A": "b"}),
    "/range": answer("01", "206 Partial Content", {"Content-Range": "bytes 0-1/10"}),
    "/spaces": b"HTTP/1.1 200 OK\r\nX-A:   b  \r\nX-E:\r\nContent-Length: 1\r\n\r\nx",
    "/big": answer(b"x" * 200_000),
    "/auth": answer("x", "401 Unauthorized", {"WWW-Authenticate": 'Basic realm="r"'}),
    "/html": answer("<p>", fields={"Content-Type": "text/html; charset=utf-8"}),
}


def reply(read, connection):
    """The reply of that name; one that has no content for HEAD."""
    data = REPLIES.get(read.target.split("?")[0], answer("unknown"))
    return data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if read.method == "HEAD" else data


def reply_and_close(read, connection):
    data = reply(read, connection)
    if b"ength" not in data and b"chunked" not in data:
        connection.send(data)
        connection.close()
        return None
    return data


ANSWERS = Example("answers of peers", """
    server {
        listen 127.0.0.1:%%PORT%%;
        add_header X-Added 1;
        location / { proxy_pass http://%%BACKEND%%; proxy_http_version 1.1; }
        location /cached/ { proxy_pass http://%%BACKEND%%/; add_header ETag '"own"'; }
        location /intercepted/ { proxy_pass http://%%BACKEND%%/; proxy_intercept_errors on;
                                 error_page 401 404 /page; }
        location /page { return 200 "page"; }
    }
""", ["/cached/cache", "/cached/ok", "/intercepted/auth", "/intercepted/404"] + [
    Ask(target, method) for target in REPLIES for method in ("GET", "HEAD")
       if target != "/interim"] + [
    Ask("/interim", status=200, differs="What a peer may answer"),
    Ask("/chunked", version="1.0"), Ask("/close", version="1.0"), Ask("/ok", version="1.0"),
    Ask("/304", fields={"If-None-Match": '"x"'}), Ask("/cache", fields={"If-None-Match": '"v"'}),
    Ask("/ok", fields={"Range": "bytes=0-1"}), Ask("/ok", "POST", content=b"x")],
    script=reply_and_close)

LOCATIONS = {
    "/a": "http://%s/there", "/b": "/relative", "/c": "http://elsewhere.test/x",
    "/d": "http://%s/base/x?y", "/e": "https://%s/x", "/f": "there", "/g": "http://%s",
    "/h": "http://localhost:1/old/x", "/i": "//%s/x",
}


def redirect(read, connection):
    location = LOCATIONS.get(read.target.rsplit("/", 1)[1].join(["/", ""]), "/none")
    host = "127.0.0.1:%d" % connection.backend.port
    return answer("", "302 Found", {"Location": location.replace("%s", host)})


REDIRECT = Example("proxy_redirect", """
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name r.test;
        location /plain/ { proxy_pass http://%%BACKEND%%; }
        location /base/ { proxy_pass http://%%BACKEND%%/base/; }
        location /root/ { proxy_pass http://%%BACKEND%%/; }
        location /off/ { proxy_pass http://%%BACKEND%%/; proxy_redirect off; }
        location /from/ { proxy_pass http://%%BACKEND%%/;
                          proxy_redirect http://localhost:1/old/ /new/; }
        location /both/ { proxy_pass http://%%BACKEND%%/; proxy_redirect default;
                          proxy_redirect http://elsewhere.test/ http://$host/else/; }
        location /re/ { proxy_pass http://%%BACKEND%%/;
                        proxy_redirect ~^http://([^/]+)/(.*)$ /re/$1/$2; }
        location /slash/ { proxy_pass http://%%BACKEND%%/; proxy_redirect / /slash/; }
    }
""", [Ask(base + name)
      for base in ("/plain", "/base", "/root", "/off", "/from", "/both", "/re", "/slash")
      for name in LOCATIONS] + [Ask("/root/a", host="x.test:81")], script=redirect)

COOKIES = {
    "/a": "a=1; Domain=www.Example.org; Path=/path/x", "/b": "b=2;domain=.localhost.com",
    "/c": "c=3; Domain=www.example.COM; path=/regex/x; HttpOnly", "/d": "d; Domain=www.example.org",
    "/e": "sid=5; Secure;SameSite=Lax", "/f": "SID = 6 ; PATH = /path/ ; httponly", "/g": "x_y=7",
    "/h": "plain=8; samesite=strict; secure", "/i": "e=9; Path=/CASEless/x;; x", "/j": "v=10",
}


def cookie(read, connection):
    value = COOKIES.get("/" + read.target.split("?")[0].rsplit("/", 1)[1], "none=0")
    return answer("x", fields=[("Set-Cookie", value), ("Set-Cookie", "second=1; Path=/path/")])


COOKIE = Example("proxy_cookie", """
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name localhost;
        location / {
            proxy_pass http://%%BACKEND%%;
            proxy_cookie_domain www.example.org .example.com;
            proxy_cookie_domain .$server_name.com en.$server_name.org;
            proxy_cookie_domain ~^(.+)\\.com$ $1.org;
            proxy_cookie_path /path/ /new/;
            proxy_cookie_path ~^/regex/(.+)$ /$1;
            proxy_cookie_path ~*^/caseless/(.+)$ /$1/$arg_x;
            proxy_cookie_flags sid secure httponly samesite=none;
            proxy_cookie_flags ~_Y$ samesite=strict;
            proxy_cookie_flags plain nosecure nosamesite;
            proxy_cookie_flags $arg_x $arg_y;
        }
        location /off/ { proxy_pass http://%%BACKEND%%; }
    }
""", [Ask(base + name) for base in ("", "/off") for name in COOKIES] + [
    "/j?x=v&y=secure", "/j?x=V&y=samesite=lax", "/j?x=v&y=nothing", "/i?x=/y"], script=cookie)

METHODS = Example("proxy_method and proxy_set_body", """
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { proxy_pass http://%%BACKEND%%; }
        location /post { proxy_pass http://%%BACKEND%%; proxy_method POST; }
        location /var { proxy_pass http://%%BACKEND%%; proxy_method $arg_m; }
        location /body { proxy_pass http://%%BACKEND%%; proxy_set_body "uri=$uri"; }
        location /quoted { proxy_pass http://%%BACKEND%%; proxy_set_body "<$request_body>"; }
        location /empty { proxy_pass http://%%BACKEND%%; proxy_set_body $arg_none; }
        location /none { proxy_pass http://%%BACKEND%%; proxy_pass_request_body off; }
        location /bare { proxy_pass http://%%BACKEND%%; proxy_pass_request_headers off; }
        location /both { proxy_pass http://%%BACKEND%%; proxy_method PUT; proxy_set_body both;
                         proxy_set_header Content-Type text/x; }
    }
""", ["/post", "/var?m=OPTIONS", "/body", "/empty", "/none", "/bare", "/both",
      Ask("/post", "PUT", content=b"abc"), Ask("/body", "POST", content=b"abc"),
      Ask("/quoted", "POST", content=b"abc"), Ask("/quoted"), Ask("/both", "POST", content=b"x"),
      Ask("/empty", "POST", content=b"x"), Ask("/bare", "POST", content=b"abc"),
      Ask("/bare", fields={"X-A": "b", "Cookie": "c=d"})])

FAILURES = Example("peers that fail", """
    upstream two { server 127.0.0.1:1; server %%BACKEND%%; }
    upstream dead { server 127.0.0.1:1; server 127.0.0.1:2; }
    upstream down { server %%BACKEND%% down; }
    upstream gone { server 127.0.0.1:%%PORT%%; server 127.0.0.1:%%PORT%%;
                    server 127.0.0.1:1 down; }
    upstream backup { server 127.0.0.1:1; server %%BACKEND%% backup; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /two { proxy_pass http://two; }
        location /dead { proxy_pass http://dead; }
        location /down { proxy_pass http://down; }
        location /backup { proxy_pass http://backup; }
        location /404 { proxy_pass http://two; proxy_next_upstream error http_404; }
        location /gone/ { proxy_pass http://gone/; proxy_next_upstream http_404; }
        location = /none { return 404; }
        location = /some { return 200 "some"; }
        location /off { proxy_pass http://dead; proxy_next_upstream off; }
        location /page { error_page 502 /page502; proxy_pass http://dead; }
        location /page502 { return 200 "page of 502"; }
        location /unix { proxy_pass http://unix:%%DIR%%/none.sock; }
        location /unixuri { proxy_pass http://unix:%%DIR%%/none.sock:/uri; }
    }
""", ["/two", "/two", "/dead", "/down", "/backup", "/off", "/gone/none", "/gone/none", "/gone/some",
      "/page", "/unix", "/unixuri",
      Ask("/two", "POST", content=b"x"), Ask("/dead", "HEAD"), Ask("/dead", version="1.0")])

TRIES = Example("variables of peers", """
    upstream two { server 127.0.0.1:1 max_fails=0; server %%BACKEND%% max_fails=0; }
    upstream dead { server 127.0.0.1:1 max_fails=0; server 127.0.0.1:2 max_fails=0; }
    upstream down { server %%BACKEND%% down; }
    server {
        listen 127.0.0.1:%%PORT%%;
        add_header X-Address $upstream_addr always;
        add_header X-Status $upstream_status always;
        add_header X-Length $upstream_response_length always;
        add_header X-Field $upstream_http_x_a always;
        add_header X-Cookie $upstream_cookie_b always;
        location / { proxy_pass http://%%BACKEND%%; }
        location /two { proxy_pass http://two/; proxy_next_upstream error; }
        location /dead { proxy_pass http://dead/; }
        location /down { proxy_pass http://down/; }
        location /again { proxy_pass http://dead/; error_page 502 = /next; }
        location /next { proxy_pass http://%%BACKEND%%/ok; }
        location /static { proxy_pass http://dead/; error_page 502 =200 /page; }
        location /page { return 200 page; }
        location /moved { proxy_pass http://%%BACKEND%%/404; proxy_intercept_errors on;
                          error_page 404 = /next; }
    }
""", ["/ok", "/404", "/204", "/cookies", "/two", "/dead", "/down", "/again", "/static", "/moved",
      "/none", Ask("/ok", "HEAD"), Ask("/dead", "POST", content=b"x")], script=reply_and_close)


def fail(read, connection):
    """Fails as the last part of the target says."""
    how = read.target.rpartition("/")[2]
    if how.isdigit():
        return answer(how, "%s Said" % how)
    if how == "cut":
        return connection.close()
    if how == "half":
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Le")
        return connection.close()
    if how == "stall":
        return None
    return b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n"


NEXT = Example("proxy_next_upstream", """
    upstream two { server %%BACKEND%% max_fails=0; server %%BACKEND%% max_fails=0; }
    upstream three { server %%BACKEND%% max_fails=0; server %%BACKEND%% max_fails=0;
                     server %%BACKEND%% backup max_fails=0; }
    add_header X-Status $upstream_status always;
    server {
        listen 127.0.0.1:%%PORT%%;
        proxy_read_timeout 300ms;
        location / { proxy_pass http://two; }
        location /codes/ {
            proxy_pass http://two;
            proxy_next_upstream http_500 http_502 http_503 http_504 http_403 http_404 http_429;
        }
        location /header/ { proxy_pass http://two; proxy_next_upstream invalid_header; }
        location /again/ {
            proxy_pass http://two;
            proxy_next_upstream error timeout http_500 non_idempotent;
        }
        location /tries/ {
            proxy_pass http://three;
            proxy_next_upstream error http_404 http_500;
            proxy_next_upstream_tries 2;
        }
        location /backup/ { proxy_pass http://three; proxy_next_upstream error http_404; }
        location /off/ { proxy_pass http://two; proxy_next_upstream off; }
        location /page/ {
            proxy_pass http://two;
            proxy_next_upstream http_404;
            proxy_intercept_errors on;
            error_page 404 =203 /page;
        }
        location /page { return 200 "page"; }
        location /late/ {
            proxy_pass http://three;
            proxy_next_upstream timeout;
            proxy_next_upstream_timeout 400ms;
        }
    }
""", ["/%s%s" % (place, how)
      for place in ("", "codes/", "header/", "again/", "tries/", "backup/", "off/")
      for how in ("200", "403", "404", "429", "500", "502", "503", "504", "cut", "half", "junk")]
    + ["/stall", "/again/stall", "/off/stall", "/codes/stall", "/late/stall", "/page/404",
       "/page/500"]
    + [Ask(place + how, method, content=b"x") for method in ("POST", "PUT", "PATCH")
       for place in ("/", "/codes/", "/again/", "/tries/") for how in ("500", "404", "cut")],
    script=fail)


def accelerate(read, connection):
    """Lets another place answer: the one that the query names."""
    target = read.target.partition("?")[2]
    fields = [("X-Accel-Redirect", target), ("Content-Type", "text/blah"), ("Set-Cookie", "a=b"),
              ("Set-Cookie", "c=d"), ("Content-Disposition", "attachment; filename=x"),
              ("Cache-Control", "no-cache"), ("Expires", "Thu, 01 Jan 1970 00:00:01 GMT"),
              ("Vary", "X-Other"), ("X-Other", "no")]
    if not target:
        return answer("other", fields=[("Content-Type", "text/other"), ("X-Own", "yes")])
    return answer("never seen", fields=fields)


ACCELERATED = Example("X-Accel-Redirect", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root html;
        location /proxy { proxy_pass http://%%BACKEND%%; }
        location /deaf { proxy_ignore_headers X-Accel-Redirect; proxy_pass http://%%BACKEND%%; }
        location /other { proxy_pass http://%%BACKEND%%/none; }
        location /files/ { internal; }
        location /text { return 200 "text $uri $args $request_method"; }
        location /none { return 204; }
        location /moved { return 302 /files/; }
        location /added { add_header X-Added yes; alias html/files/a.html; }
        location @named { return 200 "named $uri"; }
    }
""", ["/proxy?" + target for target in (
    "/files/a.html", "/files/missing", "/text", "/text?x=y", "/none", "/moved", "/added", "/other",
    "@named", "@missing", "/text/a%20b", "/files/../files/a.html", "/files/.%2e/files/a.html",
    "/files/%2e%2e/x", "..", "../a", "/a/..")] + [
    "/files/a.html", "/deaf?/files/a.html", Ask("/proxy?/files/a.html", "HEAD"),
    Ask("/proxy?/text", "POST", content=b"x" * 10), Ask("/proxy?/files/a.html", version="1.0"),
    Ask("/proxy?/files/a.html", fields={"Range": "bytes=0-1"}),
], files={"files/a.html": "<p>a file"}, script=accelerate)

EXAMPLES = [URIS, SET_HEADER, ANSWERS, REDIRECT, COOKIE, METHODS, FAILURES, TRIES, NEXT,
            ACCELERATED]
