# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Clients that are slow, silent or too many (E01 to E05), scaled down: short deadlines by
# configuration, and hundreds of connections instead of thousands. The names of the cases are
# stable.

import os
import re
import selectors
import socket
import time

import pytest

from harness import Wire, WireError, request, tree, until

MANY = 300


def start(lab, settings, main="", events=""):
    server = lab.server("""
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/html;
            client_max_body_size 10m;
            %%SETTINGS%%
            location /proxy/ { proxy_pass http://%%BACKEND%%; }
        }
    """, start=False, settings=settings, backend=lab.backend().address, main=main, events=events)
    tree(server.directory / "html", {"index.html": "file", "large": b"x" * 20_000_000})
    return server.start()


def connect(server):
    made = socket.create_connection(("127.0.0.1", server.port), 10)
    made.setblocking(False)
    return made


def drip(server, sockets, data, every, limit, beside):
    """Sends one byte of data on each connection again and again, with a normal request beside each
    round; returns when each connection was closed by the server, in seconds from the start."""
    selector = selectors.DefaultSelector()
    for made in sockets:
        selector.register(made, selectors.EVENT_READ)
    began, closed, sent, next_round = time.monotonic(), {}, 0, 0.0
    while len(closed) < len(sockets) and time.monotonic() - began < limit:
        if time.monotonic() - began >= next_round:
            for made in sockets:
                if made not in closed:
                    try:
                        made.send(data[sent % len(data):sent % len(data) + 1])
                    except OSError:
                        pass
            sent, next_round = sent + 1, next_round + every
            moment = time.monotonic()
            assert server.get("/").content == b"file"
            beside.append(time.monotonic() - moment)
        for key, _ in selector.select(0.05):
            try:
                ended = not key.fileobj.recv(65536)
            except OSError:
                ended = True
            if ended:
                closed[key.fileobj] = time.monotonic() - began
                selector.unregister(key.fileobj)
    for made in sockets:
        made.close()
    return list(closed.values())


def test_e01_slow_heads_are_closed_at_the_deadline_of_the_whole_head(lab):
    server = start(lab, "client_header_timeout 1s;")
    sockets = [connect(server) for _ in range(MANY)]
    beside = []
    closed = drip(server, sockets, b"GET / HTTP/1.1\r\nX-A: aaaaaaaaaaaaaaaaaaaa", 0.2, 8, beside)
    assert len(closed) == MANY, "%d of %d were closed" % (len(closed), MANY)
    assert 0.7 < min(closed) and max(closed) < 4
    assert sorted(beside)[len(beside) // 2] < 0.25, "a normal client waited"


def test_e02_content_that_stops_is_408(lab):
    server = start(lab, "client_body_timeout 1s;")
    for head in ["Content-Length: 1000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"]:
        with server.connect() as wire:
            wire.send("POST /proxy/x HTTP/1.1\r\nHost: a\r\n" + head)
            began = time.monotonic()
            try:
                assert wire.response().status == 408
                wire.closed()
            except WireError as error:
                assert "ended inside a line: b''" in str(error)
            assert 0.7 < time.monotonic() - began < 5


def test_e02_slow_content_that_keeps_coming_is_read(lab):
    server = start(lab, "client_body_timeout 1s;")
    with server.connect() as wire:
        wire.send("POST /proxy/x HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n")
        wire.send_pieces([b"x"] * 8, 0.25)
        assert wire.response().status == 200


def test_e03_a_client_that_does_not_read_is_closed_and_costs_little(lab):
    server = start(lab, "send_timeout 1s;")
    server.get("/large")
    before_descriptors, before = server.descriptors(), server.memory()
    wires = [Wire(server.port, receive_buffer=1024) for _ in range(50)]
    for wire in wires:
        wire.send(request("/large"))
    time.sleep(0.5)
    assert server.memory() - before < 50 * 400, "more than 400 KB for each connection"
    # Those descriptors that the file cache keeps may stay.
    until(lambda: server.descriptors() <= before_descriptors + 4, 8, "they were not closed")
    for wire in wires:
        wire.close()


def test_e03_a_client_that_reads_slowly_gets_all_of_it(lab):
    server = start(lab, "send_timeout 1s;")
    with server.connect(30) as wire:
        wire.send(request("/large"))
        assert wire.head()["Content-Length"] == "20000000"
        for _ in range(5):
            time.sleep(0.5)
            assert wire.exactly(4_000_000) == b"x" * 4_000_000
        wire.open()


@pytest.mark.parametrize("settings, first", [
    ("client_header_timeout 1s;", b""),
    ("keepalive_timeout 1s;", request("/")),
    ("client_header_timeout 1s; keepalive_timeout 20s;", request("/") + b"GET / HT"),
], ids=["before the first request", "kept alive", "inside the second head"])
def test_e04_an_idle_connection_is_closed(lab, settings, first):
    server = start(lab, settings)
    with server.connect() as wire:
        wire.send(first)
        if first:
            assert wire.response().content == b"file"
        began = time.monotonic()
        data = wire.rest(8)
        assert not data or data.startswith(b"HTTP/1.1 408 ")
        assert 0.7 < time.monotonic() - began < 5


def processor_seconds(server):
    ticks = 0
    for pid in server.workers():
        with open("/proc/%d/stat" % pid) as stat:
            fields = stat.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("main, events", [
    ("worker_processes 1;", "worker_connections 64;"),
    ("worker_processes 1; worker_rlimit_nofile 64;", "worker_connections 512;"),
], ids=["connections", "descriptors"])
def test_e05_too_many_connections_harm_nobody_for_long(lab, main, events):
    server = start(lab, "keepalive_timeout 60s;", main, events)
    server.allowed_alerts = (r"worker_connections|Too many open files|24:",)
    sockets = [connect(server) for _ in range(200)]
    for made in sockets:
        try:
            made.send(request("/"))
        except OSError:
            pass
    time.sleep(0.3)
    before = processor_seconds(server)
    time.sleep(1)
    assert processor_seconds(server) - before < 0.3, "it spins"
    for made in sockets:
        made.close()

    def answers():
        try:
            return server.get("/", timeout=2).status == 200
        except (WireError, OSError):
            return False
    until(answers, 3, "it does not recover")
    server.assert_unharmed()
    assert not re.search("Segmentation|trap", server.printed())


def test_e05_connections_at_rest_make_room_for_new_ones(lab):
    server = start(lab, "keepalive_timeout 60s;", "worker_processes 1;", "worker_connections 32;")
    server.allowed_alerts = (r"worker_connections",)
    resting = []
    for _ in range(100):
        made = socket.create_connection(("127.0.0.1", server.port), 10)
        made.sendall(request("/"))
        made.settimeout(5)
        received = b""
        while not received.endswith(b"file"):
            part = made.recv(65536)
            assert part, "a new connection was closed"
            received += part
        resting.append(made)
    for made in resting:
        made.close()
    server.assert_unharmed()
