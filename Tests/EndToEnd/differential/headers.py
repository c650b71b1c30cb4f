# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What an answer says about its use, and what is added before and behind its content.

from harness.backend import answer
from harness.compare import Ask, Example

FILES = {"index.html": "home", "a.txt": "a" * 1000, "b.css": "b {}", "empty.html": "",
         "404.html": "page of 404", "large.txt": bytes(i * 7 % 251 for i in range(2_500_000))}
MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT"

REPLIES = {
    "/plain": answer("x"),
    "/cached": answer("x", fields={"Cache-Control": "private", "Expires": "0"}),
    "/several": answer("x", fields=[("Cache-Control", "private"), ("X-A", "b"),
                                    ("cache-control", "max-age=1"), ("Expires", MODIFIED)]),
    "/modified": answer("x", fields={"Last-Modified": MODIFIED}),
    "/modified-badly": answer("x", fields={"Last-Modified": "yesterday"}),
    "/404": answer("none", "404 Not Found", {"Cache-Control": "private"}),
    "/304": b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nCache-Control: private\r\n\r\n',
    "/204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "/301": answer("", "301 Moved Permanently", {"Location": "/x"}),
    "/chunked": answer("hello", framing="chunked"),
}


def reply(read, connection):
    """The reply of that name; one that has no content for HEAD."""
    name = "/" + read.target.split("?")[0].rsplit("/", 1)[1]
    data = REPLIES.get(name, answer("unknown"))
    return data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if read.method == "HEAD" else data


RULES = {"epoch": "epoch", "max": "max", "off": "off", "soon": "1h", "zero": "0", "gone": "-1",
         "plus": "+30m", "daily": "@3h", "midnight": "@24h", "since": "modified 20y",
         "sinceshort": "modified 1h", "sincegone": "modified -1h", "sincezero": "modified 0",
         "var": "$arg_e", "sincevar": "modified $arg_e", "mapped": "$kind",
         "cache": "1h; add_header Cache-Control public; add_header Cache-Control x"}
BLOCKS = "".join("""
        location /%s/ {
            expires %s;
            location /%s/file/ { alias %%%%DIR%%%%/html/; }
            location /%s/peer/ { proxy_pass http://%%%%BACKEND%%%%/; }
            location /%s/text { return 200 "text"; }
            location /%s/204 { return 204; }
            location /%s/302 { return 302 /x; }
            location /%s/403 { return 403; }
        }""" % (name, rule, *[name] * 6) for name, rule in RULES.items())

EXPIRES = Example("expires", """
    types { text/html html; text/css css; text/plain txt; }
    map $sent_http_content_type $kind { default off; text/css max; ~^text/ 5m; }
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        expires 2d;
        error_page 404 /404.html;
        location /plain/ { alias %%DIR%%/html/; }
        location /own/ { expires off; alias %%DIR%%/html/; }""" + BLOCKS + """
    }
""", ["/", "/a.txt", "/missing", "/404.html", "/plain/a.txt", "/own/a.txt",
      Ask("/a.txt", "HEAD"), Ask("/a.txt", "POST"), Ask("/a.txt", "PUT"),
      Ask("/a.txt", fields={"Range": "bytes=0-9"}),
      Ask("/a.txt", fields={"If-None-Match": "%%ETAG:/a.txt%%"}),
      Ask("/a.txt", fields={"If-Match": '"no"'}),
      Ask("/a.txt", fields={"If-Modified-Since": MODIFIED}, version="1.0")]
    + ["/%s/%s" % (name, rest) for name in RULES for rest in (
        "file/a.txt", "file/b.css", "file/none", "peer/plain", "peer/cached", "peer/several",
        "peer/modified", "peer/404", "peer/204", "peer/301", "text", "302", "403")]
    + [Ask("/soon/204"), Ask("/since/peer/modified-badly"), Ask("/soon/peer/304"),
       Ask("/off/peer/several")]
    + [Ask("/%s/%s?e=%s" % (name, rest, value))
       for name in ("var", "sincevar") for rest in ("file/a.txt", "text")
       for value in ("", "epoch", "max", "off", "1h", "-1h", "bad", "@15h30m", "1h%2030m", "0")],
    FILES, reply)

TRAILERS = Example("add_trailer", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        add_trailer X-Var $host;
        add_trailer X-Always $uri always;
        add_trailer X-Empty "";
        add_trailer X-Ranges $sent_http_accept_ranges;
        add_trailer X-Length $sent_http_content_length;
        add_trailer X-Coding $sent_http_transfer_encoding;
        add_trailer X-Trailer $sent_trailer_x_var;
        error_page 404 /404.html;
        location /own/ { add_trailer X-Own 1; alias %%DIR%%/html/; }
        location /field/ { add_header X-Var head; alias %%DIR%%/html/; }
        location /length/ { chunked_transfer_encoding off; alias %%DIR%%/html/; }
        location /usual/ { add_trailer X-Own 1; return 404; }
        location /text { return 200 "text"; }
        location /nothing { return 200 ""; }
        location /204 { return 204; }
        location /301 { return 301 /x; }
        location /peer/ { proxy_pass http://%%BACKEND%%/; }
        location /late/ { proxy_pass http://%%BACKEND%%/;
                          add_trailer X-Peer "$upstream_status $upstream_response_length"; }
    }
""", [Ask(target, **rest) for target in (
        "/", "/a.txt", "/empty.html", "/large.txt", "/missing", "/own/a.txt", "/own/none",
        "/field/a.txt", "/length/a.txt", "/usual/", "/text", "/nothing", "/204", "/301",
        "/peer/plain", "/peer/chunked", "/peer/404", "/peer/304", "/late/plain")
        for rest in ({}, {"method": "HEAD"}, {"version": "1.0"})]
    + [Ask("/a.txt", fields={"Range": "bytes=5-9"}),
       Ask("/large.txt", fields={"Range": "bytes=1000000-1999999"}),
       Ask("/a.txt", fields={"If-None-Match": "%%ETAG:/a.txt%%"}),
       Ask(method="GET,HEAD,GET", name="and the next request",
           raw=b"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\nHEAD /text HTTP/1.1\r\nHost: a\r\n\r\n"
               b"GET /length/a.txt HTTP/1.1\r\nHost: a\r\n\r\n")],
    FILES, reply)

SENT = Example("$sent_http_", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        add_header X-Type $sent_http_content_type;
        add_header X-Length $sent_http_content_length;
        add_header X-Modified $sent_http_last_modified;
        add_header X-Location $sent_http_location;
        add_header X-Cache $sent_http_cache_control;
        add_header X-Expires $sent_http_expires;
        add_header X-Own $sent_http_x_type;
        expires max;
        location / { }
        location /text { return 200 "text"; }
        location /301 { return 301 /x; }
        location /several {
            add_header Cache-Control a; add_header Cache-Control b; add_header Link c;
            add_header Link d; add_header X-A e; add_header X-A f;
            add_header X-Cache $sent_http_cache_control; add_header X-Link $sent_http_link;
            return 200 "";
        }
        location /peer/ { proxy_pass http://%%BACKEND%%/; }
    }
""", ["/", "/a.txt", "/text", "/several", "/peer/plain", "/peer/cached", "/peer/several",
      "/peer/modified", Ask("/a.txt", "HEAD"), Ask("/text", "HEAD")],
    FILES, reply)

EXAMPLES = [EXPIRES, TRAILERS, SENT]
