# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What is compressed with gzip, and what the fields say then. The contents are compared as a
# client would read them.

from harness.backend import answer
from harness.compare import Ask, Example

PAGE = "<p>some text that is long enough to be compressed</p>\n" * 40
OLD, NEW = "Thu, 01 Jan 1970 00:00:01 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"

# What a peer answers, by the last part of the path.
ANSWERS = {
    "html": {}, "plain": {"Content-Type": "text/plain"}, "css": {"Content-Type": "text/css"},
    "charset": {"Content-Type": "text/html; charset=utf-8"},
    "capitals": {"Content-Type": "Text/HTML"}, "none": {"Content-Type": None},
    "image": {"Content-Type": "image/png"}, "json": {"Content-Type": "application/json;x=y"},
    "coded": {"Content-Encoding": "br"}, "etag": {"ETag": '"x"'}, "weak": {"ETag": 'W/"x"'},
    "bad": {"ETag": "x"}, "ranges": {"Accept-Ranges": "bytes"}, "vary": {"Vary": "Origin"},
    "dated": {"Last-Modified": OLD}, "expired": {"Expires": OLD}, "fresh": {"Expires": NEW},
    "never": {"Expires": "0"}, "nocache": {"Cache-Control": "max-age=0, no-cache"},
    "nostore": {"Cache-Control": "no-store"}, "private": {"Cache-Control": "private"},
    "public": {"Cache-Control": "public"}, "both": {"ETag": '"x"', "Last-Modified": OLD},
    "validated": {"Last-Modified": OLD, "Cache-Control": "no-cache"},
}
STATUSES = ["201 Created", "203 X", "204 No Content", "206 Partial Content", "304 Not Modified",
            "301 Moved Permanently", "400 Bad Request", "401 Unauthorized", "403 Forbidden",
            "404 Not Found", "410 Gone", "500 Internal Server Error", "503 Service Unavailable"]


def peer(read, connection):
    kind, _, query = read.target.rpartition("/")[2].partition("?")
    fields = {"Content-Type": "text/html", **ANSWERS.get(kind, {})}
    fields = [(name, value) for name, value in fields.items() if value is not None]
    status = next((s for s in STATUSES if s.startswith(kind)), "200 OK")
    content = PAGE if kind not in ("short", "204", "304") else PAGE[:19]
    if kind in ("204", "304"):
        content = ""
    if read.method == "HEAD":
        return answer("", fields=[*fields, ("Content-Length", len(content))], status=status,
                      framing="none")
    framing = query if query in ("chunked", "close") else "length"
    if kind in ("204", "304"):
        framing = "none"
    if framing == "close":
        connection.send(answer(content, fields=fields, status=status, framing="none"))
        connection.close()
        return None
    return answer(content, fields=fields, status=status, framing=framing)


GZIP = {"Accept-Encoding": "gzip"}
KINDS = [*ANSWERS, "short", *[status[:3] for status in STATUSES]]

PROXIED = Example("gzip of what peers send", """
    gzip on;
    gzip_types text/plain application/json;
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { proxy_pass http://%%BACKEND%%; }
        location /all/ { gzip_types *; gzip_vary on; proxy_pass http://%%BACKEND%%; }
        location /off/ { gzip off; gzip_vary on; proxy_pass http://%%BACKEND%%; }
        location /long/ { gzip_min_length 100000; proxy_pass http://%%BACKEND%%; }
        location /old/ { gzip_http_version 1.0; proxy_pass http://%%BACKEND%%; }
        location /named/ { gzip_disable "Some.*Thing" other; proxy_pass http://%%BACKEND%%; }
        location /msie/ { gzip_disable msie6; proxy_pass http://%%BACKEND%%; }
    }
""", [Ask("/%s" % kind, fields=GZIP) for kind in KINDS if kind != "json"]
    + [Ask("/json", fields=GZIP, differs="Compression", status=200)]
    + [Ask("/all/%s" % kind, fields=GZIP) for kind in KINDS if kind != "vary"]
    + [Ask("/all/%s" % kind) for kind in ("html", "image", "none", "coded", "short", "404", "500")]
    + [Ask("/%s" % kind, "HEAD", fields=GZIP) for kind in (
        "html", "css", "etag", "ranges", "coded", "404", "304", "short")]
    + [Ask("/off/html", fields=GZIP), Ask("/long/html", fields=GZIP)]
    + [Ask("/%s?%s" % (kind, framing), fields=GZIP) for kind in ("html", "short", "css")
       for framing in ("chunked", "close")]
    + [Ask("/long/html?chunked", fields=GZIP)]
    + [Ask("/html", fields={"Accept-Encoding": value}) for value in (
        "", "identity", "gzip;q=0", "gzip;q=0.0", "gzip;q=0.1", "deflate, gzip", "GZip", "br",
        "gzip;q=1.0, *;q=0", "deflate", "xgzip", "gzip, deflate, br")]
    + [Ask("/html", fields=GZIP, version="1.0"), Ask("/old/html", fields=GZIP, version="1.0"),
       Ask("/old/html", "HEAD", fields=GZIP, version="1.0"), Ask("/old/html", version="1.0")]
    + [Ask("/named/html", fields={**GZIP, "User-Agent": agent}) for agent in (
        "a some thing b", "x", "ANOTHER", "")]
    + [Ask("/msie/html", fields={**GZIP, "User-Agent": "Mozilla/4.0 (compatible; %s)" % agent})
       for agent in ("MSIE 6.0; X", "MSIE 5.5; X", "MSIE 7.0; X", "MSIE 6.0; SV1; X", "MSIE 4.01")],
    script=peer)

CONDITIONS = ["off", "expired", "no-cache", "no-store", "private", "no_last_modified", "no_etag",
              "auth", "any", "expired no-cache no-store private", "no_etag no_last_modified"]

VIA = Example("gzip for other proxies", """
    gzip on;
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { proxy_pass http://%%BACKEND%%; }
""" + "".join("""
        location /%d/ { gzip_proxied %s; proxy_pass http://%%%%BACKEND%%%%; }
""" % item for item in enumerate(CONDITIONS)) + "}", [
    Ask("/%s" % kind, fields={**GZIP, "Via": "1.1 x"}) for kind in ("html", "expired")] + [
    Ask("/%d/%s" % (number, kind), fields={**GZIP, "Via": "1.1 x", **more})
    for number in range(len(CONDITIONS))
    for kind in ("html", "expired", "fresh", "never", "nocache", "nostore", "private", "public",
                 "dated", "etag", "both", "validated")
    for more in ({}, {"Authorization": "Basic eDp5"} if kind in ("html", "fresh") else {})],
    script=peer)

MADE = Example("gzip of what the server makes", """
    gzip on;
    gzip_vary on;
    server {
        listen 127.0.0.1:%%%%PORT%%%%;
        error_page 403 /forbidden.html;
        location / { }
        location /text { default_type text/html; return 200 "%(page)s"; }
        location /plain { default_type text/plain; return 200 "%(page)s"; }
        location /short { default_type text/html; return 200 "short"; }
        location /tiny { default_type text/html; gzip_min_length 1; return 200 "s"; }
        location /empty { default_type text/html; gzip_min_length 0; return 200 ""; }
        location /moved { return 301 /x; }
        location /nothing { return 204; }
        location /bad { return 400; }
        location /gone { return 410 "%(page)s"; }
        location /no { return 403; }
        location /missing { return 404; }
        location /tag { default_type text/html; add_header ETag '"x"';
                        return 200 "%(page)s"; }
    }
""" % {"page": "x" * 300}, [Ask(target, method, fields=fields)
        for target in ("/text", "/plain", "/short", "/tiny", "/moved", "/nothing", "/bad",
                       "/gone", "/no", "/missing", "/tag", "/none.html")
        for method in ("GET", "HEAD") for fields in (GZIP, {})],
    files={"forbidden.html": "no"})

EXAMPLES = [PROXIED, VIA, MADE]
