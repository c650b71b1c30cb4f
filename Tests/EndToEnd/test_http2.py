# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# HTTP/2 as curl speaks it: files, peers, both versions on one port.

import shutil
import subprocess

import pytest

from harness import request
from harness.http2 import ENABLE_PUSH, PREFACE, PROTOCOL_ERROR, REFUSED_STREAM, HTTP2Wire, \
    frame, settings

pytestmark = pytest.mark.ours

MANY = 200
LARGE = bytes(range(256)) * 4000


def reply(read, connection):
    line = f"{read.method} {read.target} {len(read.content)} "
    content = line.encode() + read.content
    return (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: keep-alive\r\n"
            b"Keep-Alive: timeout=5\r\nX-Peer: 1\r\n\r\n" % len(content)) + content


@pytest.fixture(scope="module")
def server(shared_lab):
    backend = shared_lab.backend(reply)
    server = shared_lab.server("""
        http2 on;
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/www;
            location /api/ { proxy_pass http://%%BACKEND%%; }
            location /trailer { add_trailer X-Sum abc; return 200 text; }
            location /many { %%MANY%% return 200 many; }
            location /protocol { return 200 "$server_protocol $http2 $request"; }
        }
    """, backend=backend.address, many=" ".join(
        f'add_header X-Field-Number-{number} "value {number}";' for number in range(MANY)))
    (server.directory / "www").mkdir()
    (server.directory / "www" / "small.txt").write_bytes(b"small")
    (server.directory / "www" / "large.bin").write_bytes(LARGE)
    return server


def curl(server, target, *options):
    """What curl is answered: the lines of the head, and the content."""
    assert shutil.which("curl")
    done = subprocess.run(
        ["curl", "-s", "-i", "--http2-prior-knowledge", "--max-time", "20", *options,
         f"http://127.0.0.1:{server.port}{target}"], capture_output=True, check=True)
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    return head.decode().split("\r\n"), content


def test_a_file_is_served(server):
    head, content = curl(server, "/small.txt")
    assert head[0] == "HTTP/2 200 " and content == b"small"
    assert "content-length: 5" in head and "content-type: text/plain" in head
    assert all(line == line.lower() for line in head[1:] if line.startswith("content-"))


def test_an_answer_may_have_many_fields(server):
    head, content = curl(server, "/many")
    assert head[0] == "HTTP/2 200 " and content == b"many"
    fields = [line for line in head if line.lower().startswith("x-field")]
    assert fields == [f"x-field-number-{number}: value {number}" for number in range(MANY)]


def test_a_large_file_is_served_whole(server):
    head, content = curl(server, "/large.bin")
    assert head[0] == "HTTP/2 200 " and content == LARGE


def test_part_of_a_file_is_served(server):
    head, content = curl(server, "/large.bin", "-H", "Range: bytes=1000-300999")
    assert head[0] == "HTTP/2 206 " and content == LARGE[1000:301000]


def test_head_has_no_content(server):
    head, content = curl(server, "/large.bin", "-I")
    assert head[0] == "HTTP/2 200 " and f"content-length: {len(LARGE)}" in head and not content


def test_what_is_missing_is_404(server):
    assert curl(server, "/none")[0][0] == "HTTP/2 404 "


@pytest.mark.parametrize("size", [0, 10, 70_000, 900_000])
def test_a_peer_gets_the_content_of_a_request(server, size, tmp_path):
    (tmp_path / "body").write_bytes(b"x" * size)
    head, content = curl(server, "/api/a", "--data-binary", f"@{tmp_path}/body")
    assert head[0] == "HTTP/2 200 " and content == b"POST /api/a %d " % size + b"x" * size
    assert "x-peer: 1" in head
    assert not [line for line in head if line.startswith(("connection:", "keep-alive:"))]


def test_variables_tell_the_version(server):
    assert curl(server, "/protocol")[1] == b"HTTP/2.0 h2c GET /protocol HTTP/2.0"


def test_both_versions_share_a_port(server):
    with server.connect() as wire:
        answered = wire.send(request("/protocol")).response()
        assert answered.text == "HTTP/1.1  GET /protocol HTTP/1.1"


def test_trailers_follow_the_content(server):
    with HTTP2Wire(("127.0.0.1", server.port)) as wire:
        answered = wire.get("/trailer")
        assert answered.status == 200 and answered.text == "text"
        assert answered.trailers == [("x-sum", "abc")]


def test_content_waits_until_the_client_knows_its_bounds(lab):
    backend = lab.backend(reply)
    server = lab.server("""
        http2_body_preread_size 1k;
        server { listen 127.0.0.1:%%PORT%% http2; location / { proxy_pass http://%%BACKEND%%; } }
    """, backend=backend.address)
    with HTTP2Wire(server.port) as wire:
        early, without = wire.ask("/a", "POST", content=b"x"), wire.ask("/b")
        wire.until(lambda: wire.streams.get(early) and wire.streams[early].is_over)
        assert wire.streams[early].reset == REFUSED_STREAM
        assert wire.answer(without).status == 200
        wire.pinged()
        assert wire.answer(wire.ask("/c", "POST", content=b"x")).text == "POST /c 1 x"


def test_content_passes_through_a_small_receive_buffer(lab):
    backend = lab.backend(reply)
    server = lab.server("""
        http2_recv_buffer_size 1k;
        server { listen 127.0.0.1:%%PORT%% http2; location / { proxy_pass http://%%BACKEND%%; } }
    """, backend=backend.address)
    with HTTP2Wire(server.port) as wire:
        wire.pinged()
        content = b"x" * 60_000
        answered = wire.answer(wire.ask("/a", "POST", content=content))
        assert answered.content == b"POST /a 60000 " + content


def test_a_client_cannot_push(server):
    with HTTP2Wire(server.port, first=PREFACE + settings((ENABLE_PUSH, 0))) as wire:
        wire.send(frame(5, 4, 1, b"\0\0\0\2"))
        wire.drain(5)
        assert wire.goaway.code == PROTOCOL_ERROR


@pytest.mark.parametrize("line, advice", [
    ("http2_idle_timeout 1m;", 'use the "keepalive_timeout" directive instead'),
    ("http2_recv_timeout 1m;", 'use the "client_header_timeout" directive instead'),
    ("http2_max_requests 9;", 'use the "keepalive_requests" directive instead'),
    ("http2_max_field_size 1k;", 'use the "large_client_header_buffers" directive instead'),
    ("http2_max_header_size 1k;", 'use the "large_client_header_buffers" directive instead'),
    ("http2_push /a.css;", "ignored"), ("http2_push_preload on;", "ignored"),
    ("http2_max_concurrent_pushes 9;", "ignored"),
])
def test_what_is_obsolete_is_warned_of(server, tmp_path, line, advice):
    path = tmp_path / "site.conf"
    path.write_text("http { %s server { listen 127.0.0.1:8099; } } events {}" % line)
    done = subprocess.run([server.binary, "-t", "-c", path], capture_output=True, text=True)
    assert done.returncode == 0, done
    assert f'the "{line.split()[0]}" directive is obsolete, {advice}' in done.stderr + done.stdout
