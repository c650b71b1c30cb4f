# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Texts that are replaced in responses.

from harness.backend import answer
from harness.compare import Ask, Example

PAGE = "<html><head><title>t</title></head><body>foo FOO foofoo fo</body></html>"
FILES = {"page.html": PAGE, "style.css": "foo foo", "empty.html": "", "text.txt": "foo",
         "huge.html": "abpatternyzA" * 4000, "index.html": "foo"}


def reply(read, connection):
    fields = {"Content-Type": "text/html", "ETag": '"tag"',
              "Last-Modified": "Sun, 06 Nov 1994 08:49:37 GMT"}
    if "gzip" in read.target:
        fields["Content-Encoding"] = "x-own"
    if "typed" in read.target:
        fields["Content-Type"] = "text/html; charset=utf-8"
    if "plain" in read.target:
        fields["Content-Type"] = "text/plain"
    if "404" in read.target:
        return answer("foo", status="404 Not Found", fields=fields)
    if "chunked" in read.target:
        return answer("foofoof", fields=fields, framing="chunked")
    return answer("" if read.method == "HEAD" else "foo http://peer.test/x foo", fields=fields)


FILTER = Example("sub_filter", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        types { text/html html; text/css css; text/plain txt; }
        sub_filter foo "[$uri]";
        location / { }
        location /many/ { alias %%DIR%%/html/; sub_filter_once off; }
        location /kept/ { alias %%DIR%%/html/; sub_filter_last_modified on; }
        location /types/ { alias %%DIR%%/html/; sub_filter_types text/css text/plain; }
        location /all/ { alias %%DIR%%/html/; sub_filter_types *; }
        location /two/ { alias %%DIR%%/html/; sub_filter "</head>" "<base></head>";
                         sub_filter "<body>" "<body class='$arg_a'>"; sub_filter FOO ""; }
        location /order/ { alias %%DIR%%/html/; sub_filter_once off; sub_filter foofoo 1;
                           sub_filter foo 2; sub_filter fo 3; }
        location /turned/ { alias %%DIR%%/html/; sub_filter_once off; sub_filter fo 3;
                            sub_filter foo 2; sub_filter foofoo 1; }
        location /huge/ { alias %%DIR%%/html/; sub_filter_once off; sub_filter abpatternyz +; }
        location /zip/ { alias %%DIR%%/html/; gzip on; gzip_min_length 1; gzip_vary on;
                         gzip_types text/css; sub_filter foo bar; }
        location /lone/ { alias %%DIR%%/html/; add_header X-A b; expires 1h; }
        location /text { default_type text/html; return 200 "$arg_b"; }
        location /var { default_type text/html; sub_filter "X$arg_a" "$arg_c"; sub_filter $arg_d 4;
                        return 200 "$arg_b"; }
        location /peer/ { proxy_pass http://%%BACKEND%%; sub_filter http://peer.test "";
                          sub_filter foo bar; }
        location /peer/kept/ { proxy_pass http://%%BACKEND%%; sub_filter_last_modified on; }
        location /missing/ { error_page 404 = /page.html; }
        location /charset/ { alias %%DIR%%/html/; charset utf-8; }
    }
""", [place + name for place in ("/", "/many/", "/kept/", "/types/", "/all/", "/two/", "/lone/")
      for name in ("page.html", "style.css", "empty.html", "text.txt")] + [
    "/two/page.html?a=b", "/order/page.html", "/turned/page.html", "/huge/huge.html", "/",
    "/text?b=foofoo", "/text?b=fo", "/text", "/var?a=1&b=aX1b&c=%20", "/var?b=x&d=x",
    "/var?a=ABC&b=xabc+Xabc&c=d&d=", "/nothing", "/missing/x", "/charset/page.html",
    "/peer/x", "/peer/typed", "/peer/plain", "/peer/404", "/peer/chunked", "/peer/kept/x",
    Ask("/peer/x", "HEAD"), Ask("/peer/chunked", version="1.0"), Ask("/page.html", version="1.0"),
    Ask("/peer/gzip", differs="Texts that are replaced", status=200),
    Ask("/order/../order/page.html", "HEAD"), Ask("/page.html", "HEAD"),
    Ask("/page.html", fields={"Range": "bytes=0-3"}),
    Ask("/style.css", fields={"Range": "bytes=0-2"}),
    Ask("/kept/page.html", fields={"If-None-Match": "%%ETAG:/kept/page.html%%"}),
    Ask("/page.html", fields={"If-Modified-Since": "Sun, 06 Nov 2094 08:49:37 GMT"}),
    Ask("/all/page.html", fields={"If-None-Match": "*"}),
    Ask("/zip/page.html", fields={"Accept-Encoding": "gzip"}),
    Ask("/zip/empty.html", fields={"Accept-Encoding": "gzip"}),
], files=FILES, script=reply)

EXAMPLES = [FILTER]
