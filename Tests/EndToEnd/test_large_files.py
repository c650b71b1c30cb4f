# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Rates, and files that are sent from their descriptors: whole or visibly cut short, and never at
# the cost of somebody else.

import os
import socket
import threading
import time

import pytest

from harness import until
from harness.backend import answer
from harness.wire import Wire, request

MEGABYTE = 1 << 20
PROBES = 40
CONFIGURATION = """
    map $arg_rate $rate { default $arg_rate; "" 0; }
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location /limited/ { alias %%DIR%%/html/; limit_rate 40k; limit_rate_after 10k; }
        location /variable/ { alias %%DIR%%/html/; limit_rate $rate; }
        location /set/ { alias %%DIR%%/html/; set $limit_rate $arg_rate; }
        location /text { limit_rate 20k; return 200 "%%TEXT%%"; }
        location /copied/ { alias %%DIR%%/html/; sendfile off; }
        location /peer { proxy_pass http://%%BACKEND%%; proxy_limit_rate 40k; }
        location /wished { proxy_pass http://%%BACKEND%%; }
        location /ignored { proxy_pass http://%%BACKEND%%/wished;
                            proxy_ignore_headers X-Accel-Limit-Rate X-Accel-Redirect; }
        location /moved { proxy_pass http://%%BACKEND%%; }
        location /internal/ { internal; alias %%DIR%%/html/; }
        location @named { return 200 "named $request_method"; }
    }
""".replace("%%TEXT%%", "t" * 50_000)


def respond(read, connection):
    path = read.target.split("?")[0]
    if path == "/wished":
        rate = "2000" if read.target.endswith("?slow") else "20000"
        return answer(b"w" * 60_000, fields={"X-Accel-Limit-Rate": rate})
    if path == "/moved":
        return answer("unseen", fields={
            "X-Accel-Redirect": read.target.split("?to=")[1], "Set-Cookie": "a=b",
            "Content-Disposition": "attachment", "X-Other": "gone"})
    return answer(b"p" * 100_000)


@pytest.fixture(scope="module")
def server(shared_lab):
    from harness.backend import Backend
    backend = Backend(respond)
    shared_lab.started.append(backend)
    server = shared_lab.server(CONFIGURATION, backend=backend.address)
    html = server.directory / "html"
    html.mkdir(exist_ok=True)
    (html / "small.txt").write_bytes(b"s" * 100_000)
    return server


def timed(server, target):
    started = time.monotonic()
    answered = server.get(target)
    return answered, time.monotonic() - started


@pytest.mark.parametrize("target, count, least", [
    ("/limited/small.txt", 100_000, 1.8), ("/variable/small.txt", 100_000, 0),
    ("/variable/small.txt?rate=40k", 100_000, 1.8), ("/set/small.txt?rate=60k", 100_000, 0.9),
    ("/text", 50_000, 1.8), ("/peer", 100_000, 1.4), ("/wished", 60_000, 1.9),
    ("/ignored?slow", 60_000, 0),
])
def test_a_rate_is_kept(server, target, count, least):
    answered, seconds = timed(server, target)
    assert answered.status == 200 and len(answered.content) == count
    # What is slower by that much is not late but wrong.
    assert least <= seconds < least + 8


def test_a_paced_connection_is_kept_alive(server):
    with Wire(server.port, 10) as wire:
        for _ in range(2):
            wire.send(request("/variable/small.txt?rate=80k"))
            assert len(wire.response("GET").content) == 100_000


@pytest.mark.parametrize("to, status, content", [
    ("/internal/small.txt", 200, b"s" * 100_000), ("@named", 200, b"named GET"),
    ("/internal/%73mall.txt", 200, b"s" * 100_000), ("/internal/../x", 404, None),
    ("/internal/%2e%2e/x", 404, None), ("@none", 500, None), ("nothing", 404, None),
])
def test_a_peer_lets_another_place_answer(server, to, status, content):
    answered = server.get("/moved?to=" + to)
    assert answered.status == status
    if content is not None:
        assert answered.content == content
    assert "X-Other" not in [name for name, _ in answered.fields]
    assert "X-Accel-Redirect" not in [name for name, _ in answered.fields]
    if content and not to.startswith("@"):
        assert answered["Set-Cookie"] == "a=b"
        assert answered["Content-Disposition"] == "attachment"


def pattern(count, seed=0):
    """Bytes of which every place can be told."""
    return b"".join((number + seed).to_bytes(8, "big") for number in range(count // 8))


@pytest.mark.parametrize("prefix", ["/", "/copied/"])
def test_a_large_file_is_sent_whole(server, prefix):
    content = pattern(9 * MEGABYTE)
    (server.directory / "html" / "large.bin").write_bytes(content)
    assert server.get(prefix + "large.bin").content == content
    part = server.get(prefix + "large.bin", fields={"Range": "bytes=1000001-5000000"})
    assert part.status == 206 and part.content == content[1_000_001:5_000_001]


class SlowReader:
    """A client that asks, reads a little, and then waits to be told to go on."""

    def __init__(self, server, target, fields=()):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 10)
        self.socket.settimeout(20)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.sendall(request(target, fields=dict(fields)))
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            self.data += self.socket.recv(4096)
        time.sleep(0.2)

    def rest(self):
        """The content, and whether it was all of it."""
        try:
            head, _, content = self.data.partition(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            length = int(next(line.split(": ")[1] for line in lines
                              if line.lower().startswith("content-length")))
            parts = [content]
            count = len(content)
            while count < length:
                try:
                    part = self.socket.recv(1 << 20)
                except ConnectionResetError:
                    part = b""
                if not part:
                    return b"".join(parts), False
                parts.append(part)
                count += len(part)
            return b"".join(parts), True
        finally:
            self.socket.close()


SIZE = 24 * MEGABYTE


def truncate(path, old):
    os.truncate(path, MEGABYTE)


def replace(path, old):
    other = path.with_suffix(".new")
    other.write_bytes(pattern(SIZE, 1 << 40))
    os.rename(other, path)


def remove(path, old):
    path.unlink()


def grow(path, old):
    with open(path, "ab") as file:
        file.write(b"more" * 100_000)


def rewrite(path, old):
    with open(path, "r+b") as file:
        file.write(pattern(SIZE, 1 << 40))


@pytest.mark.parametrize("target", ["/", "/copied/"])
@pytest.mark.parametrize("change, is_whole", [
    (truncate, False), (replace, True), (remove, True), (grow, True), (rewrite, False)])
@pytest.mark.parametrize("fields", [{}, {"Range": "bytes=8-"}])
def test_a_file_that_changes_never_yields_a_mix(server, target, change, is_whole, fields):
    path = server.directory / "html" / ("changing-%s.bin" % change.__name__)
    content = pattern(SIZE)
    path.write_bytes(content)
    reader = SlowReader(server, target + path.name, fields)
    change(path, content)
    received, whole = reader.rest()
    assert whole == is_whole
    expected = content[8:] if fields else content
    if is_whole:
        assert received == expected
    elif change is truncate and target == "/copied/":
        # What the kernel has queued by itself are pages of the file, and those it clears.
        assert expected.startswith(received)
    path.unlink(missing_ok=True)


def test_what_is_held_in_memory_is_sent_as_it_was(server):
    path = server.directory / "html" / "held.txt"
    content = pattern(MEGABYTE)
    path.write_bytes(content)
    assert server.get("/held.txt").content == content
    reader = SlowReader(server, "/held.txt")
    path.write_bytes(b"other")
    assert reader.rest() == (content, True)


def test_a_fast_reader_delays_nobody(server):
    """While one client takes a huge file as fast as it can, others are answered: so often that on
    the average it gets less between two answers than a quarter of the file."""
    size = 1024 * MEGABYTE
    path = server.directory / "html" / "sparse.bin"
    with open(path, "wb") as file:
        file.truncate(size)
    stop = threading.Event()
    received = [0]

    def download():
        room = bytearray(1 << 20)
        with socket.create_connection(("127.0.0.1", server.port), 20) as client:
            # The server has always something to do for it.
            for _ in range(PROBES):
                client.sendall(request("/sparse.bin"))
            while not stop.is_set():
                count = client.recv_into(room)
                if count == 0:
                    break
                received[0] += count

    thread = threading.Thread(target=download)
    thread.start()
    try:
        until(lambda: received[0] > 0)
        with Wire(server.port, 60) as wire:
            for _ in range(PROBES):
                wire.send(request("/limited/none"))
                assert wire.response("GET").status == 404
    finally:
        stop.set()
        thread.join()
        path.unlink()
    assert MEGABYTE < received[0] < PROBES * size / 4, received
