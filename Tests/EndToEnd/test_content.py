# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The content of requests, and connections at their ends: what is kept where, what a client that is
# refused still gets to read, old clients, and clients that do not read.

import socket
import time

import pytest

from harness import Wire, answer, request, tree, until

BUFFERED = """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        client_max_body_size 8m;
        client_body_buffer_size 4k;
        keepalive_requests 100000000;
        location /proxy/ {
            proxy_pass http://%%BACKEND%%;
            proxy_request_buffering on;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
        location /large { }
        location /small { client_max_body_size 1k; return 200 "small"; }
    }
"""


def server_with(lab, configuration=BUFFERED, start=True, **rest):
    backend = lab.backend(lambda read, connection: answer("%d" % len(read.content)))
    server = lab.server(configuration, start=False, backend=backend.address, **rest)
    tree(server.directory / "html", {"index.html": "home", "large": "x" * 2_000_000})
    if start:
        server.start()
    return server, backend


def chunked(content, size=1000):
    pieces = [content[i:i + size] for i in range(0, len(content), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


CONTENT = bytes(range(256)) * 4096


@pytest.mark.parametrize("coding", ["length", "chunked"])
@pytest.mark.parametrize("size", [0, 1, 4096, 4097, 70_000, 1 << 20])
def test_content_arrives_whole_wherever_it_is_kept(lab, coding, size):
    server, backend = server_with(lab)
    content = CONTENT[:size]
    with server.connect() as wire:
        for _ in range(2):
            if coding == "length":
                wire.send(request("/proxy/x", "POST", content=content))
            else:
                wire.send(request("/proxy/x", "POST", fields={"Transfer-Encoding": "chunked"},
                                  content=chunked(content)))
            assert wire.response().text == str(size)
    for read in backend.requests:
        assert read.content == content and read.complete
    folder = server.directory / "client_body_temp"
    assert not folder.exists() or not [f for f in folder.rglob("*") if f.is_file()]


def test_slow_content_is_kept_without_a_name(lab):
    """While it arrives there is a file, but nobody can find it, and it is gone with a crash."""
    server, backend = server_with(lab)
    with server.connect() as wire:
        wire.send(request("/proxy/x", "POST", fields={"Content-Length": "100000"}))
        wire.send(b"x" * 50_000)
        time.sleep(0.2)
        assert not backend.requests
        wire.send(b"y" * 50_000)
        assert wire.response().text == "100000"
    assert backend.requests[0].content == b"x" * 50_000 + b"y" * 50_000


@pytest.mark.ours
@pytest.mark.parametrize("path", ["/proc/nowhere", "%%DIR%%/file", "%%DIR%%/no/such"])
def test_without_a_writable_folder_large_content_is_413(lab, path):
    """Nothing needs to be writable: what fits into memory is served as ever."""
    server, backend = server_with(
        lab, "client_body_temp_path %s;" % path + BUFFERED, start=False)
    text = (server.directory / "nginx.conf").read_text()
    text = text.replace("    client_body_temp_path %s/client_body_temp;\n" % server.directory, "")
    (server.directory / "nginx.conf").write_text(text)
    (server.directory / "file").write_text("")
    server.start()
    with server.connect() as wire:
        assert wire.send(request("/proxy/x", "POST", content=b"x" * 4096)).response().text == "4096"
        wire.send(request("/proxy/x", "POST", content=b"x" * 200_000))
        refused = wire.response()
        assert refused.status == 413 and refused.closes
        wire.closed()
    assert server.get("/proxy/x", "POST", content=b"abc").text == "3"
    assert len(backend.requests) == 2
    server.wait_for_error("client_body_temp_path")


@pytest.mark.parametrize("version, connection, stays", [
    ("1.0", None, False), ("1.0", "keep-alive", True), ("1.0", "close", False),
    ("1.1", None, True), ("1.1", "keep-alive", True), ("1.1", "close", False),
    ("1.1", "Close", False), ("1.1", "x, close", False), ("1.0", "x,Keep-Alive", True),
])
@pytest.mark.parametrize("target", ["/", "/proxy/x", "/missing"])
def test_a_connection_stays_when_both_want_it(lab, version, connection, stays, target):
    server, _ = server_with(lab)
    fields = {"Connection": connection} if connection else {}
    with server.connect() as wire:
        wire.send(request(target, version=version, fields=fields))
        first = wire.response()
        assert first.version == 1 and first.closes is not stays
        if stays:
            assert wire.get("/").text == "home"
        else:
            wire.closed(2)


def test_an_old_client_gets_content_of_unknown_length_until_the_end(lab):
    backend = lab.backend(lambda read, connection: (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
    server = lab.server("""
        server {
            listen 127.0.0.1:%%PORT%%;
            location / { proxy_pass http://%%BACKEND%%; proxy_http_version 1.1; }
        }
    """, backend=backend.address)
    with server.connect() as wire:
        wire.send(request("/", version="1.0", fields={"Connection": "keep-alive"}))
        answered = wire.response()
        assert answered.framing == "close" and answered.content == b"abcde" and answered.closes


@pytest.mark.parametrize("target, status", [("/small", 413), ("/proxy/x", 413)])
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_a_client_that_goes_on_sending_can_read_its_refusal(lab, target, status, coding):
    """Closing at once would reset the connection, and the reset would destroy the answer."""
    server, _ = server_with(lab)
    content = b"x" * 20_000_000
    fields = {"Transfer-Encoding": "chunked"} if coding == "chunked" else {}
    if coding == "chunked":
        if target == "/small":
            pytest.skip("what nobody reads has no limit before it comes")
        content = chunked(content, 65536)
    with server.connect() as wire:
        wire.send(request(target, "POST", fields=fields, content=content))
        assert wire.response().status == status
        assert not wire.rest()


def test_what_is_left_of_a_refused_request_is_read_for_a_bounded_time(lab):
    server, _ = server_with(lab, BUFFERED.replace(
        "root", "lingering_time 1s; lingering_timeout 1s; root", 1))
    assert_ended(server, "/small", 413)


def test_content_that_nobody_wants_is_read_for_a_bounded_time(lab):
    """The connection would be kept if the content ended."""
    server, _ = server_with(lab, BUFFERED.replace(
        "root", "lingering_time 1s; lingering_timeout 1s; client_max_body_size 0; root", 1).replace(
        "client_max_body_size 8m;", ""))
    assert_ended(server, "/missing", 404)


def assert_ended(server, target, status):
    with server.connect() as wire:
        wire.send(request(target, "POST", fields={"Content-Length": "1000000000"}))
        assert wire.response().status == status
        began = time.monotonic()
        try:
            while time.monotonic() - began < 6:
                wire.socket.sendall(b"x" * 1000)
                time.sleep(0.02)
        except OSError:
            pass
        assert 0.5 < time.monotonic() - began < 5


def unread(server, raw, count, seconds):
    """Connections that send again and again and do not read, until they can send no more; the
    second value is how much each has sent."""
    clients = {}
    for _ in range(count):
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.connect(("127.0.0.1", server.port))
        made.setblocking(False)
        clients[made] = 0
    end = time.monotonic() + seconds
    progress = time.monotonic()
    while time.monotonic() < end and time.monotonic() - progress < 0.3:
        for made in clients:
            try:
                # The next request begins where the last one was cut.
                clients[made] += made.send(raw[clients[made] % len(raw):])
                progress = time.monotonic()
            except BlockingIOError:
                pass
        time.sleep(0.005)
    return clients


@pytest.mark.parametrize("target", ["/", "/large", "/proxy/x", "/missing"])
def test_a_client_that_asks_and_does_not_read_costs_little(lab, target):
    server, _ = server_with(lab)
    server.get(target)
    before = server.memory()
    clients = unread(server, request(target) * 100, 10, 3)
    grown = server.memory() - before
    assert grown < 10 * 400, "more than 400 KB for each client: %d KB for ten" % grown
    assert server.get("/").text == "home"
    for made, sent in clients.items():
        assert sent < 20_000_000, "everything was taken"
        made.close()


def test_a_hundred_requests_at_once_are_answered_when_the_client_reads(lab):
    server, backend = server_with(lab)
    with Wire(server.port, 30, receive_buffer=4096) as wire:
        wire.send(request("/large") + request("/proxy/x") * 98 + request("/"))
        time.sleep(0.5)
        assert len(wire.response().content) == 2_000_000
        for _ in range(98):
            assert wire.response().text == "0"
        assert wire.response().text == "home"
        wire.open()
    assert len(backend.requests) == 98


@pytest.mark.parametrize("target, size", [
    ("/", 4), pytest.param("/large", 2_000_000, marks=pytest.mark.ours), ("/missing", None)])
def test_a_client_that_has_said_all_gets_all_answers(lab, target, size):
    server, _ = server_with(lab)
    with Wire(server.port, 20, receive_buffer=4096) as wire:
        wire.send(request(target) * 3).finish_sending()
        for _ in range(3):
            content = wire.response().content
            assert size is None or len(content) == size
        wire.closed()


def test_nothing_is_left_open(lab):
    """The descriptors after a mixture of all that are those of before."""
    server, _ = server_with(lab)
    server.get("/large")
    server.get("/proxy/x", "POST", content=CONTENT[:9000])
    before = server.descriptors()
    for index in range(60):
        wire = server.connect()
        if index % 3 == 0:
            wire.send(request("/proxy/x", "POST", fields={"Content-Length": "50000"}))
            wire.send(b"x" * 20_000)
        elif index % 3 == 1:
            wire.send(request("/large"))
        else:
            wire.send(request("/proxy/x", "POST", content=CONTENT[:9000])).response()
        if index % 2:
            wire.reset()
        else:
            wire.close()
    until(lambda: server.descriptors() <= before, 5,
          lambda: "%d descriptors, %d before" % (server.descriptors(), before))
