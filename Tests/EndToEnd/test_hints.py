# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What a page needs, said before the page: the Link field of pages from files, and the 103 answers
# of ours and of peers. And what nobody is to keep.

import threading

import pytest

from harness import Wire, tree, until
from harness.backend import answer
from harness.browser import CHROMIUM, Browser

pytestmark = pytest.mark.ours

PAGE = """<!doctype html><html><head><title>x</title>
<script type="module" crossorigin src="/assets/index-BxY3k2Pq.js"></script>
<link rel="stylesheet" href="/assets/index-C8r4s6tU.css"></head></html>"""
LINK = ("</assets/index-BxY3k2Pq.js>; rel=modulepreload; crossorigin, "
        "</assets/index-C8r4s6tU.css>; rel=preload; as=style")
NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n"

HINT_HAS_COME = threading.Event()


def reply(read, connection):
    name = read.target.split("?")[0].rsplit("/", 1)[1]
    if name == "only":
        connection.send(HINT)
        connection.close()
        return None
    if name == "slow":
        connection.send(HINT)
        return answer("page") if HINT_HAS_COME.wait(10) else None
    if name == "two":
        return HINT + HINT + answer("page")
    if name == "bare":
        return b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer("page")
    if name == "others":
        return (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nX-A: b\r\n\r\n"
                b"HTTP/1.1 103 Early\r\nLink: </a>\r\nConnection: X-Gone\r\nX-Gone: 1\r\n"
                b"Server: peer\r\nX-Accel-Expires: 1\r\n\r\n") + answer("page")
    return HINT + answer("page")


@pytest.fixture(scope="module")
def server(shared_lab):
    backend = shared_lab.backend(reply)
    made = shared_lab.server("""
        types { text/html html; text/plain txt; application/javascript js; text/css css; }
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/html;
            error_page 404 /404.html;
            early_hints auto;
            gzip on;
            gzip_min_length 1;
            location /off/ { early_hints 0; alias %%DIR%%/html/; }
            location /told/ { early_hints auto $http_sec_fetch_mode; alias %%DIR%%/html/; }
            location /peer/ { early_hints $arg_h; proxy_pass http://%%BACKEND%%; }
            location /auto/ { proxy_pass http://%%BACKEND%%; }
        }
        server {
            listen 127.0.0.1:%%PORT1%%;
            root %%DIR%%/html;
            asset_caching auto;
            location /page/ { error_page 404 /404.html; }
            location /hashed/ { error_page 404 /assets/index-BxY3k2Pq.js; }
            location /found/ { error_page 404 =200 /404.html; }
            location /own/ { expires 1h; }
            location /always/ { add_header Cache-Control max-age=5 always; }
            location /peer/ { proxy_pass http://%%BACKEND%%; }
        }
    """, start=False, backend=backend.address)
    tree(made.directory / "html", {
        "index.html": PAGE, "404.html": PAGE, "a.txt": PAGE, "plain.html": "nothing",
        "assets/index-BxY3k2Pq.js": "js", "late.html": PAGE, "large.html": PAGE + "x" * 300_000})
    return made.start()


@pytest.mark.parametrize("target", ["/", "/index.html", "/told/index.html", "/large.html"])
def test_a_page_names_what_it_needs(server, target):
    def hinted():
        return server.get(target).get("Link") == LINK
    until(hinted)
    for fields in ({}, {"Accept-Encoding": "gzip"}):
        answered = server.get(target, fields=fields)
        assert answered.status == 200 and answered["Link"] == LINK and not answered.interim
        assert server.get(target, "HEAD", fields=fields)["Link"] == LINK


@pytest.mark.parametrize("target", ["/off/index.html", "/a.txt", "/plain.html", "/missing"])
def test_everything_else_does_not(server, target):
    answered = server.get(target, fields=NAVIGATION)
    assert "Link" not in answered and not answered.interim


def test_parts_and_confirmations_do_not(server):
    tag = server.get("/index.html")["ETag"]
    confirmed = server.get("/index.html", fields={"If-None-Match": tag})
    assert confirmed.status == 304 and "Link" not in confirmed
    part = server.get("/index.html", fields={"Range": "bytes=0-3"})
    assert part.status == 206 and "Link" not in part


def test_a_navigation_is_told_before_where_the_configuration_says_so(server):
    with server.connect() as wire:
        for _ in range(2):
            answered = wire.get("/told/index.html", fields=NAVIGATION)
            assert [(i.status, i.reason, i.fields) for i in answered.interim] == [
                (103, "Early Hints", [("Link", LINK)])]
            assert answered.status == 200 and answered["Link"] == LINK and answered.text == PAGE
        assert not wire.get("/index.html", fields=NAVIGATION).interim
        assert not wire.get("/told/index.html", "HEAD", fields=NAVIGATION).interim
        assert not wire.get("/told/index.html", fields={"Sec-Fetch-Mode": "cors"}).interim


def test_http_10_is_not_told(server):
    assert not server.get("/told/index.html", fields=NAVIGATION, version="1.0").interim


def test_a_page_that_changes_names_other_things(server):
    until(lambda: server.get("/late.html").get("Link") == LINK)
    tree(server.directory / "html", {"late.html": "<script src=/new.js></script>"})
    until(lambda: server.get("/late.html").get("Link") == "</new.js>; rel=preload; as=script")


def test_the_hints_of_peers_are_passed_on(server):
    with server.connect() as wire:
        answered = wire.get("/peer/x?h=1")
        assert [(i.status, i.fields) for i in answered.interim] == [
            (103, [("Link", "</style.css>; rel=preload; as=style")])]
        assert (answered.status, answered.text) == (200, "page") and "Link" not in answered
        assert len(wire.get("/peer/two?h=1").interim) == 2
        answered = wire.get("/peer/others?h=1")
        assert [(i.status, i.fields) for i in answered.interim] == [(103, [("Link", "</a>")])]
        assert not wire.get("/peer/bare?h=1").interim
        assert wire.get("/peer/only?h=1").status == 502


def test_the_hints_of_peers_are_not_held_back(server):
    with server.connect() as wire:
        HINT_HAS_COME.clear()
        wire.send(b"GET /peer/slow?h=1 HTTP/1.1\r\nHost: a\r\n\r\n")
        # The peer says nothing more before that.
        assert wire.head().status == 103
        HINT_HAS_COME.set()
        assert wire.response().text == "page"


@pytest.mark.parametrize("target", ["/peer/x", "/peer/x?h=0", "/peer/x?h=", "/auto/x"])
def test_the_hints_of_peers_are_dropped_otherwise(server, target):
    answered = server.get(target, fields=NAVIGATION)
    assert answered.text == "page" and not answered.interim
    assert not server.get("/peer/x?h=1", version="1.0").interim


@pytest.mark.parametrize("target, status, expected", [
    ("/none-BxY3k2Pq.js", 404, "no-store"), ("/page/x", 404, "no-store"),
    ("/hashed/x", 404, "no-store"), ("/assets/", 403, "no-store"), ("/%zz", 400, "no-store"),
    ("/found/x", 200, "no-cache"), ("/own/x", 404, None), ("/always/x", 404, "max-age=5"),
    ("/peer/only", 502, "no-store"), ("/assets/index-BxY3k2Pq.js", 200,
                                      "public, max-age=31536000, immutable")])
def test_nobody_is_to_keep_an_error(server, target, status, expected):
    with Wire(server.ports["PORT1"]) as wire:
        answered = wire.get(target)
        assert answered.status == status
        assert answered.all("Cache-Control") == ([expected] if expected else [])



# In a browser

ASSETS = {
    "assets/main.js": "import { value } from './part.js'; window.fromModule = value;",
    "assets/part.js": "export const value = 'module';",
    "assets/old.js": "window.fromScript = 'script';",
    "assets/style.css": "body { color: rgb(1, 2, 3) }",
    "assets/shared.css": "body { margin: 7px }",
    "page.html": """<!doctype html><html><head><title>x</title>
        <script type="module" crossorigin src="/assets/main.js"></script>
        <link rel="modulepreload" crossorigin href="/assets/part.js">
        <link rel="stylesheet" crossorigin href="/assets/style.css">
        <link rel="stylesheet" href="/assets/shared.css"><script src="/assets/old.js"></script>
        <link rel="icon" href="data:,"></head><body>text</body></html>""",
}


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
@pytest.mark.parametrize("conditions", ["", "$http_sec_fetch_mode"])
def test_a_browser_fetches_everything_once(lab, tmp_path, conditions):
    made = lab.server("""
        types { text/html html; application/javascript js; text/css css; }
        log_format target "$uri $http_sec_fetch_mode";
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/html;
            access_log %%DIR%%/targets.log target;
            early_hints auto %%CONDITIONS%%;
        }
    """, start=False, conditions=conditions)
    tree(made.directory / "html", ASSETS)
    made.start()
    browser = Browser(tmp_path / "profile")
    try:
        page = browser.page().open("http://127.0.0.1:%d/page.html" % made.port)
        page.until("window.fromModule === 'module' && window.fromScript === 'script'")
        page.until("getComputedStyle(document.body).color === 'rgb(1, 2, 3)'")
        page.until("getComputedStyle(document.body).margin === '7px'")
        assert page.errors == []
    finally:
        browser.close()
    made.stop()
    lines = (made.directory / "targets.log").read_text().splitlines()
    assert sorted(line.split()[0] for line in lines) == sorted("/" + name for name in ASSETS)
