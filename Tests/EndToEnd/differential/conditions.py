# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Preconditions and ranges together: what each kind of answer makes of each of them.

from harness.backend import answer
from harness.compare import Ask, Example

EQUAL = "Tue, 14 Nov 2023 22:13:20 GMT"
OLDER = "Tue, 14 Nov 2023 22:13:19 GMT"
NEWER = "Tue, 14 Nov 2023 22:13:21 GMT"

FILES = {
    "a.txt": "0123456789", "empty.txt": "", "large.bin": bytes(range(256)) * 8192,
    "index.html": "home", "dir/x.txt": "x", "lost.html": "<p>lost</p>",
}

SERVER = """
    types { text/html html; text/css css; text/plain txt; }
    default_type application/octet-stream;
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location /off/ { alias %%DIR%%/html/; if_modified_since off; }
        location /before/ { alias %%DIR%%/html/; if_modified_since before; }
        location /untagged/ { alias %%DIR%%/html/; etag off; }
        location /two/ { alias %%DIR%%/html/; max_ranges 2; }
        location /one/ { alias %%DIR%%/html/; max_ranges 1; }
        location /none/ { alias %%DIR%%/html/; max_ranges 0; }
        location /untyped/ { alias %%DIR%%/html/; types { } default_type ""; }
        location /added/ {
            alias %%DIR%%/html/;
            add_header X-A b;
            add_header X-B c always;
            add_header Cache-Control no-cache;
        }
        location /dated/ {
            alias %%DIR%%/html/;
            add_header Last-Modified "Mon, 28 Sep 1970 06:00:00 GMT";
        }
        location /undated/ { alias %%DIR%%/html/; add_header Last-Modified ""; }
        location /tagged/ { alias %%DIR%%/html/; add_header ETag '"own"'; }
        location /expires/ { alias %%DIR%%/html/; expires 1h; }
        location /charset/ { alias %%DIR%%/html/; charset utf-8; }
        location /variable/ { alias %%DIR%%/html/; charset $arg_c; }
        location /page/ { alias %%DIR%%/html/; error_page 404 =200 /lost.html; }
        location /pages/ {
            alias %%DIR%%/html/;
            error_page 412 /lost.html;
            error_page 416 =200 /lost.html;
        }
        location /try/ { try_files /none /a.txt; }
        location = /text { return 200 "hello"; }
        location = /made { return 201 "hello"; }
        location = /nothing { return 204; }
        location = /moved { return 301 /a.txt; }
        location = /error { return 404 "hello"; }
    }
"""


def ask(target, method="GET", differs=None, status=None, version="1.1", **fields):
    return Ask(target, method, differs=differs, status=status, version=version, fields={
        name.replace("_", "-"): value for name, value in fields.items()})


# Each alone is answered as nginx does; what belongs together and differs is named below.
CONDITIONS = [
    {}, {"If_None_Match": "%%ETAG:{}%%"}, {"If_None_Match": '"x"'}, {"If_None_Match": "*"},
    {"If_Match": "%%ETAG:{}%%"}, {"If_Match": '"x"'}, {"If_Match": "*"},
    {"If_Modified_Since": EQUAL}, {"If_Modified_Since": OLDER}, {"If_Modified_Since": NEWER},
    {"If_Unmodified_Since": EQUAL}, {"If_Unmodified_Since": OLDER},
    {"If_Unmodified_Since": NEWER},
    {"If_Match": "%%ETAG:{}%%", "If_None_Match": "%%ETAG:{}%%"},
    {"If_Match": "*", "If_None_Match": '"x"'},
    {"If_Unmodified_Since": EQUAL, "If_Modified_Since": EQUAL},
    {"If_Unmodified_Since": OLDER, "If_None_Match": "*"},
    {"If_Range": "%%ETAG:{}%%"}, {"If_Range": '"x"'}, {"If_Range": EQUAL}, {"If_Range": OLDER},
    {"If_Range": NEWER}, {"If_Range": "x"}, {"If_Range": "%%ETAG:{}%%", "If_None_Match": '"x"'},
]

RANGES = [
    "bytes=0-4", "bytes=-3", "bytes=0-0,2-2", "bytes=8-,0-1,3-5", "bytes=0-,0-0", "bytes=99999999-",
    "bytes=5-2", "bytes=x", "bytes=0-0,99999999-", "bytes=-0", "bytes=0-0,-0", "bytes=1-,x",
]

PATHS = ["/a.txt", "/large.bin", "/untyped/a.txt"]


def filled(fields, target):
    return {name: value.replace("{}", target) for name, value in fields.items()}


def combined():
    """Conditions with ranges, for files in memory, behind a descriptor, and without a type."""
    for target in PATHS:
        for number, condition in enumerate(CONDITIONS):
            fields = filled(condition, target)
            yield ask(target, **fields)
            # Each range with some conditions, and each condition with some ranges.
            for value in RANGES[number % 3::3]:
                yield ask(target, **fields, Range=value)
        for value in RANGES:
            yield ask(target, Range=value)
            yield ask(target, "HEAD", Range=value)
            yield ask(target, version="1.0", Range=value)


COMBINED = Example("conditions and ranges", SERVER, list(combined()), FILES)

LIMITED = Example("limits of ranges", SERVER, [
    ask(target + "a.txt", Range=value)
    for target in ("/two/", "/one/", "/none/", "/untagged/", "/off/")
    for value in ("bytes=0-0", "bytes=0-0,2-2", "bytes=0-0,2-2,4-4", "bytes=0-0,2-2,99-",
                  "bytes=99-", "bytes=99-,98-,0-0", "bytes=x", "bytes=0-9,0-0")
] + [
    ask("/empty.txt", Range=value)
    for value in ("bytes=0-", "bytes=1-", "bytes=-1", "bytes=-0", "bytes=0-0", "bytes=1-,0-",
                  "bytes=x", "bytes=")
] + [
    ask("/large.bin", Range="bytes=" + ",".join(
        "%d-%d" % (number * 100, number * 100 + 9) for number in range(16))),
    ask("/large.bin", Range="bytes=" + ",".join(
        "%d-%d" % (number * 1000, number * 1000 + 900) for number in range(200))),
    ask("/large.bin", Range="bytes=" + ",".join("%d-" % number for number in range(1300))),
    ask("/a.txt", Range="bytes=" + ",".join(["0-0"] * 10)),
    ask("/a.txt", Range="bytes=" + ",".join(["0-0"] * 11)),
], FILES)

KINDS = Example("what conditions are about", SERVER, [
    ask(target, method, **filled(condition, "/a.txt"))
    for target in ("/text", "/made", "/nothing", "/moved", "/error", "/missing", "/dir", "/",
                   "/try/a", "/page/missing", "/pages/a.txt", "/dir/")
    for method in ("GET", "HEAD")
    for condition in (
        {"If_None_Match": "*"}, {"If_Match": '"x"'}, {"If_Match": "*"}, {"If_None_Match": '"x"'},
        {"Range": "bytes=0-1"}, {"Range": "bytes=0-0,2-2"}, {"Range": "bytes=9999-"},
        {"If_Modified_Since": EQUAL}, {"If_Match": "*", "Range": "bytes=1-2"})
    if not (target == "/pages/a.txt" and condition.get("Range") == "bytes=9999-")
] + [
    ask("/text", differs="Conditions", status=200, If_Unmodified_Since=EQUAL),
    ask("/text", "POST", differs="Conditions", status=412, If_None_Match="*"),
    ask("/pages/a.txt", differs="Ranges that cannot be satisfied", status=200,
        Range="bytes=9999-"),
    ask("/pages/a.txt", If_Match='"x"', Range="bytes=9999-"),
    ask("/a.txt", "POST", Range="bytes=0-1"), ask("/a.txt", "PUT", If_Match='"x"'),
    ask("/a.txt", "DELETE", If_None_Match="*"),
], FILES)

SETTINGS = Example("settings of conditions", SERVER, [
    ask(place + "a.txt", method, **filled(condition, place + "a.txt"))
    for place in ("/off/", "/before/", "/untagged/", "/added/", "/dated/", "/undated/",
                  "/charset/", "/expires/")
    for method in ("GET", "HEAD")
    for condition in (
        {"If_Modified_Since": EQUAL}, {"If_Modified_Since": NEWER}, {"If_Modified_Since": OLDER},
        {"If_Modified_Since": "Tuesday, 14-Nov-23 22:13:20 GMT"},
        {"If_Modified_Since": "Tue Nov 14 22:13:20 2023"},
        {"If_Unmodified_Since": OLDER}, {"If_None_Match": "*"}, {"If_None_Match": '"x"'},
        {"If_Match": "*"}, {"If_Match": '"x"'}, {"Range": "bytes=2-3"},
        {"Range": "bytes=0-0,2-2"}, {"Range": "bytes=0-0", "If_Range": EQUAL},
        {"Range": "bytes=0-0", "If_Range": "Mon, 28 Sep 1970 06:00:00 GMT"})
    # The header field Expires tells the time of the answer.
    if place != "/expires/"
] + [
    ask("/tagged/a.txt", **condition) for condition in (
        {"If_None_Match": '"own"'}, {"If_None_Match": "*"}, {"If_Match": "*"},
        {"Range": "bytes=0-0", "If_Range": '"own"'}, {"Range": "bytes=0-0", "If_Range": '"x"'},
        {"Range": "bytes=0-0,1-1", "If_Range": '"own"'})
] + [
    ask("/variable/a.txt?c=utf-8", **condition) for condition in (
        {"If_None_Match": "*"}, {"Range": "bytes=0-0"}, {"Range": "bytes=0-0,2-2"},
        {"Range": "bytes=99-"}, {"Range": "bytes=1-1", "If_Range": EQUAL},
        {"Range": "bytes=1-1", "If_Range": OLDER})
], FILES)

PEER_CONTENT = bytes(range(256)) * 400


def peer(read, connection):
    """A file of a peer that knows no ranges."""
    fields = [("Content-Type", "text/x"), ("ETag", '"p"'), ("Last-Modified", EQUAL)]
    if "ranges" in read.target:
        fields.append(("Accept-Ranges", "none"))
    status = "404 Not Found" if "missing" in read.target else "200 OK"
    framing = "chunked" if "chunked" in read.target and read.version == "HTTP/1.1" else "length"
    content = b"short" if "short" in read.target else PEER_CONTENT
    made = answer(content, status, fields, framing)
    return made.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if read.method == "HEAD" else made


PEERS = Example("conditions of peers' answers", """
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { proxy_pass http://%%BACKEND%%; }
        location /forced/ { proxy_pass http://%%BACKEND%%; proxy_force_ranges on; }
        location /limited/ {
            proxy_pass http://%%BACKEND%%;
            proxy_force_ranges on;
            max_ranges 0;
        }
    }
""", [
    ask(target, method, **condition)
    for target in ("/x", "/forced/x", "/forced/ranges", "/forced/missing", "/forced/short",
                   "/limited/x", "/limited/ranges", "/ranges")
    for method in ("GET", "HEAD")
    for condition in (
        {}, {"If_None_Match": "*"}, {"If_Match": '"x"'}, {"If_Modified_Since": EQUAL},
        {"If_Unmodified_Since": OLDER}, {"Range": "bytes=1-2"}, {"Range": "bytes=0-"},
        {"Range": "bytes=-2"}, {"Range": "bytes=99999-"}, {"Range": "bytes=0-0,2-2"},
        {"Range": "bytes=9999999-"}, {"Range": "bytes=x"},
        {"Range": "bytes=1-2", "If_Range": '"p"'}, {"Range": "bytes=1-2", "If_Range": '"q"'},
        {"Range": "bytes=1-2", "If_Range": EQUAL}, {"Range": "bytes=1-2", "If_Range": OLDER})
], script=peer)

EXAMPLES = [COMBINED, LIMITED, KINDS, SETTINGS, PEERS]
