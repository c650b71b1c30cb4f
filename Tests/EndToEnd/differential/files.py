# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Static files: what is found, how it is described, ranges and conditions.

from harness.compare import Ask, Example

TYPES = """
    types {
        text/html html htm;
        text/css css;
        application/javascript js;
        image/svg+xml svg;
    }
    default_type application/octet-stream;
"""

FILES = {
    "index.html": "<h1>home</h1>", "a.txt": "0123456789", "a.css": "a{}", "a.JS": "1",
    "noext": "x", "empty.txt": "", "with space.txt": "space", "\u00fc.txt": "umlaut",
    "dir/index.html": "dir", "dir/b.txt": "b", "noindex/c.txt": "c", "dir/sub dir/index.html": "d",
    "a.b.c.html": "dots", "large.bin": bytes(range(256)) * 400, "q?.txt": "q", ".hidden": "h",
    "fallback.html": "fallback", "other.htm": "other", "page.html": "page",
}

EQUAL = "Tue, 14 Nov 2023 22:13:20 GMT"
OLDER = "Tue, 14 Nov 2023 22:13:19 GMT"
NEWER = "Tue, 14 Nov 2023 22:13:21 GMT"


def conditional(status=None, differs=None, **fields):
    return [Ask("/a.txt", method, status=status, differs=differs, fields={
        name.replace("_", "-"): value for name, value in fields.items()})
        for method in ("GET", "HEAD")]


def ranged(value, target="/a.txt", **fields):
    return Ask(target, fields={"Range": value, **{
        name.replace("_", "-"): text for name, text in fields.items()}})


STATIC = Example("static files", TYPES + """
    server { listen 127.0.0.1:%%PORT%%; root %%DIR%%/html; }
""", [
    "/", "/index.html", "/a.txt", "/a.css", "/a.JS", "/noext", "/empty.txt", "/large.bin",
    "/with%20space.txt", "/%C3%BC.txt", "/a.b.c.html", "/q%3F.txt", "/.hidden", "/missing",
    "/missing/", "/a.txt/", "/a.txt/x", "/dir", "/dir/", "/dir?x=y", "/dir/sub%20dir", "/noindex",
    "/noindex/", "/dir/../a.txt", "/dir/./b.txt", "//a.txt", "/dir//b.txt", "/./a.txt", "/a%2etxt",
    "/dir%2fb.txt", "/dir/%2e%2e/a.txt", "/a.txt?q", "/a.txt?", "/?x", "/a.txt%00", "/..", "/../",
    "/%", "/%zz", "/dir/..", "/dir/.", "/dir/../../a.txt", "/a.txt%20", "/A.txt", "/a.txt#part",
    *[Ask(target, method)
      for method in ("HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH")
      for target in ("/a.txt", "/missing", "/")],
    Ask("/dir", "HEAD"), Ask("/a.txt", version="1.0"), Ask("/a.txt", version="1.0", host=None),
    Ask("/a.txt", version="1.0", fields={"Connection": "keep-alive"}),
    Ask("/missing", version="1.0"), Ask("/dir", version="1.0", host=None),
    Ask("/a.txt", fields={"Connection": "close"}), Ask("/a.txt", fields={"Connection": "x, close"}),
    Ask("/a.txt", fields={"Connection": "Keep-Alive"}), Ask("/dir", host="example.org:8080"),
    Ask("/dir", host="EXAMPLE.org"),
])

CONDITIONS = Example("conditional requests", TYPES + """
    server { listen 127.0.0.1:%%PORT%%; root %%DIR%%/html; }
""", [
    *conditional(If_Modified_Since=EQUAL), *conditional(If_Modified_Since=OLDER),
    *conditional(If_Modified_Since=NEWER), *conditional(If_Modified_Since="yesterday"),
    *conditional(If_Modified_Since=""),
    *conditional(If_Modified_Since="Tuesday, 14-Nov-23 22:13:20 GMT"),
    *conditional(If_Modified_Since="Tue Nov 14 22:13:20 2023"),
    *conditional(If_Unmodified_Since=EQUAL), *conditional(If_Unmodified_Since=OLDER),
    *conditional(If_Unmodified_Since=NEWER), *conditional(
        200, "Conditions", If_Unmodified_Since="never"),
    *conditional(If_None_Match="%%ETAG:/a.txt%%"), *conditional(If_None_Match='"x"'),
    *conditional(If_None_Match="*"), *conditional(If_None_Match='"x", %%ETAG:/a.txt%%'),
    *conditional(If_None_Match="W/%%ETAG:/a.txt%%"), *conditional(If_None_Match=""),
    *conditional(If_None_Match="x"), *conditional(If_Match="%%ETAG:/a.txt%%"),
    *conditional(If_Match='"x"'), *conditional(If_Match="*"),
    *conditional(If_Match='"x", %%ETAG:/a.txt%%'), *conditional(If_Match="W/%%ETAG:/a.txt%%"),
    *conditional(
        304, "Conditions", If_None_Match="%%ETAG:/a.txt%%", If_Modified_Since=OLDER),
    *conditional(If_None_Match='"x"', If_Modified_Since=EQUAL),
    *conditional(If_Match='"x"', If_Modified_Since=EQUAL),
    Ask("/missing", fields={"If-None-Match": "*"}), Ask("/missing", fields={"If-Match": "*"}),
    Ask("/dir", fields={"If-Modified-Since": EQUAL}),
])

RANGES = Example("ranges", TYPES + """
    server { listen 127.0.0.1:%%PORT%%; root %%DIR%%/html; }
""", [
    *[ranged(value) for value in [
        "bytes=0-4", "bytes=5-", "bytes=-3", "bytes=0-0", "bytes=9-9", "bytes=0-99", "bytes=10-",
        "bytes=10-20", "bytes=999-", "bytes=-0", "bytes=-99", "bytes=5-2", "bytes=a-b", "bytes=",
        "bytes", "items=0-4", "bytes=0", "bytes=-", "bytes=0-4x", "bytes= 0-4", "bytes=0 -4",
        "Bytes=0-4", "bytes =0-4", "bytes=+0-4", "bytes=0-9", "bytes=0-",
        "bytes=-99999999999999999999", "bytes=9223372036854775807-",
        "bytes=0-9223372036854775808", "bytes=99999999999999999999-", "bytes=20-,30-"]],
    ranged("bytes=0-4", "/empty.txt"), ranged("bytes=-5", "/empty.txt"),
    ranged("bytes=0-4", "/missing"), ranged("bytes=0-4", "/dir"),
    ranged("bytes=1000-2999", "/large.bin"), ranged("bytes=-1", "/large.bin"),
    Ask("/a.txt", "HEAD", fields={"Range": "bytes=0-4"}),
    Ask("/a.txt", version="1.0", fields={"Range": "bytes=0-4"}),
    ranged("bytes=0-4", If_Range="%%ETAG:/a.txt%%"), ranged("bytes=0-4", If_Range='"x"'),
    ranged("bytes=0-4", If_Range="W/%%ETAG:/a.txt%%"), ranged("bytes=0-4", If_Range=EQUAL),
    ranged("bytes=0-4", If_Range=OLDER), ranged("bytes=0-4", If_Range=NEWER),
    ranged("bytes=0-4", If_Range="x"), ranged("bytes=0-4", If_None_Match="%%ETAG:/a.txt%%"),
    ranged("bytes=0-4", If_Modified_Since=EQUAL), ranged("bytes=0-4", If_Match='"x"'),
])

INDEX = Example("index", TYPES + """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        index none.html index.html;
        location /noindex/ { index /fallback.html; }
        location /dir/ { index b.txt index.html; }
        location /variable/ { alias %%DIR%%/html/dir/; index $arg_i.html b.txt; }
        location = / { index other.htm; }
        location = /other.htm { return 200 "internal $uri"; }
        location = /fallback.html { return 200 "absolute $uri"; }
    }
""", ["/", "/noindex/", "/noindex", "/dir/", "/dir/sub%20dir/", "/variable/",
      "/variable/?i=index", Ask("/", "HEAD"), Ask("/", "POST"), Ask("/noindex/", "POST")])

TRY_FILES = Example("try_files", TYPES + """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location / { try_files $uri $uri/ /index.html; }
        location /code/ { try_files $uri $uri.txt =404; }
        location /teapot/ { try_files $uri =418; }
        location /named/ { try_files $uri @named; }
        location @named { return 200 "named $uri $args"; }
        location /args/ { try_files $uri /show?$args&u=$uri; }
        location /plain/ { try_files $uri /show; }
        location = /show { return 200 "show $uri $args"; }
        location /null/ { try_files /dev/null @named; }
        location ~ ^/capture/(.+)$ { try_files /$1 /dir/$1 =404; }
        location /suffix/ { try_files /page.html$uri /page$arg_s =410; }
        location /directory/ { try_files /dir/ =404; }
        location /slash/ { try_files /a.txt/ /dir/b.txt/ =404; }
        location /loop/ { try_files $uri /loop/again/; }
        location /alias/ { alias %%DIR%%/html/dir/; try_files $uri =404; }
        location ^~ /nested/ {
            try_files $uri /a.txt;
            location ~ \\.css$ { try_files /a.css =404; }
        }
    }
""", [
    "/", "/a.txt", "/a.css", "/missing", "/missing?x=y", "/dir", "/dir/", "/noindex/", "/noindex",
    "/artist/1", "/a.txt/", "/with%20space.txt", "/code/a", "/code/missing", "/teapot/x",
    "/named/x?y=z", "/args/x?y=z", "/args/a%20b", "/plain/x?y=z", "/null/x", "/capture/a.txt",
    "/capture/b.txt", "/capture/zzz", "/suffix/x", "/suffix/x?s=.html", "/directory/x", "/slash/x",
    "/loop/x", "/alias/b.txt", "/alias/none", "/nested/x", "/nested/x.css",
    Ask("/missing", "POST"), Ask("/missing", "HEAD"), Ask("/named/x", "POST"),
], FILES)

ALIAS = Example("alias", TYPES + """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location /img/ { alias %%DIR%%/html/dir/; }
        location /bare { alias %%DIR%%/html/dir; }
        location = /one { alias %%DIR%%/html/a.css; }
        location ~ ^/re/(.*)\\.x$ { alias %%DIR%%/html/$1.txt; }
        location /host/ { alias %%DIR%%/html/$arg_d/; }
        location /own/ { root %%DIR%%/html/dir; }
        location /info/ { alias %%DIR%%/html/dir/; add_header X-F $request_filename;
                          add_header X-R $document_root; }
    }
""", ["/img/", "/img", "/img/b.txt", "/img/none", "/img/sub%20dir", "/bare", "/bare/",
      "/bare/b.txt", "/one", "/one/", "/re/a.x", "/re/none.x", "/host/b.txt?d=dir",
      "/host/b.txt?d=none", "/own/b.txt", "/own/", "/info/b.txt", "/img/../a.txt",
      "/img/%2e%2e/a.txt"], FILES)

MEDIA_TYPES = Example("media types", """
    types { text/html html; text/x-a txt; }
    default_type text/x-default;
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location /dir/ { types { } default_type text/x-none; }
        location /noindex/ { types { text/x-c txt; } }
        location = /noext { default_type ""; }
        location = /text { return 200 "x"; }
        location = /text.html { return 200 "x"; }
        location = /text.txt { default_type text/x-own; return 200 "x"; }
    }
""", ["/a.txt", "/a.css", "/noext", "/index.html", "/dir/b.txt", "/dir/index.html",
      "/noindex/c.txt", "/text", "/text.html", "/text.txt", "/a.b.c.html"], FILES)

for example in (STATIC, CONDITIONS, RANGES, INDEX):
    example.files = FILES

EXAMPLES = [STATIC, CONDITIONS, RANGES, INDEX, TRY_FILES, ALIAS, MEDIA_TYPES]
