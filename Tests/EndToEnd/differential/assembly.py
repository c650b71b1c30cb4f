# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Pages that are put together: server side includes, and what stands before and behind pages.

from harness.backend import answer
from harness.compare import Ask, Example

IF = ('<!--#if expr="%s" -->yes<!--#elif expr="$arg_e" -->elif<!--#else -->no<!--#endif -->')

PAGES = {
    "plain.html": "nothing in it",
    "echo.html": 'a<!--#echo var="arg_x" -->b<!--#echo var="arg_x" default="d" -->c'
                 '<!--#echo var="arg_x" default="" -->d',
    "encodings.html": '<!--#set var="v" value="<a&b> \'c\' d" -->'
                      '<!--#echo var="v" -->|<!--#echo var="v" encoding="url" -->|'
                      '<!--#echo var="v" encoding="none" -->|<!--#echo var="v" -->|'
                      '<!--#echo var="v" encoding="entity" -->|<!--#echo var="v" encoding="x" -->',
    "set.html": '<!--#set var="a" value="1" --><!--#set var="b" value="$a${a}2\\$x" -->'
                '<!--#echo var="b" --><!--#set var="a" value="$b" --><!--#echo var="A" -->',
    "include.html": 'x<!--#include virtual="/part.html" -->y<!--#include file="part.html" -->z'
                    '<!--#include virtual="sub/inner.html?q=1" -->',
    "part.html": "PART(<!--#echo var=\"arg_x\" -->)",
    "sub/inner.html": 'inner <!--#echo var="arg_q" --> <!--#include virtual="../part.html" -->'
                      '<!--#include virtual="leaf.html" -->',
    "sub/leaf.html": 'leaf <!--#echo var="document_uri" --> <!--#echo var="request_uri" -->',
    "wait.html": '<!--#include virtual="/setter.html" wait="yes" -->[<!--#echo var="s" -->]',
    "setter.html": 'setter<!--#set var="s" value="set by the inner page" -->',
    "into.html": '<!--#include virtual="/part.html?x=1" set="v" -->[<!--#echo var="v" -->]',
    "missing.html": 'a<!--#include virtual="/nothing.html" -->b',
    "peers.html": 'a<!--#include virtual="/peer/one?x=y" -->b<!--#include virtual="/peer/two" -->c',
    "broken.html": '<!--#nothing -->|<!--#echo -->|<!--#echo var="a" var="b" -->|'
                   '<!--#echo foo="a" -->|<!--#include -->|<!--#else -->|<!--#endif -->|'
                   '<!--#include virtual="/a" file="b" -->|<!--#include virtual="/a" wait="x" -->|'
                   '<!--#include virtual="/../x" -->|<!--#include file="a" wait="yes" -->|'
                   '<!--#set var="a" value="${b" -->|<!--#set var="a" value="$" -->|'
                   '<!--#include virtual="/a" stub="none" -->|<!--#if expr="a ! b" -->|',
    "syntax.html": '<!-- comment --><!--#echo var=x -->|<!--#echo var "x" -->|'
                   "<!--# echo var='arg_x' -->|<!--#echo\n var = \"arg_x\"\t-->|"
                   '<!--#echo var="a"x-->'
                   '|<<!--#echo var="arg_x"--><!-<!--<!--#echo var="arg_x" --->|<!--#echo x- -->|'
                   '<!--#echo var="arg_x" - -->|<!--#echo var="arg_x" default="a\\"b" -->',
    "config.html": '<!--#config errmsg="oops" --><!--#nothing --><!--#config timefmt="%Y" -->'
                   '[<!--#echo var="date_gmt" -->]',
    "if.html": "|".join(IF % text for text in (
        "$arg_x", "$arg_x = 1", "$arg_x != 1", "1 = $arg_x", "$arg_x = /^[0-9]+$/",
        "$arg_x != /b/", "A = a", "$arg_x=$arg_y", "${arg_x}1 = 11", "a = \\/a")),
    "captures.html": '<!--#if expr="$arg_x = /(.)(?P<name>.)/" --><!--#echo var="0" -->,'
                     '<!--#echo var="1" -->,<!--#echo var="name" -->,<!--#echo var="3" -->'
                     '<!--#endif -->',
    "nested.html": '<!--#if expr="$arg_x" --><!--#if expr="1" -->a<!--#endif -->b<!--#endif -->c',
    "block.html": '<!--#block name="one" -->in <!--#echo var="arg_x" -->, "quoted"<!--#endblock -->'
                  '[<!--#include virtual="/nothing" stub="one" -->]'
                  '[<!--#include virtual="/empty.html" stub="one" -->]'
                  '[<!--#include virtual="/plain.html" stub="one" -->]',
    "empty.html": "", "open.html": "text <!--#echo var=", "start.html": "text <!-", "a.txt": "text",
    "many.html": "".join(
        '<!--#include virtual="/plain.html?%d" -->%d,' % (n, n) for n in range(40)),
    "vars.html": '<!--#echo var="mine" --> <!--#echo var="mapped" --> <!--#echo var="nothing" -->',
    "large.html": "x" * 200_000 + '<!--#include virtual="/big.html" -->' + "y" * 200_000,
    "big.html": "z" * 300_000,
    "query.html": '<!--#include virtual="/sub/leaf.html%3fx" -->'
                  '<!--#include virtual="/sub/le%61f.html" -->',
}


# What nginx does not say twice in the same way, or says by its name.
OURS = ("peers.html", "missing.html", "start.html", "block.html")
DIFFERS = "Pages that are put together"


def reply(read, connection):
    names = sorted(name for name, _ in read.fields if name != "Connection")
    return answer("<%s %s>" % (read.target, names),
                  fields={"Content-Type": "text/html"})


INCLUDES = Example("ssi", """
    map $arg_x $mapped { default other; 1 one; }
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        set $mine "own value";
        ssi on;
        location / { }
        location /peer/ { ssi off; proxy_pass http://%%BACKEND%%; }
        location /silent/ { alias %%DIR%%/html/; ssi_silent_errors on; }
        location /modified/ { alias %%DIR%%/html/; ssi_last_modified on; }
        location /short/ { alias %%DIR%%/html/; ssi_value_length 10; }
        location /all/ { alias %%DIR%%/html/; ssi_types *; }
        location /off/ { alias %%DIR%%/html/; ssi off; }
        location /proxied/ { proxy_pass http://%%BACKEND%%; }
    }
""", ["/" + name for name in PAGES if name not in OURS] + [
    "/echo.html?x=1", "/echo.html?x=", "/echo.html?x=%3Ca%3E", "/include.html?x=1",
    "/if.html?x=1", "/if.html?x=b", "/if.html?x=&e=1", "/captures.html?x=xyz", "/nested.html?x=1",
"/vars.html?x=1",
    Ask("/start.html", status=200, differs=DIFFERS),
    Ask("/block.html", status=200, differs=DIFFERS),
    "/silent/broken.html", "/modified/plain.html",
    "/short/echo.html?x=1", "/short/set.html", "/all/a.txt", "/off/echo.html", "/proxied/x",
    Ask("/echo.html", "HEAD"), Ask("/modified/echo.html", "HEAD"), Ask("/include.html", "POST"),
    Ask("/echo.html", version="1.0"), Ask("/include.html?x=2", version="1.0"),
    Ask("/include.html", fields={"Range": "bytes=0-1"}),
    Ask("/include.html", fields={"If-Modified-Since": "Tue, 14 Nov 2023 22:13:20 GMT"}),
    Ask("/include.html", fields={"Accept-Encoding": "gzip"}),
    Ask("/peers.html", fields={"X-A": "b", "Cookie": "c"}, at_once=True)],
    files=PAGES, script=reply)

ADDED = Example("addition", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location / { add_before_body /part/before; add_after_body /part/after; }
        location /part/ { return 200 "[$uri $args]"; }
        location /before/ { alias %%DIR%%/html/; add_before_body /part/b; }
        location /after/ { alias %%DIR%%/html/; add_after_body /part/a; }
        location /peers/ { alias %%DIR%%/html/; add_before_body /peer/1; add_after_body /peer/2; }
        location /peer/ { proxy_pass http://%%BACKEND%%; }
        location /text/ { alias %%DIR%%/html/; add_after_body /part/a; addition_types text/plain; }
        location /none/ { alias %%DIR%%/html/; add_after_body /nothing; add_before_body /none/x; }
        location /self.html { add_after_body /self.html; return 200 "self"; }
        location /r202.html { add_after_body /part/a; return 202 "body"; }
        location /over/ { add_before_body /part/o;
                          location /over/in/ { add_before_body ""; alias %%DIR%%/html/; } }
        location /proxied/ { proxy_pass http://%%BACKEND%%; add_after_body /part/a; }
        location /ssi/ { alias %%DIR%%/html/; ssi on; add_before_body /part/b;
                         add_after_body /ssi/part.html; }
    }
""", ["/plain.html", "/plain.html?x", "/a.txt", "/nothing", "/before/plain.html",
      "/after/plain.html", "/after/a.txt", "/text/a.txt", "/text/plain.html", "/peers/plain.html",
      "/none/plain.html", "/self.html", "/r202.html", "/over/in/plain.html", "/proxied/x",
      "/ssi/echo.html", "/empty.html", "/after/big.html", Ask("/plain.html", "HEAD"),
      Ask("/plain.html", version="1.0"), Ask("/after/plain.html", fields={"Range": "bytes=0-1"}),
      Ask("/after/plain.html", fields={"If-Modified-Since": "Tue, 14 Nov 2023 22:13:20 GMT"}),
      Ask("/after/plain.html", fields={"If-None-Match": "%%ETAG:/after/plain.html%%"})],
    files=PAGES, script=reply)

EXAMPLES = [INCLUDES, ADDED]
