# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Limits that all workers keep together: over threads, reloads and deaths. What depends on time is
# asked of rates so low or so high that no machine is too slow.

import itertools
import re
import signal
import threading
import time

import pytest

from harness import StartFailed, answer, request, tree, until

RATE = """
    limit_req_zone $arg_k zone=one:%(size)s rate=1r/m;
    server {
        listen 127.0.0.1:%%%%PORT%%%%;
        limit_req zone=one%(rest)s;
        location / { return 200 "one"; }
        location /file { alias %%%%DIR%%%%/html/file; }
    }
"""
COUNT = """
    limit_conn_zone $arg_k zone=open:1m;
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { limit_conn open 2; proxy_pass http://%%BACKEND%%; }
        location /status { stub_status; }
        location /who { return 200 old; }
    }
"""


def rate(size="1m", rest=" burst=2 nodelay"):
    return RATE % {"size": size, "rest": rest}


def start(lab, http, **rest):
    server = lab.server(http, start=False, **rest)
    tree(server.directory / "html", {"file": "file"})
    return server.start()


class Held:
    """A peer whose answers wait until the test lets them go."""

    def __init__(self):
        self.gate = threading.Event()

    def __call__(self, read, connection):
        self.gate.wait(20)
        return answer("done")


def statuses(server, count, target="/file?k=1"):
    return [server.get(target).status for _ in range(count)]


def test_a_rate_outlives_a_reload(lab):
    server = start(lab, rate())
    assert statuses(server, 4) == [200, 200, 200, 503]
    server.reload()
    until(lambda: server.workers() != server.workers_at_start)
    until(lambda: len(server.workers()) == len(server.workers_at_start), 10)
    assert statuses(server, 2) == [503, 503]
    assert statuses(server, 4, "/file?k=2") == [200, 200, 200, 503]
    server.configure(rate("2m"))
    server.reload()
    until(lambda: server.get("/file?k=1").status == 200, 10, "the old zone stayed")


def test_a_rate_outlives_the_death_of_its_worker(lab):
    server = start(lab, rate())
    server.allowed_alerts = (r"exited on signal 9",)
    server.expects_new_workers = True
    assert statuses(server, 4) == [200, 200, 200, 503]
    before = server.workers()
    for pid in before:
        server.send_signal(signal.SIGKILL, pid)
    until(lambda: server.workers() and not set(server.workers()) & set(before), 5)
    assert statuses(server, 2) == [503, 503]


def test_another_key_for_a_zone_is_refused(lab):
    server = start(lab, rate())
    server.configure(rate().replace("$arg_k", "$arg_l"))
    server.send_signal(signal.SIGHUP)
    server.allowed_alerts = (r"\[emerg\]",)
    server.wait_for_error(
        r'limit_req "one" uses the "\$arg_l" key while previously it used the "\$arg_k" key')
    assert statuses(server, 4) == [200, 200, 200, 503]
    server.configure(rate("2m").replace("$arg_k", "$arg_l"))
    server.reload()
    # Each time with a new key: the old worker may still take some of the requests.
    keys = itertools.count()
    until(lambda: statuses(server, 4, "/file?l=%d" % next(keys)) == [200, 200, 200, 503], 10)


def test_no_thread_lets_more_through_than_all_may(lab):
    server = start(lab, rate(rest=" burst=20 nodelay"), main="worker_processes 4;")
    counts = []

    def ask():
        with server.connect() as wire:
            counts.append(sum(wire.get("/file?k=1").status == 200 for _ in range(25)))
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counts) == 8 and sum(counts) == 21


def test_what_is_too_early_waits_for_its_turn(lab):
    server = start(lab, rate(rest=" burst=3").replace("1r/m", "5r/s"))
    began = time.monotonic()
    assert statuses(server, 3) == [200, 200, 200]
    assert time.monotonic() - began > 0.35
    server.wait_for_error(r'delaying request, excess: \d\.\d{3}, by zone "one", client: 127')


def test_a_client_that_leaves_while_it_waits_is_noticed(lab):
    server = start(lab, rate(rest=" burst=3"))
    assert server.get("/file?k=1").status == 200
    with server.connect() as wire:
        wire.send(request("/file?k=1"))
        server.wait_for_error("delaying request")
    until(lambda: re.search('GET /file.k=1 HTTP/1.1" 499 0', server.read("access.log")), 5)


def test_what_is_refused_is_told_in_words_that_watchers_know(lab):
    server = start(lab, rate(rest=""))
    assert statuses(server, 2) == [200, 503]
    server.wait_for_error(
        r'\[error\] \d+#\d+: \*\d+ limiting requests, excess: [01]\.\d{3} by zone "one", '
        r'client: 127\.0\.0\.1, server: , request: "GET /file\?k=1 HTTP/1\.1", host: ')


def test_a_key_cannot_forge_a_line(lab):
    server = start(lab, rate(rest="").replace("$arg_k", "$http_k"))
    with server.connect() as wire:
        for _ in range(2):
            wire.send(request("/file", fields={"K": "x\t\"" + "y" * 70_000}))
            if wire.response().status != 200:
                break
    assert "\t" not in server.read("error.log")


def test_a_small_zone_drops_the_oldest(lab):
    server = start(lab, "keepalive_requests 10000;" + rate("32k", rest=""))
    with server.connect() as wire:
        for number in range(3000):
            assert wire.get("/file?k=a%d" % number).status == 200
        assert wire.get("/file?k=a2999").status == 503
    assert statuses(server, 1, "/file?k=a0") == [200]


def connections(server, wires, count):
    for _ in range(count):
        wire = server.connect()
        wires.append(wire)
        wire.send(request("/x?k=1"))


def replace(server):
    """Reloads, and waits until only the new worker takes requests."""
    server.configure(COUNT.replace("old", "new"))
    server.reload()
    until(lambda: server.get("/who").text == "new")
    server.wait_for_error("signal 1 received")
    # The old one hears of it a moment later.
    until(lambda: {server.get("/who").text for _ in range(20)} == {"new"})


def test_a_count_is_given_back_by_whoever_held_it(lab):
    held = Held()
    backend = lab.backend(held)
    server = start(lab, COUNT, backend=backend.address)
    wires = []
    connections(server, wires, 2)
    backend.wait_for(2)
    assert server.get("/x?k=1").status == 503
    assert server.get("/status").status == 200
    # One leaves, and another one may come as soon as that was noticed.
    wires[0].close()

    def gets_in():
        connections(server, wires, 1)
        time.sleep(0.1)
        return len(backend.requests) == 3
    until(gets_in, 10, "the place of one that left was kept")
    held.gate.set()
    assert wires[1].response().status == 200
    for _ in range(3):
        assert server.get("/x?k=1").status == 200


def test_a_count_outlives_a_reload_and_ends_with_its_worker(lab):
    held = Held()
    backend = lab.backend(held)
    server = start(lab, COUNT, backend=backend.address)
    server.allowed_alerts = (r"exited on signal 9",)
    wires = []
    connections(server, wires, 2)
    backend.wait_for(2)
    old = server.workers()
    replace(server)
    # The new worker knows what the old one is still answering.
    assert server.get("/x?k=1").status == 503
    for pid in old:
        server.send_signal(signal.SIGKILL, pid)
    server.wait_for_error("exited on signal 9")
    held.gate.set()
    until(lambda: server.get("/x?k=1").status == 200, 5, "what a dead worker held is still held")


STATUS = re.compile(
    r"\AActive connections: (\d+) \nserver accepts handled requests\n (\d+) (\d+) (\d+) \n"
    r"Reading: (\d+) Writing: (\d+) Waiting: (\d+) \n\Z")


def status(server):
    names = ["active", "accepts", "handled", "requests", "reading", "writing", "waiting"]
    return dict(zip(names, map(int, STATUS.match(server.get("/status").text).groups())))


def test_the_status_counts_all_workers(lab):
    held = Held()
    backend = lab.backend(held)
    server = start(lab, COUNT, backend=backend.address)
    server.allowed_alerts = (r"exited on signal 9",)
    first = status(server)
    assert first["active"] == 1 and first["writing"] == 1
    wires = []
    connections(server, wires, 1)
    backend.wait_for(1)
    with server.connect() as reading, server.connect():
        reading.send(b"GET / HT")
        # Another thread may still have to notice that a client has left.
        until(lambda: [status(server)[name] for name in (
            "active", "reading", "writing", "waiting")] == [4, 1, 2, 1], 5, lambda: status(server))
    until(lambda: status(server)["active"] == 2)
    before = status(server)
    old = server.workers()
    replace(server)
    until(lambda: status(server)["writing"] == 2)
    until(lambda: status(server)["active"] == 2, 5)
    after = status(server)
    assert after["requests"] > before["requests"]
    for pid in old:
        server.send_signal(signal.SIGKILL, pid)
    # What it counted stays, what it held is gone.
    until(lambda: status(server)["active"] == 1, 5)
    assert status(server)["accepts"] > after["accepts"]
    held.gate.set()


@pytest.mark.parametrize("http, message", [
    ("limit_req_zone $arg_k zone=one:1k rate=1r/s;", 'zone "one" is too small'),
    ("limit_req_zone $arg_k zone=one rate=1r/s;", 'invalid zone size "zone=one"'),
    ("limit_req_zone $arg_k zone=one:1m rate=0r/s;", 'invalid rate "rate=0r/s"'),
    ("limit_req zone=one;", 'zero size shared memory zone "one"'),
])
def test_a_zone_that_cannot_be_is_refused(lab, http, message):
    with pytest.raises(StartFailed) as failure:
        start(lab, http + " server { listen 127.0.0.1:%%PORT%%; }")
    assert message in str(failure.value)
