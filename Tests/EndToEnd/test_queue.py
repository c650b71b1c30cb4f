# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Requests that wait while every peer has as many as it may.

import threading

import pytest

from harness import Wire, answer, request, until

pytestmark = pytest.mark.ours

CONFIGURATION = """
    upstream one { server %%BACKEND%% max_conns=1; queue 3 timeout=20s; }
    upstream short { server %%BACKEND%% max_conns=1; queue 3 timeout=300ms; }
    upstream hashed { hash x; server %%BACKEND%% max_conns=2; server 127.0.0.1:1 down; queue 100; }
    log_format ends "$status";
    access_log %%DIR%%/ends.log ends;
    upstream none { server %%BACKEND%% max_conns=1; }
    server {
        listen 127.0.0.1:%%PORT%%;
        add_header X-Waited $upstream_queue_time always;
        location /one/ { proxy_pass http://one; }
        location /short/ { proxy_pass http://short; }
        location /hashed/ { proxy_pass http://hashed; }
        location /none/ { proxy_pass http://none; }
    }
"""


class Place:
    def __init__(self, lab, threads):
        self.free = threading.Event()
        self.active = self.most = 0
        self.order, self.lock = [], threading.Lock()
        self.backend = lab.backend(self.script)
        self.server = lab.server(CONFIGURATION, backend=self.backend.address,
                                 main="worker_processes %d;" % threads)
        self.answers, self.threads = [], []

    def script(self, read, connection):
        with self.lock:
            self.order.append(read.target)
            self.active += 1
            self.most = max(self.most, self.active)
        self.free.wait(20)
        with self.lock:
            self.active -= 1
        return answer(read.target)

    def ask(self, target):
        def one():
            self.answers.append(self.server.get(target, timeout=30).status)
        thread = threading.Thread(target=one, daemon=True)
        thread.start()
        self.threads.append(thread)

    def finish(self):
        self.free.set()
        for thread in self.threads:
            thread.join(30)
        return sorted(self.answers)


@pytest.fixture(params=[1, 2])
def place(lab, request):
    return Place(lab, request.param)


def test_requests_wait_for_room_up_to_the_length_of_the_queue(place):
    place.ask("/one/first")
    until(lambda: place.order)
    for number in range(5):
        place.ask("/one/%d" % number)
    until(lambda: len(place.answers) == 2, 10, "too many wait")
    assert place.answers == [502, 502]
    place.server.wait_for_error(r"upstream queue is full while connecting to upstream")
    assert place.finish() == [200] * 4 + [502] * 2
    assert place.most == 1 and len(place.order) == 4


def test_who_waits_too_long_fails(place):
    place.ask("/short/first")
    until(lambda: place.order)
    assert place.server.get("/short/late").status == 502
    place.server.wait_for_error(r"upstream queue timed out while connecting to upstream")
    assert place.finish() == [200]
    assert place.server.get("/short/later").status == 200


def test_without_a_queue_there_is_no_waiting(place):
    place.ask("/none/first")
    until(lambda: place.order)
    assert place.server.get("/none/late").status == 502
    assert place.finish() == [200]


def test_those_who_have_left_take_no_place(place):
    place.ask("/one/first")
    until(lambda: place.order)
    log = place.server.directory / "ends.log"
    for number in range(1, 4):
        wires = [Wire(place.server.port) for _ in range(3)]
        for wire in wires:
            wire.send(request("/one/gone"))
        # Another thread may have to see that they leave.
        for wire in wires:
            wire.close()
        until(lambda: log.read_text().split().count("499") == 3 * number, 10, "nobody has left")
    place.ask("/one/last")
    place.ask("/one/last")
    place.ask("/one/last")
    assert place.finish() == [200] * 4


def test_a_place_is_free_as_soon_as_its_client_has_left(lab):
    """Whoever comes in the same moment finds it free."""
    place = Place(lab, 1)
    place.ask("/one/first")
    until(lambda: place.order)
    leaving = [Wire(place.server.port) for _ in range(3)]
    coming = [Wire(place.server.port, 30) for _ in range(3)]
    for wire in leaving:
        wire.send(request("/one/gone"))
        place.server.get("/")
    for old, new in zip(leaving, coming):
        old.close()
        new.send(request("/one/new"))
    until(lambda: (place.server.directory / "ends.log").read_text().count("499") == 3)
    place.free.set()
    assert [wire.response().status for wire in coming] == [200] * 3
    assert place.finish() == [200]


def test_how_long_a_request_has_waited_is_known(lab):
    place = Place(lab, 1)
    place.ask("/one/first")
    place.ask("/short/first")
    until(lambda: len(place.order) == 2)
    late = place.server.get("/short/late")
    assert late.status == 502 and 0.29 < float(late["X-Waited"]) < 5
    with Wire(place.server.port, 30) as wire:
        wire.send(request("/one/next"))
        place.server.get("/")
        place.free.set()
        read = wire.response()
        assert read.status == 200 and float(read["X-Waited"]) < 20
        wire.send(request("/one/next"))
        assert wire.response()["X-Waited"] == "-"
    assert place.finish() == [200] * 2


def test_many_wait_and_all_are_served(place):
    place.free.set()
    for number in range(60):
        place.ask("/hashed/%d" % number)
    assert place.finish() == [200] * 60
    assert place.most <= 2


def test_one_thread_serves_in_the_order_of_arrival(lab):
    place = Place(lab, 1)
    place.ask("/one/first")
    until(lambda: place.order)
    wires = []
    for number in range(3):
        wires.append(Wire(place.server.port, 30))
        wires[-1].send(request("/one/%d" % number))
        # The one before has been read once an answer on another connection comes.
        place.server.get("/")
    place.free.set()
    assert [wire.response().status for wire in wires] == [200] * 3
    assert place.order == ["/one/first", "/one/0", "/one/1", "/one/2"]
    assert place.finish() == [200]
