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

KOI = bytes([0xC0, 0xC1, 0x20, 0xC2]) * 50 + b"plain"
UTF8 = "\u044e\u0430\u0431 \u20ac \U0001f600 \u0436".encode() * 30

MAPS = """
    charset_map koi8-r utf-8 { C0 D18E; C1 D0B0; C2 D0B1; 80 E282AC; }
    charset_map koi8-r windows-1251 { C0 FE; C1 E0; C2 E1; 41 42; 42 41; }
"""


def converted(read, connection):
    """Contents in pieces of which every cut is somewhere else."""
    content = KOI if "koi" in read.target else UTF8
    charset = "; charset=koi8-r" if "named" in read.target else ""
    fields = {"Content-Type": "text/html" + charset, "ETag": '"x"'}
    if "coded" in read.target:
        fields["Content-Encoding"] = "x"
    framing = "chunked" if "chunked" in read.target else "length"
    return answer(b"" if read.method == "HEAD" else content, fields=fields, framing=framing)


CONVERTED = Example("charset_map", TYPES + MAPS + """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location /toutf8/ { alias %%DIR%%/html/; source_charset koi8-r; charset utf-8; }
        location /fromutf8/ { alias %%DIR%%/html/; source_charset utf-8; charset koi8-r; }
        location /variable/ { alias %%DIR%%/html/; source_charset $arg_s; charset utf-8; }
        location /text { source_charset utf-8; charset koi8-r; return 200 "\u044e \u0436"; }
        location /peer/ { proxy_pass http://%%BACKEND%%; source_charset koi8-r; charset utf-8;
                          override_charset on; }
        location /frompeer/ { proxy_pass http://%%BACKEND%%; source_charset utf-8;
                              charset koi8-r; }
        location /nomap/ { proxy_pass http://%%BACKEND%%; source_charset $arg_s; charset utf-8; }
    }
""", [Ask(prefix + name, method)
      for prefix in ("/toutf8/", "/fromutf8/") for name in (
          "koi.html", "utf8.html", "koi.css", "empty.html", "missing", "koi.txt")
      for method in ("GET", "HEAD") if (prefix, name[:4], name[-3:] != "css", method) != (
          "/fromutf8/", "koi.", True, "GET")] + [
    Ask("/fromutf8/koi.html", status=200, differs="Characters that are converted"),
    "/variable/koi.html?s=koi8-r", "/variable/utf8.html?s=UTF-8", "/text",
    "/peer/koi", "/peer/koi?chunked", "/peer/koinamed", "/peer/koi?coded", "/frompeer/utf8",
    "/frompeer/utf8?chunked", "/nomap/koi?s=koi8-r", "/nomap/koi?s=none",
    Ask("/peer/koi", "HEAD"), Ask("/peer/koi", version="1.0"), Ask("/frompeer/utf8", "HEAD"),
    Ask("/toutf8/koi.html", fields={"Range": "bytes=0-1"}),
    Ask("/toutf8/koi.html", version="1.0"), Ask("/toutf8/koi.html", fields={"If-Match": '"x"'}),
], files={"koi.html": KOI, "utf8.html": UTF8, "koi.css": KOI, "koi.txt": KOI, "empty.html": ""},
    script=converted)

TO_BYTES = Example("charset_map to bytes", TYPES + MAPS + """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        source_charset koi8-r;
        charset windows-1251;
        location /peer { proxy_pass http://%%BACKEND%%; }
        location /forced { proxy_pass http://%%BACKEND%%; proxy_force_ranges on; }
    }
""", ["/peer/koi", Ask("/peer/koi", "HEAD"), Ask("/peer/koi?chunked"), "/koi.html", "/koi.css",
      Ask("/koi.html", "HEAD"), Ask("/koi.html", version="1.0"),
      *[Ask(target, method, fields={"Range": "bytes=" + value})
        for target in ("/koi.html", "/forced/koi", "/peer/koi") for method in ("GET", "HEAD")
        for value in ("0-1", "100-102", "-3", "200-", "150-9999")],
      Ask("/koi.html", fields={"Range": "bytes=9999-"}, status=416,
          differs="Ranges that cannot be satisfied"),
      Ask("/koi.html", fields={"Range": "bytes=0-1,4-5"}, status=200,
          differs="Characters that are converted"),
      Ask("/koi.html", fields={"Range": "bytes=0-1", "If-Range": '"x"'})],
    files={"koi.html": KOI, "koi.css": KOI}, script=converted)

EXAMPLES = [NAMED, PROXIED, CONVERTED, TO_BYTES]
