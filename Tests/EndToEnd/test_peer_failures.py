# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What clients are told when a peer fails: a page for browsers, which loads the real one as soon as
# there is one, a problem for scripts, and nginx's short page for everybody else.

import base64
import hashlib
import json
import re

import pytest

from harness import answer
from harness.backend import Backend
from harness.browser import CHROMIUM, Browser
from harness.ports import free_port

pytestmark = pytest.mark.ours

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
           "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FETCH = {"Accept": "*/*", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
JSON = {"Accept": "application/json, text/plain, */*"}


def reply(read, connection):
    if read.target.endswith("/ok"):
        return answer("ok", "201 Created", {"Server-Timing": "db;dur=5"})
    return b"this is no HTTP\r\n\r\n"


@pytest.fixture(scope="module")
def server(shared_lab):
    backend = shared_lab.backend(reply)
    made = shared_lab.server("""
        log_format id "$request_id";
        upstream two { server %%BACKEND%%; server localhost:%%PORT1%%; }
        server {
            listen 127.0.0.1:%%PORT%%;
            access_log %%DIR%%/ids.log id;
            proxy_next_upstream error timeout invalid_header;
            location / { proxy_pass http://%%BACKEND%%; }
            location /told/ { proxy_pass http://%%BACKEND%%; proxy_error_details on; }
            location /local/ { proxy_pass http://%%BACKEND%%; proxy_error_details local; }
            location /own/ { proxy_pass http://%%BACKEND%%; error_page 502 /own.html; }
            location = /own.html { return 200 own; }
            location /timed/ { proxy_pass http://%%BACKEND%%; server_timing on; }
            location /quiet/ { proxy_pass http://%%BACKEND%%; server_timing local; }
            location /two/ { proxy_pass http://two/; server_timing on; }
            location /included { ssi on; ssi_types *; root %%DIR%%; }
        }
    """, backend=backend)
    made.backend = backend
    return made


def test_everybody_else_gets_the_short_page(server):
    for fields in ({}, {"Accept": "*/*"}, {"Accept": "image/*"}):
        got = server.get("/x", fields=fields)
        assert got.status == 502
        assert got.content.startswith(b"<html>\r\n<head><title>502 Bad Gateway</title></head>")
        assert got["Content-Type"] == "text/html"


def test_a_browser_gets_a_page_that_gives_nothing_away(server):
    got = server.get("/x", fields=BROWSER)
    text = got.content.decode()
    assert got.status == 502
    assert got["Content-Type"] == "text/html; charset=utf-8"
    assert got["Cache-Control"] == "no-store"
    assert "cannot be reached" in text and "502 Bad Gateway" in text
    assert "127.0.0.1" not in text and str(server.backend.port) not in text
    assert "<table>" not in text and "beranda" not in text.lower()


def test_the_policy_allows_the_page_and_nothing_else(server):
    got = server.get("/x", fields=BROWSER)
    text = got.content.decode()
    policy = dict(part.split(" ", 1) for part in got["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'" and policy["connect-src"] == "'self'"
    for name in ("script", "style"):
        inline = re.findall("<%s>(.*?)</%s>" % (name, name), text, re.S)
        assert len(inline) == 1
        digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
        assert policy[name + "-src"] == "'sha256-%s'" % digest
    assert "http" not in re.sub(r"<script>.*</script>", "", text, flags=re.S)


def test_what_was_sent_is_not_sent_again(server):
    got = server.get("/x", "POST", fields=BROWSER, content=b"a=b")
    assert got.status == 502
    assert b"<script>" not in got.content and b"Go back" in got.content


@pytest.mark.parametrize("fields", [FETCH, JSON, {"Accept": "application/problem+json"}])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_script_gets_a_problem(server, fields, method):
    got = server.get("/x", method, fields=fields, content=b"x" if method == "POST" else None)
    assert got.status == 502
    assert got["Content-Type"] == "application/problem+json"
    problem = json.loads(got.content)
    number = problem.pop("request_id")
    assert re.fullmatch("[0-9a-f]{32}", number)
    assert problem.pop("instance").replace("-", "") == "urn:uuid:" + number
    assert problem == {
        "type": "about:blank", "title": "Bad Gateway", "status": 502,
        "detail": "The application behind this server cannot be reached."}
    server.wait_for_error("upstream failed, answered 502 with request id \"%s\"" % number)


def test_HEAD_gets_the_head_alone(server):
    got = server.get("/x", "HEAD", fields=BROWSER)
    assert got.status == 502 and got.content == b""
    assert int(got["Content-Length"]) > 500


def test_details_are_told_where_they_are_asked_for(server):
    before = json.loads(server.get("/told/x", fields=JSON).content)["peers"]
    assert [peer["address"] for peer in before] == [str(server.backend)]
    assert before[0]["reason"].startswith("sent what is no HTTP")
    assert server.get("/told/ok").status == 201
    peer = json.loads(server.get("/told/x", fields=JSON).content)["peers"][0]
    assert peer["last_answer"]["status"] == 201
    text = server.get("/told/x", fields=BROWSER).content.decode()
    assert str(server.backend) in text and "sent what is no HTTP" in text and "201, " in text


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_whoever_asks_for_others_is_not_local(server, name):
    assert "peers" in json.loads(server.get("/local/x", fields=JSON).content)
    got = server.get("/local/x", fields={**JSON, name: "for=192.0.2.1"})
    assert "peers" not in json.loads(got.content)


def test_an_error_page_of_the_configuration_wins(server):
    got = server.get("/own/x", fields=BROWSER)
    assert got.status == 502 and got.content == b"own"


def test_times_are_told_beside_those_of_the_peer(server):
    got = server.get("/timed/ok")
    assert got.all("Server-Timing")[0] == "db;dur=5"
    place = re.escape(str(server.backend))
    assert re.fullmatch(
        r'(connect;dur=\d+;desc="%s", )header;dur=\d+;desc="%s", total;dur=\d+' % (place, place),
        got.all("Server-Timing")[1])
    assert len(server.get("/ok").all("Server-Timing")) == 1
    assert len(server.get("/quiet/ok").all("Server-Timing")) == 2
    assert len(server.get("/quiet/ok", fields={"Via": "1.1 x"}).all("Server-Timing")) == 1


def test_the_page_of_a_failure_tells_times_too(server):
    timing = server.get("/timed/x", fields=BROWSER)["Server-Timing"]
    assert timing.startswith('try;dur=') and "sent what is no HTTP" in timing


def test_the_page_loads_the_real_one_when_there_is_one(shared_lab, tmp_path):
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    port = free_port()
    server = shared_lab.server("""
        server {
            listen 127.0.0.1:%%PORT%%;
            location / { proxy_pass http://127.0.0.1:%%PEER%%; proxy_error_details local; }
        }
    """, peer=port)
    browser = Browser(tmp_path / "profile")
    try:
        page = browser.page()
        page.open("http://127.0.0.1:%d/app?x=y" % server.port)
        page.until("document.title === '502 Bad Gateway'")
        page.until("document.querySelector('table') !== null")
        assert "nothing listens there" in page.text()
        # The style has been let through, too.
        assert page.evaluate("getComputedStyle(document.body).display") == "grid"
        page.screenshot(tmp_path / "page.png")
        with Backend(answer("<!doctype html><title>real</title>", fields={
                "Content-Type": "text/html"}), port=port) as backend:
            page.until("document.title === 'real'", 30)
            assert page.evaluate("location.pathname + location.search") == "/app?x=y"
            assert {read.method for read in backend.requests} == {"GET"}
        refused = [error for error in page.errors if "502" not in error]
        assert refused == []
    finally:
        browser.close()
