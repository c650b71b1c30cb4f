# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What becomes of the character set in Content-Type.

from harness.backend import answer
from harness.compare import Ask, Example

FILES = {"a.html": "a", "a.css": "b", "a.htm": "c", "a.txt": "d", "index.html": "i", "e": "e",
         "page.html": "page"}

TYPES = """
    types { text/html html; text/css css; text/plain txt; "text/html; charset=x" htm; }
"""

PEER = {"/none": None, "/plain": "text/plain", "/html": "text/html", "/css": "text/css",
        "/utf8": "text/html; charset=utf-8", "/koi": "text/html; charset=koi8-r",
        "/quoted": 'text/html; charset="utf-8"', "/param": "text/html; a=b",
        "/both": "text/html; a=b; charset=koi8-r", "/upper": "TEXT/HTML; CHARSET=UTF-8",
        "/empty": "text/html; charset=", "/open": "text/html;", "/json": "application/json"}


def reply(read, connection):
    path = read.target.split("?")[0]
    fields = {"Content-Type": PEER[path]} if PEER.get(path) else {}
    if "accel" in read.target:
        fields["X-Accel-Charset"] = "utf-8"
    return answer("" if read.method == "HEAD" else "peer", fields=fields)


NAMED = Example("charset", TYPES + """
    map $arg_m $m { default utf-8; a koi8-r; }
    map $arg_m $none { default ""; }
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        charset utf-8;
        error_page 403 /page.html;
        location / { }
        location = /forbidden { return 403; }
        location = /text { return 200 "text"; }
        location = /typed { default_type text/css; return 200 "text"; }
        location = /charset { default_type "text/html; charset=x"; return 200 "text"; }
        location = /r301 { return 301 /x; }
        location = /r302 { return 302 /x; }
        location = /r303 { return 303 /x; }
        location = /r307 { return 307 /x; }
        location = /gone { return 410; }
        location = /nothing { return 204; }
        location /css/ { alias %%DIR%%/html/; charset_types text/css; }
        location /all/ { alias %%DIR%%/html/; charset_types *; }
        location /off/ { alias %%DIR%%/html/; charset off; }
        location /var/ { alias %%DIR%%/html/; charset $m; }
        location /same/ { alias %%DIR%%/html/; source_charset UTF-8; }
        location /varsame/ { alias %%DIR%%/html/; charset $m; source_charset $arg_s; }
        location /empty/ { alias %%DIR%%/html/; charset $none; }
    }
""", [Ask(prefix + name, method)
      for prefix in ("/", "/css/", "/all/", "/off/", "/var/", "/same/", "/empty/")
      for name in ("a.html", "a.css", "a.htm", "a.txt", "e", "missing")
      for method in ("GET", "HEAD")] + [
    "/", "/forbidden", "/text", "/typed", "/charset", "/r301", "/r302", "/r303", "/r307", "/gone",
    "/nothing", "/var/a.html?m=a", "/varsame/a.html?s=utf-8", "/varsame/a.html?s=koi8-r",
    "/varsame/a.html?m=a&s=KOI8-R", "/css", "/r301?x",
    Ask("/a.html", fields={"Range": "bytes=0-0"}), Ask("/a.html", fields={"Range": "bytes=5-"}),
    Ask("/var/a.html", fields={"Range": "bytes=0-0"}),
    Ask("/a.html", fields={"If-None-Match": "*"}), Ask("/a.html", fields={"If-Match": '"x"'}),
    Ask("/var/a.html", fields={"If-None-Match": "*"}), Ask("/a.html", "PUT"),
], files=FILES)

PROXIED = Example("charset of peers", """
    map $arg_c $c { default utf-8; a a; koi KOI8-R; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { proxy_pass http://%%BACKEND%%/; charset utf-8; }
        location /override/ { proxy_pass http://%%BACKEND%%/; charset utf-8; override_charset on;
                              source_charset utf-8; }
        location /var/ { proxy_pass http://%%BACKEND%%/; charset $c; override_charset on; }
        location /off/ { proxy_pass http://%%BACKEND%%/; override_charset on; }
        location /all/ { proxy_pass http://%%BACKEND%%/; charset koi8-r; charset_types *; }
    }
""", [Ask(prefix + target, method)
      for prefix in ("", "/override", "/var", "/off", "/all") for target in PEER
      for method in ("GET", "HEAD")] + [
    "/var/utf8?c=utf-8", "/var/koi?c=utf-8", "/var/koi?c=koi", "/var/html?c=a", "/html?accel",
    "/koi?accel", "/off/html?accel", "/css?accel", "/utf8?accel", "/all/html?accel"],
    script=reply)

EXAMPLES = [NAMED, PROXIED]
