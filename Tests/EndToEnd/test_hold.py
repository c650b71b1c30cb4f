# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Requests that wait while nobody of their group accepts connections, as while a program restarts.

import os
import re
import threading
import time

import pytest

from harness import Wire, answer, free_port, free_ports, request, until

pytestmark = pytest.mark.ours

CONFIGURATION = """
    upstream api { server 127.0.0.1:%%PEER%%; }
    upstream pair { server 127.0.0.1:%%PEER%% ; server 127.0.0.1:%%OTHER%%; }
    upstream own { server 127.0.0.1:%%PEER%%; proxy_hold 200ms; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { proxy_pass http://api; }
        location /pair/ { proxy_pass http://pair; }
        location /direct/ { proxy_pass http://127.0.0.1:%%PEER%%; }
        location /none/ { proxy_pass http://api; proxy_hold 0; }
        location /short/ { proxy_pass http://api; proxy_hold 300ms; }
        location /own/ { proxy_pass http://own; }
        location /longer/ { proxy_pass http://own; proxy_hold 5s; }
        location /few/ { proxy_pass http://api; proxy_hold_requests 2; }
        location /streamed/ { proxy_pass http://api; proxy_request_buffering off;
                              client_max_body_size 0; }
    }
"""


class Place:
    """A server whose only peers are absent until a test starts them."""

    def __init__(self, lab, configuration=CONFIGURATION, **names):
        self.lab, (self.port, self.other) = lab, free_ports(2)
        self.server = lab.server(
            configuration, main="worker_processes 1;", peer=self.port, other=self.other, **names)

    def peer(self, script=None, port=None):
        return self.lab.backend(script or echo, port=port or self.port)

    def asks(self, target="/", method="GET", count=1, **rest):
        """Starts requests; returns what they will answer."""
        answers = []

        def one():
            answers.append(self.server.get(target, method, **rest))
        threads = [threading.Thread(target=one, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        return answers, threads

    def waits(self):
        self.server.wait_for_error("requests wait up to")


def echo(read, connection):
    return answer(b"%s %s %s" % (read.method.encode(), read.target.encode(), read.content))


def end(threads):
    for thread in threads:
        thread.join(15)
        assert not thread.is_alive()


@pytest.fixture
def place(lab):
    return Place(lab)


@pytest.mark.parametrize("target", ["/x", "/pair/x", "/direct/x"])
def test_a_request_waits_for_a_peer_that_restarts(place, target):
    answers, threads = place.asks(target)
    place.waits()
    time.sleep(0.2)
    assert not answers
    place.peer()
    end(threads)
    assert (answers[0].status, answers[0].text) == (200, "GET %s " % target)
    place.server.wait_for_error(r"accepts connections again at 127.0.0.1:\d+ after \d+ ms, 1 req")


def test_many_requests_wait_and_one_dials_for_them(place):
    answers, threads = place.asks("/x", count=50)
    place.waits()
    time.sleep(0.6)
    peer = place.peer()
    end(threads)
    assert [answered.status for answered in answers] == [200] * 50
    # Those of the requests, and one that looked whether somebody is there.
    assert len(peer.connections) <= 51
    lines = re.findall("requests wait up to|accepts connections again", place.server.errors())
    assert lines == ["requests wait up to", "accepts connections again"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("target, size", [("/x", 100), ("/x", 5000), ("/streamed/x", 900_000)])
def test_content_waits_too(place, method, target, size):
    content = os.urandom(size)
    answers, threads = place.asks(target, method, content=content)
    place.waits()
    peer = place.peer()
    end(threads)
    assert answers[0].status == 200 and [read.content for read in peer.requests] == [content]


def test_a_request_fails_when_nobody_comes_back_in_time(place):
    began = time.monotonic()
    answered = place.server.get("/short/x")
    assert answered.status == 502 and time.monotonic() - began >= 0.25
    place.server.wait_for_error(r"\[error\].* no peer accepted a connection in time")
    place.server.wait_for_error("nobody waits any more, 1 requests have failed")


@pytest.mark.parametrize("target", ["/none/x"])
def test_without_a_hold_a_request_fails_at_once(place, target):
    assert place.server.get(target).status == 502
    assert "wait up to" not in place.server.errors()


def test_a_group_has_a_hold_of_its_own(place):
    assert place.server.get("/own/x").status == 502
    assert "wait up to 200 ms" in place.server.errors()
    answers, threads = place.asks("/longer/x")
    time.sleep(0.4)
    place.peer()
    end(threads)
    assert answers[0].status == 200


def test_more_than_may_wait_fail_at_once(place):
    answers, threads = place.asks("/few/x", count=5)
    until(lambda: len(answers) == 3)
    assert [answered.status for answered in answers] == [502] * 3
    place.peer()
    end(threads)
    assert [answered.status for answered in answers[3:]] == [200] * 2


def test_a_client_that_leaves_waits_no_more(place):
    wire = Wire(place.server.port)
    wire.send(request("/gone"))
    place.waits()
    wire.close()
    until(lambda: re.search('"GET /gone HTTP/1.1" 499', place.server.read("access.log")))
    place.server.wait_for_error("nobody waits any more, 0 requests have failed")
    peer = place.peer()
    assert place.server.get("/here").status == 200
    assert [read.target for read in peer.requests] == ["/here"]


def test_a_missing_unix_socket_is_waited_for(lab, tmp_path):
    path = tmp_path / "api.sock"
    server = lab.server("""
        server { listen 127.0.0.1:%%PORT%%; location / { proxy_pass http://unix:%%PATH%%:; } }
    """, path=path)
    answers = []
    thread = threading.Thread(target=lambda: answers.append(server.get("/x")), daemon=True)
    thread.start()
    server.wait_for_error("requests wait up to")
    lab.backend(echo, path=path)
    end([thread])
    assert answers[0].status == 200


def dies_with_its_request(place, method):
    """A peer that ends, its listener first, when a request arrives."""
    def script(read, connection):
        made[0].refuse()
        connection.reset()
    made = [place.peer(script)]
    return place.asks("/x", method, content=b"hello")


def test_a_repeatable_request_outlives_the_death_of_its_peer(place):
    answers, threads = dies_with_its_request(place, "PUT")
    place.waits()
    place.peer()
    end(threads)
    assert (answers[0].status, answers[0].text) == (200, "PUT /x hello")


def test_a_request_that_is_no_more_than_half_answered_is_never_repeated(place):
    answers, threads = dies_with_its_request(place, "POST")
    end(threads)
    assert answers[0].status == 502


def test_a_request_that_ends_its_peers_is_not_repeated_for_ever(place):
    answers, threads = dies_with_its_request(place, "PUT")
    place.waits()
    seen = []

    def script(read, connection):
        seen.append(read)
        second.refuse()
        connection.reset()
    second = place.peer(script)
    end(threads)
    assert answers[0].status == 502 and len(seen) == 1


def test_a_peer_that_only_hangs_up_is_not_waited_for(place):
    peer = place.peer(lambda read, connection: connection.close())
    assert place.server.get("/x").status == 502
    assert len(peer.requests) == 1 and "wait up to" not in place.server.errors()


def test_peers_elsewhere_are_not_waited_for_unless_that_is_asked_for(lab):
    server = lab.server("""
        upstream far { server 127.0.0.1:%%PEER%%; server 192.0.2.1:1 down; }
        server {
            listen 127.0.0.1:%%PORT%%;
            location / { proxy_pass http://far; }
            location /hold/ { proxy_pass http://far; proxy_hold 10s; }
        }
    """, peer=free_port())
    assert server.get("/").status == 502
    assert "wait up to" not in server.errors()


def test_a_websocket_waits_too(place):
    switching = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                 b"Connection: Upgrade\r\n\r\nhello")
    with Wire(place.server.port) as wire:
        wire.send(request("/socket", fields={"Connection": "Upgrade", "Upgrade": "websocket"}))
        place.waits()
        place.peer(lambda read, connection: connection.send(switching) and None)
        assert wire.head().status == 101
        assert wire.exactly(5) == b"hello"


def test_all_peers_restarting_at_once_lose_nothing(lab):
    place = Place(lab)
    first, second = place.peer(), place.peer(port=place.other)
    for _ in range(4):
        assert place.server.get("/pair/x").status == 200
    first.stop()
    second.stop()
    answers, threads = place.asks("/pair/x", count=20)
    place.waits()
    time.sleep(0.3)
    place.peer(port=place.other)
    end(threads)
    assert [answered.status for answered in answers] == [200] * 20
    place.peer()
    assert place.server.get("/pair/x").status == 200
