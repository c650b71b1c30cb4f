# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The demo's API by itself, without a server in front of it: what other tests rely on when they
# look at it through the proxy.

import hashlib
import json
import os
import signal
import struct
import subprocess
import time

import pytest

from harness import NodeApi, Wire, request
from harness.node import SCRIPT

PATTERN = b"0123456789abcdefghijklmnopqrstuvwxyz"
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"}
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


@pytest.fixture(scope="module")
def api():
    with NodeApi() as made:
        yield made


def get(api, target, method="GET", **rest):
    with Wire(api.port) as wire:
        return wire.get(target, method, **rest)


def pattern(count):
    return (PATTERN * (count // len(PATTERN) + 1))[:count]


# Routes


@pytest.mark.parametrize("target, status", [
    ("/api/v1/tracks", 200), ("/api/v1/artists", 200), ("/api/v1/artists/1", 200),
    ("/api/v1/artists/99", 404), ("/api/v1/artists/", 404), ("/api/v1/artists/1/x", 404),
    ("/api/whoami", 200), ("/healthz", 200), ("/api/slow?ms=1", 200), ("/api/fail", 500),
    ("/api/fail?status=503", 503), ("/api/fail?status=200", 400), ("/api/fail?status=x", 500),
    ("/api/socket", 426), ("/api/nothing", 404), ("/", 404), ("/api/constructor", 404),
])
def test_every_route_answers_in_json(api, target, status):
    answer = get(api, target)
    assert answer.status == status
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    assert int(answer["Content-Length"]) == len(answer.content)
    value = json.loads(answer.content)
    assert value.get("status", status) == status or target == "/healthz"


def test_every_track_belongs_to_an_artist_that_lists_it(api):
    tracks = json.loads(get(api, "/api/v1/tracks").content)["tracks"]
    artists = json.loads(get(api, "/api/v1/artists").content)["artists"]
    assert len(tracks) == 12 and len({track["id"] for track in tracks}) == 12
    for artist in artists:
        own = json.loads(get(api, "/api/v1/artists/%d" % artist["id"]).content)["tracks"]
        assert own == [track for track in tracks if track["artistId"] == artist["id"]]
        assert {track["artist"] for track in own} == {artist["name"]}


def test_whoami_names_the_process_with_the_same_bytes_each_time(api):
    answers = {get(api, "/api/whoami").content for _ in range(5)}
    assert answers == {b'{"process":"api-%d"}\n' % api.port}


def test_head_is_get_without_content(api):
    answer = get(api, "/api/v1/tracks", "HEAD")
    assert answer.status == 200 and answer.content == b""
    assert int(answer["Content-Length"]) == len(get(api, "/api/v1/tracks").content)


def test_other_methods_are_refused_but_by_the_echo(api):
    answer = get(api, "/api/v1/tracks", "POST", content=b"x")
    assert answer.status == 405 and answer["Allow"] == "GET, HEAD"
    assert get(api, "/api/echo", "DELETE").status == 200


def test_the_echo_tells_what_it_received(api):
    content = pattern(300_000)
    answer = get(api, "/api/echo?a=1&b=%20", "PUT", content=content,
                 fields=[("X-Twice", "1"), ("X-Twice", "2")])
    told = json.loads(answer.content)
    assert told["method"] == "PUT" and told["url"] == "/api/echo?a=1&b=%20"
    assert told["headers"]["x-twice"] == "1, 2"
    assert told["rawHeaders"].count("X-Twice") == 2
    assert told["length"] == len(content)
    assert told["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_echo_tells_of_trailers(api):
    with Wire(api.port) as wire:
        wire.send(request("/api/echo", "POST", fields={"Transfer-Encoding": "chunked"})
                  + b"3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n")
        told = json.loads(wire.response("POST").content)
    assert told["length"] == 3 and told["trailers"] == {"x-sum": "6"}


def test_slow_takes_its_time(api):
    begun = time.monotonic()
    assert get(api, "/api/slow?ms=300").status == 200
    assert time.monotonic() - begun >= 0.29


@pytest.mark.parametrize("count", [0, 1, 36, 1024, 65_484, 65_485, 3_000_000])
def test_bytes_are_counted_and_known(api, count):
    answer = get(api, "/api/bytes?n=%d" % count)
    assert answer["Content-Length"] == str(count)
    assert answer.content == pattern(count)


def test_a_stream_is_chunked_and_arrives_in_pieces(api):
    with Wire(api.port) as wire:
        wire.send(request("/api/stream?chunks=4&bytes=50&ms=150"))
        begun = time.monotonic()
        wire.head()
        wire.exactly(4 + 50)
        first = time.monotonic() - begun
        wire.until(b"0\r\n\r\n")
        assert time.monotonic() - begun > first + 0.3
    answer = get(api, "/api/stream?chunks=4&bytes=50&ms=0")
    assert answer.framing == "chunked" and answer.content == pattern(200)


def test_trailers_follow_the_content(api):
    answer = get(api, "/api/trailers")
    assert answer["Trailer"] == "X-Checksum"
    assert dict(answer.trailers) == {"X-Checksum": hashlib.sha256(answer.content).hexdigest()}


def test_abort_breaks_its_promise(api):
    with Wire(api.port) as wire:
        wire.send(request("/api/abort?n=1000"))
        head = wire.head()
        assert head.status == 200 and head["Content-Length"] == "1000"
        assert wire.rest() == pattern(500)


def test_events_tick_every_second(api):
    with Wire(api.port) as wire:
        wire.send(request("/api/events", fields={"Accept": "text/event-stream"}))
        head = wire.head()
        assert head.status == 200 and head["Content-Type"] == "text/event-stream"
        begun, ticks = time.monotonic(), []
        for _ in range(3):
            wire.until(b"event: tick\ndata: ")
            ticks.append(json.loads(wire.until(b"\n\n").partition(b"\n")[0]))
        assert time.monotonic() - begun > 0.9
    assert [tick["process"] for tick in ticks] == ["api-%d" % api.port] * 3
    assert ticks[2]["tick"] == ticks[1]["tick"] + 1
    assert ticks[2]["listeners"] >= 1


# The WebSocket


def frame(opcode, content=b"", final=True, mask=b"\x37\xfa\x21\x3d"):
    """A frame as a client sends it."""
    first, length = opcode | (0x80 if final else 0), len(content)
    if length < 126:
        head = struct.pack(">BB", first, 0x80 | length)
    elif length < 65536:
        head = struct.pack(">BBH", first, 0x80 | 126, length)
    else:
        head = struct.pack(">BBQ", first, 0x80 | 127, length)
    masked = (int.from_bytes(content, "big")
              ^ int.from_bytes((mask * (length // 4 + 1))[:length], "big"))
    return head + mask + masked.to_bytes(length, "big")


def read_frame(wire):
    first, second = wire.exactly(2)
    assert first & 0x80 and not first & 0x70, "a server that fragments or uses reserved bits"
    assert not second & 0x80, "a server that masks"
    length = second
    if length == 126:
        length, = struct.unpack(">H", wire.exactly(2))
    elif length == 127:
        length, = struct.unpack(">Q", wire.exactly(8))
    return first & 0x0f, wire.exactly(length)


def open_socket(api):
    wire = Wire(api.port)
    wire.send(request("/api/socket", fields=UPGRADE))
    head = wire.head()
    assert head.status == 101, head
    assert head["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    return wire


@pytest.mark.parametrize("opcode, content", [
    (TEXT, b""), (TEXT, b"Hello"), (TEXT, "schön 🌙".encode()), (BINARY, b"\x00\xff" * 62),
    (BINARY, pattern(126)), (BINARY, pattern(65_535)), (BINARY, pattern(65_536)),
    (BINARY, pattern(2_000_000)),
])
def test_messages_of_every_size_come_back(api, opcode, content):
    with open_socket(api) as wire:
        wire.send(frame(opcode, content))
        assert read_frame(wire) == (opcode, content)


def test_fragments_become_one_message_with_a_ping_between(api):
    with open_socket(api) as wire:
        wire.send(frame(TEXT, b"one ", final=False) + frame(PING, b"?")
                  + frame(CONTINUATION, b"two ", final=False) + frame(CONTINUATION, b"three"))
        assert read_frame(wire) == (PONG, b"?")
        assert read_frame(wire) == (TEXT, b"one two three")


def test_a_message_may_come_byte_by_byte(api):
    with open_socket(api) as wire:
        wire.send_bytewise(frame(TEXT, b"slowly") + frame(PONG, b"") + frame(TEXT, b"again"))
        assert read_frame(wire) == (TEXT, b"slowly")
        assert read_frame(wire) == (TEXT, b"again")


@pytest.mark.parametrize("code, reason", [(1000, b""), (1001, b"bye"), (3000, b""), (4999, b"")])
def test_a_close_is_answered_with_the_same_close(api, code, reason):
    with open_socket(api) as wire:
        wire.send(frame(CLOSE, struct.pack(">H", code) + reason))
        assert read_frame(wire) == (CLOSE, struct.pack(">H", code) + reason)
        assert wire.rest() == b""


@pytest.mark.parametrize("wrong, code", [
    (b"\x81\x02hi", 1002),
    (frame(TEXT | 0x40, b"x"), 1002),
    (frame(3, b"x"), 1002),
    (frame(PING, b"x", final=False), 1002),
    (frame(PING, pattern(126)), 1002),
    (frame(CONTINUATION, b"x"), 1002),
    (frame(TEXT, b"x", final=False) + frame(TEXT, b"y"), 1002),
    (frame(CLOSE, b"\x03"), 1002),
    (frame(CLOSE, struct.pack(">H", 1005)), 1002),
    (frame(TEXT, b"\xc3\x28"), 1007),
    (struct.pack(">BBQ", 0x82, 0xff, 1 << 40), 1009),
], ids=["unmasked", "reserved bit", "unknown opcode", "fragmented ping", "long ping",
        "continues nothing", "message in message", "half a code", "code 1005", "bad UTF-8",
        "too long"])
def test_what_is_wrong_ends_the_connection_with_its_code(api, wrong, code):
    with open_socket(api) as wire:
        wire.send(wrong)
        opcode, content = read_frame(wire)
        assert opcode == CLOSE and struct.unpack(">H", content[:2]) == (code,)
        assert wire.rest() == b""


@pytest.mark.parametrize("change, status", [
    ({"Sec-WebSocket-Version": "8"}, 426), ({"Sec-WebSocket-Key": "short"}, 400),
    ({"Upgrade": "other"}, 400),
])
def test_a_bad_handshake_is_refused(api, change, status):
    with Wire(api.port) as wire:
        wire.send(request("/api/socket", fields={**UPGRADE, **change}))
        assert wire.response().status == status


# Life


def test_term_finishes_what_is_under_way_and_says_goodbye():
    api = NodeApi().start()
    with Wire(api.port) as slow, Wire(api.port) as events, open_socket(api) as socket:
        slow.send(request("/api/slow?ms=600"))
        events.send(request("/api/events"))
        assert events.head().status == 200
        time.sleep(0.1)
        api.process.send_signal(signal.SIGTERM)
        assert read_frame(socket)[0] == CLOSE
        events.until(b"0\r\n\r\n")
        answer = slow.response()
        assert answer.status == 200 and answer.closes
        assert api.process.wait(4) == 0
        with pytest.raises(OSError):
            Wire(api.port, timeout=1)


def test_it_listens_on_a_unix_socket_even_where_a_stale_one_lies(tmp_path):
    path = str(tmp_path / "one.sock")
    for _ in range(2):
        process = subprocess.Popen(["node", str(SCRIPT)], env=dict(os.environ, PORT=path),
                                   stdout=subprocess.PIPE)
        try:
            assert process.stdout.readline() == b"api-one listens on %s\n" % path.encode()
            with Wire(path) as wire:
                assert wire.get("/api/whoami").content == b'{"process":"api-one"}\n'
        finally:
            # Killed, so that the socket file stays behind for the second turn.
            process.kill()
            process.wait()
            process.stdout.close()


def test_a_taken_port_is_one_line_and_status_1(api):
    ended = subprocess.run(["node", str(SCRIPT)], env=dict(os.environ, PORT=str(api.port)),
                           capture_output=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert ended.stderr.count(b"\n") == 1 and b"EADDRINUSE" in ended.stderr
