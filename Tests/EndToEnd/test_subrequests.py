# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Requests that the server makes of itself: what becomes of them when somebody is slow, leaves, or
# asks for more than there should be.

import re
import time

import pytest

from harness import Site, Wire, answer, request
from harness.server import until

CONFIGURATION = """
    log_format test "$uri:$status:$request_method:$request_body";
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        client_body_buffer_size 16k;
        location / { }
        location /proxy/ { proxy_pass http://%%BACKEND%%; }
        location /guarded/ { auth_request /auth; alias %%DIR%%/html/; index allowed; }
        location = /auth { internal; proxy_pass http://%%BACKEND%%/auth; proxy_read_timeout 1s;
                           proxy_pass_request_body off; }
        location /deep/ { auth_request /auth; proxy_pass http://%%BACKEND%%; }
        location /mirrored/ { mirror /copy; try_files /answered =404; }
        location /both/ { mirror /copy; proxy_pass http://%%BACKEND%%; }
        location /twice/ { mirror /copy/1; mirror /copy/2; try_files /twice =404; }
        location /bare/ { mirror /copy; mirror_request_body off; proxy_pass http://%%BACKEND%%; }
        location /off/ { mirror off; return 200 "off"; }
        location /copy { internal; proxy_pass http://%%BACKEND%%; proxy_read_timeout 1s;
                         log_subrequest on; access_log %%DIR%%/copies.log test; }
    }
"""


@pytest.fixture(scope="module")
def module_site(shared_lab):
    site = Site(shared_lab, CONFIGURATION)
    for name in ("allowed", "answered", "twice"):
        (site.server.directory / "html" / name).write_text(name)
    return site


def ask(site, target, method="GET", content=None):
    with Wire(site.server.port, 10) as wire:
        wire.send(request(target, method, content=content))
        return wire.response(method)


def test_the_content_of_a_request_is_not_sent_to_the_one_that_decides(site):
    site.backend.forget(lambda read, connection: answer("", "204 No Content", framing="none"))
    assert ask(site, "/deep/", "POST", b"x" * 100).status == 204
    seen, passed = site.backend.requests
    assert (passed.method, passed.content) == ("POST", b"x" * 100)
    assert (seen.method, seen.target, seen.content) == ("GET", "/auth", b"")
    assert "Content-Length" not in seen


def test_content_goes_on_to_the_peer_after_a_permission(site):
    site.backend.forget(lambda read, connection: answer(read.content))
    assert ask(site, "/deep/", "POST", b"x" * 200_000).content == b"x" * 200_000


def test_who_decides_too_slowly_refuses(site):
    site.backend.forget(lambda read, connection: time.sleep(3))
    assert ask(site, "/guarded/").status == 500


def test_a_client_that_leaves_takes_the_question_with_it(site):
    ends = []

    def script(read, connection):
        ends.append(connection.wait_for_end(5))

    site.backend.forget(script)
    with Wire(site.server.port, 10) as wire:
        wire.send(request("/guarded/"))
        site.backend.wait_for(1)
    for _ in range(50):
        if ends:
            break
        time.sleep(0.05)
    assert ends


def test_an_answer_without_end_does_not_hold_the_permission(site):
    def script(read, connection):
        connection.send(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_000)
        for _ in range(100):
            connection.send(b"x" * 10_000)
            time.sleep(0.01)

    site.backend.forget(script)
    begun = time.monotonic()
    assert ask(site, "/guarded/").content == b"allowed"
    assert time.monotonic() - begun < 0.5


@pytest.mark.parametrize("content", [None, b"", b"hello", b"y" * 100_000],
                         ids=["none", "empty", "small", "large"])
@pytest.mark.parametrize("path", ["/mirrored/", "/both/", "/bare/"])
def test_a_copy_has_what_the_request_had(site, path, content):
    site.backend.forget(lambda read, connection: answer(read.target))
    read = ask(site, path + "x?q=1", "POST", content)
    # A file is nothing to post to.
    assert read.status == (405 if path == "/mirrored/" else 200)
    count = 1 if path == "/mirrored/" else 2
    site.backend.wait_for(count)
    copy, = [seen for seen in site.backend.requests if seen.target.startswith("/copy")]
    assert (copy.method, copy.target) == ("POST", "/copy?q=1")
    # It is seen with its head; the content follows.
    until(lambda: copy.complete)
    assert copy.content == (b"" if path == "/bare/" else content or b"")


def test_nobody_waits_for_a_copy(site):
    site.backend.forget(lambda read, connection: time.sleep(3))
    begun = time.monotonic()
    with Wire(site.server.port, 10) as wire:
        for _ in range(3):
            wire.send(request("/mirrored/"))
            assert wire.response().content == b"answered"
    assert time.monotonic() - begun < 0.5


def test_several_copies_are_made(site):
    site.backend.forget(lambda read, connection: answer(read.target))
    assert ask(site, "/twice/").content == b"twice"
    site.backend.wait_for(2)
    assert sorted(seen.target for seen in site.backend.requests) == ["/copy/1", "/copy/2"]
    assert ask(site, "/off/").content == b"off"
    assert len(site.backend.requests) == 2


def test_copies_are_in_the_log_where_that_is_wanted(site):
    site.backend.forget(lambda read, connection: answer(read.target))
    ask(site, "/mirrored/", "POST", b"hello")
    for _ in range(50):
        log = (site.server.directory / "copies.log").read_text()
        if "/copy:200:POST:hello\n" in log:
            break
        time.sleep(0.05)
    assert re.search("^/copy:200:POST:hello$", log, re.M)
