# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Content on its way: it goes on as soon as it comes, nobody reads what nobody can send, and a
# connection's memory is bounded in both directions.

import threading
import time

import pytest

from harness import UNDER_TEST, Site, Wire, answer, request, until

CONFIGURATION = """
    server {
        listen 127.0.0.1:%%PORT%%;
        client_max_body_size 0;
        location /proxy/ {
            proxy_pass http://%%BACKEND%%;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            %%NGINX%%
        }
    }
"""
UNBUFFERED = "proxy_buffering off;"
if UNDER_TEST == "nginx":
    # What it needs to be told, and we do by ourselves.
    UNBUFFERED += " proxy_request_buffering off;"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


@pytest.fixture
def site(lab):
    return Site(lab, CONFIGURATION, nginx=UNBUFFERED)


@pytest.mark.parametrize("framing", ["chunked", "close"])
def test_an_event_arrives_when_it_is_sent(site, framing):
    turn = threading.Event()

    def script(read, connection):
        connection.send(STREAM + (
            b"Transfer-Encoding: chunked\r\n\r\n" if framing == "chunked" else b"\r\n"))
        for number in range(5):
            text = b"data: %d\n\n" % number
            connection.send(b"%x\r\n%s\r\n" % (len(text), text) if framing == "chunked" else text)
            if not turn.wait(5):
                break
            turn.clear()
        connection.send(b"0\r\n\r\n" if framing == "chunked" else b"")
        connection.close()
    site.backend.script = script
    with site.server.connect() as wire:
        wire.send(request("/proxy/events"))
        assert wire.head()["Content-Type"] == "text/event-stream"
        for number in range(5):
            # The next one is sent only when this one has arrived.
            assert b"data: %d\n\n" % number in wire.until(b"\n\n", 3)
            turn.set()


def test_content_reaches_the_peer_while_it_is_sent(site):
    site.backend.reads_content = False
    seen = []

    def script(read, connection):
        while len(seen) < 3:
            connection.take_through(b"piece")
            seen.append(time.monotonic())
        return answer("got it")
    site.backend.script = script
    with site.server.connect() as wire:
        wire.send(request("/proxy/x", "POST", fields={"Transfer-Encoding": "chunked"}))
        for count in (1, 2, 3):
            wire.send(b"5\r\npiece\r\n")
            until(lambda: len(seen) == count, 3, "it is kept until the end")
        wire.send(b"0\r\n\r\n")
        assert wire.response().text == "got it"


def test_a_peer_faster_than_its_client_waits(site):
    sent = []

    def script(read, connection):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n")
        piece = b"x" * 1_000_000
        for number in range(200):
            if not connection.send(piece):
                break
            sent.append(number)
    site.backend.script = script
    before = site.server.memory()
    with Wire(site.server.port, receive_buffer=4096) as wire:
        wire.send(request("/proxy/x"))
        wire.head()
        time.sleep(1)
        assert len(sent) < 60, "everything was read, and nobody takes it"
        assert site.server.memory() - before < 8000
    site.backend.script = site.script
    site.sentinel()


def test_a_client_faster_than_its_peer_waits(site):
    site.backend.reads_content = False
    site.backend.script = lambda read, connection: (
        answer("peer " + read.target) if "sentinel" in read.target else time.sleep(2))
    before = site.server.memory()
    with site.server.connect() as wire:
        wire.send(request("/proxy/x", "POST", fields={"Content-Length": "200000000"}))
        site.backend.wait_for(1)
        wire.socket.settimeout(0.7)
        sent = 0
        try:
            while sent < 100_000_000:
                sent += wire.socket.send(b"x" * 1_000_000)
        except OSError:
            pass
        assert sent < 60_000_000, "everything was taken, and the peer reads nothing"
        assert site.server.memory() - before < 8000


def test_a_slow_answer_does_not_hold_up_another(site):
    site.backend.script = lambda read, connection: (
        time.sleep(1) if "slow" in read.target else None) or answer("peer " + read.target)
    with site.server.connect() as slow:
        slow.send(request("/proxy/slow"))
        site.backend.wait_for(1)
        began = time.monotonic()
        for number in range(20):
            assert site.server.get("/proxy/%d" % number).status == 200
        assert time.monotonic() - began < 0.9
        assert slow.response().text == "peer /proxy/slow"


def test_an_answer_before_the_end_of_the_content_arrives(site):
    site.backend.reads_content = False
    site.backend.script = lambda read, connection: answer("too soon", "403 Forbidden")
    with site.server.connect() as wire:
        wire.send(request("/proxy/x", "POST", fields={"Content-Length": "1000000"}))
        wire.send(b"x" * 1000)
        answered = wire.response()
        assert (answered.status, answered.text) == (403, "too soon")


def test_a_peer_may_answer_while_it_reads(site):
    site.backend.reads_content = False

    def script(read, connection):
        if "sentinel" in read.target:
            return answer("peer " + read.target)
        connection.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content))
        left = len(content)
        while left:
            piece = bytes(connection.buffered) or connection.receive()
            connection.buffered.clear()
            if not piece:
                break
            left -= len(piece)
            connection.send(piece)
        return None
    site.backend.script = script
    content = bytes(range(256)) * 20_000
    with site.server.connect(20) as wire:
        wire.send(request("/proxy/x", "POST", fields={"Content-Length": str(len(content))}))
        sender = threading.Thread(target=wire.send, args=(content,))
        sender.start()
        answered = wire.response()
        sender.join()
        assert (answered.status, answered.content) == (200, content)
        # Both sides are in step: the connection goes on.
        assert wire.get("/proxy/sentinel").text == "peer /proxy/sentinel"


def test_content_that_is_too_large_ends_its_request_at_the_peer(lab):
    site = Site(lab, CONFIGURATION.replace("client_max_body_size 0", "client_max_body_size 100k"),
                nginx=UNBUFFERED)
    ended = []
    site.backend.reads_content = False
    site.backend.script = lambda read, connection: (
        answer("peer " + read.target) if "sentinel" in read.target
        else ended.append(connection.wait_for_end(5)))
    with site.server.connect() as wire:
        wire.send(request("/proxy/x", "POST", fields={"Transfer-Encoding": "chunked"}))
        wire.send(b"ffff\r\n" + b"x" * 0xffff + b"\r\n")
        site.backend.wait_for(1)
        wire.send(b"ffff\r\n" + b"x" * 0xffff + b"\r\n")
        assert wire.response().status == 413
    until(lambda: ended == [True], 5, "the peer still waits for the rest")
    site.sentinel()


def test_a_client_that_leaves_within_its_content_ends_its_request_at_the_peer(site):
    ended = []
    site.backend.reads_content = False
    site.backend.script = lambda read, connection: (
        answer("peer " + read.target) if "sentinel" in read.target
        else ended.append(connection.wait_for_end(5)))
    with site.server.connect() as wire:
        wire.send(request("/proxy/x", "POST", fields={"Content-Length": "100000"}) + b"x" * 50_000)
        site.backend.wait_for(1)
    until(lambda: ended == [True], 5, "the peer still waits for the rest")
    site.sentinel()


@pytest.mark.parametrize("size", [0, 1, 100, 4095, 4096, 4097, 16384, 65536, 1_000_000])
@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_every_size_comes_through(site, size, framing):
    content = bytes(i * 7 % 251 for i in range(min(size, 5000)))
    content = (content * (size // max(len(content), 1) + 1))[:size]

    def script(read, connection):
        assert read.content == content
        connection.send(answer(read.content, framing=framing))
        if framing == "close":
            connection.close()
    site.backend.script = script
    answered = site.server.get("/proxy/x", "POST", content=content)
    assert answered.status == 200 and answered.content == content
