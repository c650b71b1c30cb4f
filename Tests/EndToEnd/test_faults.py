# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Networks and programs that fail between the server and a peer: a relay delays, cuts, resets,
# stalls and adds bytes at every place of a request and of its answer. A client gets the right
# answer, an error, or an end that it can see; never a wrong answer, and never somebody else's.

import hashlib
import threading
import time

import pytest

from harness import Fault, FaultProxy, NodeApi, Wire, WireError, request

pytestmark = pytest.mark.ours

PATTERN = b"0123456789abcdefghijklmnopqrstuvwxyz"

CONFIGURATION = """
    upstream relayed { server %%RELAY%% max_fails=0; keepalive 16; }
    upstream direct { server %%PEER%%; keepalive 16; }
    upstream spare { server %%RELAY%% weight=1000 max_fails=0; server %%PEER%%; }
    server {
        listen 127.0.0.1:%%PORT%%;
        proxy_connect_timeout 1s;
        proxy_read_timeout 1s;
        proxy_send_timeout 1s;
        client_max_body_size 0;
        location / { proxy_pass http://relayed; }
        location /unread/ { proxy_pass http://relayed/; proxy_buffering off; }
        location /spare/ { proxy_pass http://spare/; }
        location /direct/ { proxy_pass http://direct/; }
    }
"""


@pytest.fixture(scope="module")
def api():
    with NodeApi() as made:
        yield made


@pytest.fixture(scope="module")
def relay(api):
    made = FaultProxy(api.address)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def server(shared_lab, api, relay):
    return shared_lab.server(
        CONFIGURATION, main="worker_processes 2;", peer=api.address, relay=relay.address)


@pytest.fixture(autouse=True)
def unharmed(server, relay):
    before = server.memory()
    yield
    relay.set()
    for target in "/direct/api/bytes?n=2000", "/api/bytes?n=2000":
        answered = server.get(target)
        assert (answered.status, answered.content) == (200, pattern(2000))
    assert server.memory() - before < 8_000
    server.assert_unharmed()


def pattern(count):
    return (PATTERN * (count // len(PATTERN) + 1))[:count]


def ask(server, target, method="GET", content=None):
    """The answer; None when it ended so that the client can see it."""
    with Wire(server.port, 15) as wire:
        try:
            return wire.get(target, method, content=content)
        except WireError as error:
            assert "ended" in str(error), error
            return None


@pytest.mark.parametrize("target", ["", "/unread"])
@pytest.mark.parametrize("size", [0, 1, 5000, 300_000])
@pytest.mark.parametrize("fault", [
    Fault(single=True), Fault(delay=0.02), Fault(delay=0.3)], ids=repr)
def test_slow_peers_are_relayed_right(server, relay, target, size, fault):
    if fault.single and size > 5000:
        size = 20_000
    relay.set(to_peer=fault if size < 10_000 else None, to_server=fault)
    answered = ask(server, target + "/api/bytes?n=%d" % size)
    assert answered is not None and answered.content == pattern(size)


@pytest.mark.parametrize("then", ["close", "reset", "half", "stall"])
@pytest.mark.parametrize("after", [0, 1, 8, 12, 17, 60])
def test_an_answer_that_breaks_off_in_its_head_is_an_error(server, relay, after, then):
    relay.set(to_server=Fault(after=after, then=then))
    answered = ask(server, "/api/bytes?n=1000")
    assert answered.status == (504 if then == "stall" else 502)


@pytest.mark.parametrize("target", ["", "/unread"])
@pytest.mark.parametrize("then", ["close", "reset", "half", "stall"])
@pytest.mark.parametrize("after", [400, 1000, 60_000, 190_000])
def test_an_answer_that_breaks_off_in_its_content_ends_the_connection(
        server, relay, target, after, then):
    relay.set(to_server=Fault(after=after, then=then))
    assert ask(server, target + "/api/bytes?n=200000") is None


@pytest.mark.parametrize("then", ["close", "reset"])
@pytest.mark.parametrize("after", [0, 20, 100])
def test_another_peer_answers_what_may_be_asked_twice(server, relay, after, then):
    relay.set(to_peer=Fault(after=after, then=then), to_server=Fault(after=0, then=then))
    content = b"x" * 3000
    for method in "GET", "PUT":
        answered = ask(server, "/spare/api/echo", method, content if method == "PUT" else None)
        assert answered.status == 200 and ('"method":"%s"' % method) in answered.text.replace(
            ": ", ":")
    answered = ask(server, "/spare/api/echo", "POST", content)
    # It went to the broken one first, or to the other at once.
    assert answered.status in (200, 502)


@pytest.mark.parametrize("then", ["close", "reset", "stall"])
@pytest.mark.parametrize("after", [0, 50, 500, 100_000])
def test_a_request_that_breaks_off_is_an_error(server, relay, after, then):
    relay.set(to_peer=Fault(after=after, then=then))
    answered = ask(server, "/api/echo", "POST", b"y" * 2_000_000)
    assert answered is not None and answered.status in (502, 504)


@pytest.mark.parametrize("junk", [b"\0", b"HTTP/1.1 200 OK\r\n\r\n", b"\r\n" * 40, b"x" * 100_000])
def test_junk_before_an_answer_is_never_passed_on(server, relay, junk):
    relay.set(to_server=Fault(after=0, junk=junk))
    answered = ask(server, "/api/bytes?n=100")
    if junk.startswith(b"HTTP"):
        # A whole answer that ends with its connection: the rest is its content, or it is unended.
        assert answered is None or answered.status in (200, 502, 504)
        return
    assert answered.status == 502


def test_junk_behind_an_answer_reaches_nobody(server, relay):
    with Wire(server.port) as wire:
        for number in range(20):
            answer = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
            head = len(first_answer(relay, server))
            relay.set(to_server=Fault(after=head, junk=answer), limit=1)
            for size in 100, 101 + number:
                answered = wire.get("/api/bytes?n=%d" % size)
                assert (answered.status, answered.content) == (200, pattern(size))
                # What comes in the very moment of the next request looks like its answer.
                time.sleep(0.02)


def first_answer(relay, server):
    """How the peer answers for a hundred bytes, as the relay sees it."""
    relay.set()
    with Wire(int(relay.address.rpartition(":")[2])) as wire:
        wire.send(request("/api/bytes?n=100"))
        head = wire.until(b"\r\n\r\n")
        return head + wire.exactly(100)


def test_a_peer_that_takes_no_connections_is_an_error_in_time(server, relay, api):
    relay.set(to_peer=Fault(after=0, then="stall"), to_server=Fault(after=0, then="stall"))
    began = time.monotonic()
    assert ask(server, "/api/bytes?n=10").status == 504
    assert time.monotonic() - began < 10


def test_others_are_not_harmed_while_faults_rage(server, relay):
    stopping = threading.Event()
    wrong = []

    def others():
        with Wire(server.port, 15) as wire:
            while not stopping.is_set():
                answered = wire.get("/direct/api/bytes?n=3000")
                if (answered.status, answered.content) != (200, pattern(3000)):
                    wrong.append(answered)
    threads = [threading.Thread(target=others, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for then in "reset", "close", "half":
        for after in range(0, 400, 57):
            relay.set(to_server=Fault(after=after, then=then))
            answered = ask(server, "/api/bytes?n=2000")
            assert answered is None or answered.status in (200, 502)
            if answered is not None and answered.status == 200:
                assert answered.content == pattern(2000)
    stopping.set()
    for thread in threads:
        thread.join(15)
    assert not wrong


def test_an_upload_comes_through_a_slow_peer_whole(server, relay):
    content = bytes(range(256)) * 8000
    relay.set(to_peer=Fault(delay=0.005))
    answered = ask(server, "/api/echo", "POST", content)
    assert answered.status == 200
    assert hashlib.sha256(content).hexdigest() in answered.text
