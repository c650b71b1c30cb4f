# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Requests that the server makes of itself: who is asked, with what, and what is made of the answer.

from harness.backend import answer
from harness.compare import Ask, Example

STATUSES = {200: "OK", 201: "Created", 204: "No Content", 206: "Partial Content", 301: "Moved",
            302: "Found", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized",
            403: "Forbidden", 404: "Not Found", 410: "Gone", 500: "Internal Server Error",
            502: "Bad Gateway", 503: "Service Unavailable"}


def guard(read, connection):
    """Answers with the status in the query, and with fields that can be asked for."""
    status = next((s for s in STATUSES if "s=%d" % s in read.target), 200)
    fields = [("X-User", "joe"), ("X-Target", read.target)]
    if status == 401:
        fields += [("WWW-Authenticate", 'Basic realm="one"'), ("WWW-Authenticate", "Digest two")]
    if status in (301, 302):
        fields += [("Location", "http://elsewhere.test/")]
    content = "" if status in (204, 304) else "from the peer"
    return answer(content, "%d %s" % (status, STATUSES[status]), fields,
                  framing="none" if status in (204, 304) else "length")


AUTHORIZED = Example("auth_request", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        error_page 404 /missing.html;
        location / { auth_request /auth; }
        location = /auth { internal; proxy_pass http://%%BACKEND%%/auth$is_args$args;
                           proxy_pass_request_body off; proxy_set_header Content-Length "";
                           proxy_set_header X-Original-URI $request_uri;
                           proxy_set_header X-Method $request_method;
                           proxy_set_header X-Uri $uri; }
        location /query/ { auth_request /auth?s=403; alias %%DIR%%/html/; }
        location /off/ { auth_request off; alias %%DIR%%/html/; }
        location /inside/ { alias %%DIR%%/html/; location /inside/off/ { auth_request off;
                            alias %%DIR%%/html/; } }
        location /return/ { auth_request /auth; return 200 "returned"; }
        location /r204/ { alias %%DIR%%/html/; auth_request /is204; }
        location /r200/ { alias %%DIR%%/html/; auth_request /is200; }
        location /r301/ { alias %%DIR%%/html/; auth_request /is301; }
        location /r401/ { alias %%DIR%%/html/; auth_request /is401; }
        location /r403/ { alias %%DIR%%/html/; auth_request /is403; }
        location /r404/ { alias %%DIR%%/html/; auth_request /is404; }
        location /r500/ { alias %%DIR%%/html/; auth_request /is500; }
        location /file/ { alias %%DIR%%/html/; auth_request /a.html; }
        location /nofile/ { alias %%DIR%%/html/; auth_request /off/nothing; }
        location /p401/ { alias %%DIR%%/html/; auth_request /peer?s=401; }
        location = /is204 { return 204; }
        location = /is200 { return 200 "yes"; }
        location = /is301 { return 301 /x; }
        location = /is401 { return 401; }
        location = /is403 { return 403; }
        location = /is404 { return 404; }
        location = /is500 { return 500; }
        location /nested/ { alias %%DIR%%/html/; auth_request /guarded; }
        location = /guarded { auth_request /is403; proxy_pass http://%%BACKEND%%/nested; }
        location /pages/ { alias %%DIR%%/html/; auth_request /is403; error_page 403 /off/a.html; }
        location /named/ { alias %%DIR%%/html/; auth_request /is401; error_page 401 @login; }
        location @login { auth_request off; return 302 /login; }
        location /try/ { auth_request /auth; try_files /none /off/a.html; }
        location /twice/ { auth_request /auth; try_files /none /return/x; }
        location /proxied/ { auth_request /auth; proxy_pass http://%%BACKEND%%/content?; }
    }
""", ["/a.html", "/a.html?x=1", "/a.html?s=401", "/a.html?s=403", "/nothing", "/query/a.html",
      "/off/a.html", "/off/nothing", "/return/", "/inside/a.html", "/inside/off/a.html",
      "/r204/a.html", "/r200/a.html", "/r301/a.html", "/r401/a.html", "/r403/a.html",
      "/r404/a.html", "/r500/a.html", "/file/a.html", "/nofile/a.html", "/nested/a.html",
      "/pages/a.html", "/named/a.html", "/try/x", "/twice/x", "/auth", "/a/../auth", "/proxied/x",
      Ask("/a.html", "HEAD"), Ask("/r403/a.html", "HEAD"), Ask("/r401/a.html", "HEAD"),
      Ask("/proxied/x", "POST", content=b"hello"), Ask("/proxied/x", "PUT", content=b""),
      Ask("/r403/a.html", "POST", content=b"hello"),
      Ask("/a.html", fields={"Authorization": "Basic eDp5", "Cookie": "a=b", "X-Own": "own"}),
      Ask("/proxied/x", "POST", name="chunked", raw=(
          b"POST /proxied/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
          b"3\r\nabc\r\n0\r\n\r\n")),
      Ask("/r204/a.html", fields={"If-None-Match": "%%ETAG:/off/a.html%%"}),
      Ask("/r200/a.html", fields={"Range": "bytes=0-1"}),
      Ask("/a.html", "GET,GET", raw=b"GET /r403/a.html HTTP/1.1\r\nHost: a\r\n\r\n"
          b"GET /r204/a.html HTTP/1.1\r\nHost: a\r\n\r\n", name="pipelined"),
      Ask("/a.html", version="1.0"), Ask("/a.html", version="1.0", host=None)],
    files={"a.html": "a file", "missing.html": "missing"}, script=guard)

ANSWERED = Example("auth_request and the answers of peers", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location / { auth_request /auth; auth_request_set $user $upstream_http_x_user;
                     auth_request_set $code $upstream_status;
                     auth_request_set $where $uri;
                     add_header X-User $user always; add_header X-Code $code always;
                     add_header X-Where $where always; }
        location = /auth { proxy_pass http://%%BACKEND%%/auth$is_args$args; set $inner inner;
                           proxy_pass_request_body off; proxy_set_header Content-Length ""; }
        location /vars/ { set $inner outer; auth_request /auth; alias %%DIR%%/html/;
                          add_header X-Inner $inner always; }
        location /args/ { auth_request /auth; auth_request_set $args "set=$upstream_http_x_user";
                          proxy_pass http://%%BACKEND%%; }
        location /page/ { auth_request /auth; auth_request_set $user $upstream_http_x_user;
                          error_page 403 404 = @page; alias %%DIR%%/html/; }
        location @page { add_header X-User $user always; return 200 "page"; }
        location /upper/ { auth_request /auth; auth_request_set $USER "x${upstream_http_x_user}y";
                           add_header X-User $user always; alias %%DIR%%/html/; }
        location /intercepted/ { auth_request /intercepts; alias %%DIR%%/html/; }
        location = /intercepts { proxy_pass http://%%BACKEND%%/auth?s=404; error_page 404 = /fine;
                                 proxy_intercept_errors on; }
        location = /fine { return 204; }
        location /down/ { auth_request /refused; alias %%DIR%%/html/; }
        location = /refused { proxy_pass http://127.0.0.1:1; }
        location /closes/ { auth_request /closed; alias %%DIR%%/html/; }
        location = /closed { return 444; }
    }
""", ["/a.html?s=%d" % status for status in STATUSES if status not in (301, 302)] + [
      "/vars/a.html", "/args/x", "/args/x?y", "/page/a.html", "/page/a.html?s=403", "/page/nothing",
      "/upper/a.html", "/intercepted/a.html", "/down/a.html",
      Ask("/args/x", "POST", content=b"hello")],
    files={"a.html": "a file"}, script=guard)

SATISFY = Example("satisfy and auth_request", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location / { return 444; }
        location = /yes { return 204; }
        location = /401 { return 401; }
        location = /403 { return 403; }
        location = /500 { return 500; }
""" + "".join("""
        location /%(satisfy)s-%(access)s-%(auth)s { satisfy %(satisfy)s; %(access)s all;
            auth_request /%(auth)s; try_files /a.html =404; }
""" % {"satisfy": satisfy, "access": access, "auth": auth}
    for satisfy in ("any", "all") for access in ("allow", "deny")
    for auth in ("yes", "401", "403", "500")) + "}",
    ["/%s-%s-%s" % (satisfy, access, auth) for satisfy in ("any", "all")
     for access in ("allow", "deny") for auth in ("yes", "401", "403", "500")],
    files={"a.html": "a file"})

PASSING = Example("proxy_pass_request_body and proxy_pass_request_headers", """
    server {
        listen 127.0.0.1:%%PORT%%;
        location /both/ { proxy_pass http://%%BACKEND%%; }
        location /none/ { proxy_pass http://%%BACKEND%%; proxy_pass_request_body off;
                          proxy_set_header Content-Length ""; }
        location /bare/ { proxy_pass http://%%BACKEND%%; proxy_pass_request_headers off; }
        location /set/ { proxy_pass http://%%BACKEND%%; proxy_pass_request_headers off;
                         proxy_set_header X-Own own; proxy_set_header X-Passed $http_x_a; }
    }
""", [Ask(path, method, content=content, fields={"X-A": "a", "Cookie": "c=d"})
      for path in ("/both/", "/none/", "/bare/", "/set/")
      for method, content in (("GET", None), ("POST", b"hello"))])

EXAMPLES = [AUTHORIZED, ANSWERED, SATISFY, PASSING]
