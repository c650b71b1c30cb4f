# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Upgraded connections (I01 to I04): a tunnel begins with the peer's 101 and not before, carries
# every byte in both directions, and ends with both of its sides. The names of the cases are stable.

import os
import random
import struct
import time

import pytest

from harness import SMUGGLED, Site, Wire, answer, request, until

CONFIGURATION = """
    map $http_upgrade $connection_upgrade { default upgrade; "" close; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /proxy/ {
            proxy_pass http://%%BACKEND%%;
            proxy_http_version 1.1;
            proxy_read_timeout 1s;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
        }
        location /api/ {
            client_body_buffer_size 4k;
            proxy_pass http://%%BACKEND%%;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection 'upgrade';
        }
        location /default/ { proxy_pass http://%%BACKEND%%; }
        location /text { return 200 "text"; }
    }
"""
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"}
SWITCHING = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")


@pytest.fixture(scope="module")
def module_site(shared_lab):
    return Site(shared_lab, CONFIGURATION)


def switching(then):
    """A script that answers 101 and then does what `then` does with the connection."""
    def script(read, connection):
        if "Upgrade" not in read:
            return answer("peer " + read.target)
        connection.send(SWITCHING)
        then(connection)
        connection.close()
        return None
    return script


def echo_all(connection):
    """Sends back what comes until it ends."""
    connection.send(bytes(connection.buffered))
    while piece := connection.receive():
        connection.send(piece)


def open_tunnel(site, early=b"", target="/proxy/socket"):
    wire = Wire(site.server.port)
    wire.send(request(target, fields=UPGRADE) + early)
    head = wire.head()
    assert head.status == 101, head
    assert head["Upgrade"] == "websocket" and head["Connection"].lower() == "upgrade"
    assert head["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    return wire


@pytest.mark.parametrize("status", ["200 OK", "426 Upgrade Required", "404 Not Found"])
def test_i01_i02_there_is_no_tunnel_without_101(site, status):
    early = []

    def script(read, connection):
        if read.target == "/proxy/socket":
            time.sleep(0.05)
            connection.socket.setblocking(False)
            connection.receive()
            connection.ended = False
            connection.socket.setblocking(True)
            early.append(bytes(connection.buffered))
            return answer("plain", status)
        return answer("peer " + read.target)
    site.backend.script = script
    with Wire(site.server.port) as wire:
        wire.send(request("/proxy/socket", fields=UPGRADE) + SMUGGLED)
        answered = wire.response()
        assert (answered.status, answered.text) == (int(status[:3]), "plain")
        if not answered.closes:
            assert wire.response().text == "peer /proxy/smuggled"
    assert early == [b""], "the peer got the next request before its answer"


def test_i01_an_unknown_protocol_is_answered_as_http(site):
    with Wire(site.server.port) as wire:
        wire.send(request("/text", fields={"Connection": "Upgrade", "Upgrade": "x"}) + SMUGGLED)
        assert wire.response().text == "text"
        assert wire.response().text == "peer /proxy/smuggled"


@pytest.mark.parametrize("client", ["keep-alive", "Upgrade"])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_ordinary_requests_are_answered_where_all_say_upgrade(site, framing, client):
    """Many configurations ask for an upgrade by every request, whatever the client has said."""
    seen = []

    def script(read, connection):
        seen.append((read.get("Connection"), read.get("Upgrade"), read.flaws))
        text = b"" if read.method == "HEAD" else b"%s %s" % (read.method.encode(), read.content)
        return answer(text, framing="length" if read.method == "HEAD" else framing)

    site.backend.script = script
    fields = {"Connection": client}
    with Wire(site.server.port) as wire:
        for size in [0, 1, 4096, 4097, 300_000]:
            content = os.urandom(size)
            wire.send(request("/api/", "POST", fields=fields, content=content))
            assert wire.response().content == b"POST " + content
            pieces = b"%x\r\n%s\r\n0\r\n\r\n" % (size, content) if size else b"0\r\n\r\n"
            wire.send(request("/api/", "PUT", content=pieces,
                              fields={**fields, "Transfer-Encoding": "chunked"}))
            assert wire.response().content == b"PUT " + content
            wire.send(request("/api/", "HEAD", fields=fields))
            assert wire.response("HEAD").content == b""
            wire.send(request("/api/", fields=fields) * 2)
            for _ in range(2):
                answered = wire.response()
                assert answered.content == b"GET " and not answered.closes
        wire.open()
    assert len(seen) == 25 and all(said == [None, []] for _, *said in seen)
    # Without a protocol to change to, `upgrade` is an empty word, which may be left out.
    assert {connection for connection, *_ in seen} <= {None, "upgrade"}


@pytest.mark.parametrize("target", [
    "/proxy/socket", "/api/socket", pytest.param("/default/socket", marks=pytest.mark.ours)])
def test_bytes_go_both_ways(site, target):
    site.backend.script = switching(echo_all)
    with open_tunnel(site, target=target) as wire:
        for size in [1, 2, 1000, 100_000]:
            data = os.urandom(size)
            assert wire.send(data).exactly(size) == data


def test_bytes_that_came_with_the_request_follow_the_101(site):
    site.backend.script = switching(echo_all)
    with open_tunnel(site, early=b"early") as wire:
        assert wire.exactly(5) == b"early"
        assert wire.send(b"late").exactly(4) == b"late"


def test_bytes_that_came_with_the_101_reach_the_client(site):
    def script(read, connection):
        if "Upgrade" not in read:
            return answer("peer " + read.target)
        connection.send(SWITCHING + b"hello")
        echo_all(connection)
        return None
    site.backend.script = script
    with open_tunnel(site) as wire:
        assert wire.exactly(5) == b"hello"


def test_i03_the_peers_end_is_the_clients_end(site):
    site.backend.script = switching(lambda connection: connection.send(b"bye"))
    with open_tunnel(site) as wire:
        assert wire.rest() == b"bye"


def test_i03_the_clients_end_is_the_peers_end(site):
    ended = []
    site.backend.script = switching(lambda connection: ended.append(connection.wait_for_end(5)))
    open_tunnel(site).close()
    deadline = time.monotonic() + 5
    while not ended:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert ended == [True]


@pytest.mark.ours
def test_i03_half_a_close_leaves_the_other_half(site):
    def until_the_end(connection):
        while connection.receive():
            pass
        connection.send(b"got " + bytes(connection.buffered))
    site.backend.script = switching(until_the_end)
    with open_tunnel(site) as wire:
        wire.send(b"all").finish_sending()
        assert wire.rest() == b"got all"


def test_i03_an_idle_tunnel_ends_with_the_read_timeout(site):
    site.backend.script = switching(lambda connection: connection.wait_for_end(8))
    with open_tunnel(site) as wire:
        began = time.monotonic()
        wire.closed(8)
        assert 0.7 < time.monotonic() - began < 6


def test_i03_a_busy_tunnel_outlives_the_read_timeout(site):
    site.backend.script = switching(echo_all)
    with open_tunnel(site) as wire:
        for _ in range(8):
            time.sleep(0.25)
            assert wire.send(b"x").exactly(1) == b"x"


def frame(opcode, payload, final=True, mask=None):
    """A WebSocket frame, RFC 6455 section 5.2."""
    size = len(payload)
    head = bytes([(0x80 if final else 0) | opcode])
    marked = 0x80 if mask else 0
    if size < 126:
        head += bytes([marked | size])
    elif size < 65536:
        head += struct.pack("!BH", marked | 126, size)
    else:
        head += struct.pack("!BQ", marked | 127, size)
    if mask:
        payload = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
        head += mask
    return head + payload


def every_form(mask):
    frames = [frame(opcode, b"x" * size, mask=mask)
              for opcode in (1, 2) for size in (0, 1, 125, 126, 127, 65535, 65536, 200_000)]
    frames += [
        frame(1, b"one ", False, mask), frame(9, b"ping", mask=mask),
        frame(0, b"two ", False, mask), frame(10, b"pong", mask=mask),
        frame(0, b"three", mask=mask), frame(9, b"", mask=mask),
        frame(9, b"p" * 125, mask=mask), frame(2, b"", False, mask), frame(0, b"", mask=mask)]
    frames += [frame(8, struct.pack("!H", code) + b"why", mask=mask)
               for code in [*range(1000, 1016), 3000, 3999, 4000, 4999]]
    return b"".join(frames + [frame(8, b"", mask=mask)])


@pytest.mark.parametrize("seed", range(3))
def test_i04_every_frame_comes_through_unchanged_at_any_split(site, seed):
    site.backend.script = switching(echo_all)
    data = every_form(bytes([1, 2, 3, 4])) + every_form(None)
    chance = random.Random(seed)
    with open_tunnel(site) as wire:
        at, received = 0, b""
        while at < len(data):
            size = chance.choice([1, 2, 3, 7, 100, 5000, 70_000])
            wire.send(data[at:at + size])
            at += size
            received += wire.exactly(min(at, len(data)) - len(received))
        assert received == data


def breaks_off(connection):
    connection.send(b"begun")
    connection.take(4)
    connection.reset()


@pytest.mark.ours
def test_a_tunnel_that_breaks_is_told_once_and_harms_no_other(site):
    site.backend.script = switching(echo_all)
    before = site.server.errors().count("while proxying upgraded connection")
    with open_tunnel(site) as other:
        assert other.send(b"here").exactly(4) == b"here"
        site.backend.script = switching(breaks_off)
        with open_tunnel(site) as wire:
            assert wire.exactly(5) == b"begun"
            wire.send(b"more")
            wire.closed()
        assert other.send(b"still").exactly(5) == b"still"
    site.server.wait_for_error(r"\[error\].*recv\(\) failed \(104: Connection reset by peer\) "
                               "while proxying upgraded connection")
    assert site.server.errors().count("while proxying upgraded connection") == before + 1


@pytest.mark.ours
def test_a_tunnel_is_logged_with_its_bytes(lab):
    site = Site(lab, """
        log_format tunnel "$status $bytes_sent $body_bytes_sent $sent_http_connection "
                          "$upstream_bytes_sent $upstream_bytes_received";
        access_log %%DIR%%/tunnel.log tunnel;
        server {
            listen 127.0.0.1:%%PORT%%;
            location / { proxy_pass http://%%BACKEND%%; add_header X-Peer $upstream_addr always; }
        }
    """)
    site.backend.script = switching(echo_all)
    with Wire(site.server.port) as wire:
        wire.send(request("/proxy/socket", fields=UPGRADE))
        head = wire.until(b"\r\n\r\n")
        assert b"X-Peer: 127.0.0.1:" in head and b"\r\nDate: " in head
        for size in 1, 70_000:
            wire.send(os.urandom(size)).exactly(size)
        wire.finish_sending().rest()
    line = until(lambda: site.server.read("tunnel.log")).split()
    sent = len(site.backend.connections[0].received)
    assert line == ["101", str(len(head) + 70_001), "70001", "upgrade", str(sent),
                    str(len(SWITCHING) + 70_001)]


@pytest.mark.ours
def test_h2c_is_never_asked_for(site):
    with Wire(site.server.port) as wire:
        for protocols in ["h2c", "H2C", "h2c, h2c", "h2"]:
            wire.send(request("/default/x", fields={
                "Connection": "Upgrade, HTTP2-Settings", "Upgrade": protocols,
                "HTTP2-Settings": "AAMAAABkAAQAAP__"}))
            assert wire.response().text == "peer /default/x"
    assert all("Upgrade" not in read for read in site.backend.requests)
