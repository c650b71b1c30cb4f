# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Content that is compressed while it passes: nothing is kept back, nothing is hidden that went
# wrong, and nobody else waits for it.

import gzip
import pathlib
import re
import subprocess
import threading
import time
import zlib

import pytest

from harness import UNDER_TEST, Site, Wire, WireError, answer, request, until

CONFIGURATION = """
    log_format ratio "$request_uri $status $gzip_ratio $body_bytes_sent";
    access_log %%DIR%%/ratio.log ratio;
    gzip_types *;
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        client_max_body_size 0;
        location / { }
        location /proxy/ {
            gzip on;
            proxy_pass http://%%BACKEND%%;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            %%NGINX%%
        }
        location /best/ {
            gzip on;
            gzip_comp_level 9;
            alias %%DIR%%/html/;
        }
        location /kept/ {
            gzip on;
            alias %%DIR%%/html/;
        }
        location /others/ {
            brotli on;
            brotli_types *;
            zstd on;
            zstd_types *;
            proxy_pass http://%%BACKEND%%/;
        }
    }
"""
UNBUFFERED = "proxy_buffering off; proxy_request_buffering off;" if UNDER_TEST == "nginx" else ""
GZIP = {"Accept-Encoding": "gzip"}
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def site(lab):
    return Site(lab, CONFIGURATION if UNDER_TEST != "nginx" else CONFIGURATION.replace(
        "brotli on;", "").replace("brotli_types *;", "").replace("zstd on;", "").replace(
        "zstd_types *;", ""), nginx=UNBUFFERED)


def chunk(text):
    return b"%x\r\n%s\r\n" % (len(text), text)


def read_chunk(wire):
    size = int(wire.until(b"\r\n", 3).split(b";")[0], 16)
    data = wire.exactly(size, 3)
    assert wire.exactly(2, 3) == b"\r\n"
    return data


def test_an_event_arrives_when_it_is_sent_although_it_is_compressed(site):
    turn = threading.Event()

    def script(read, connection):
        connection.send(EVENTS)
        for number in range(5):
            connection.send(chunk(b"data: %d\n\n" % number))
            if not turn.wait(5):
                break
            turn.clear()
        connection.send(b"0\r\n\r\n")
    site.backend.script = script
    with site.server.connect() as wire:
        wire.send(request("/proxy/events", fields=GZIP))
        head = wire.head()
        assert head["Content-Encoding"] == "gzip"
        reader = zlib.decompressobj(31)
        for number in range(5):
            text = b""
            while not text:
                text = reader.decompress(read_chunk(wire))
            assert text == b"data: %d\n\n" % number
            turn.set()
        rest = b""
        while True:
            piece = read_chunk(wire)
            if not piece:
                break
            rest += reader.decompress(piece)
        assert rest == b"" and reader.eof


@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
def test_content_that_breaks_off_is_not_ended(site, framing):
    def script(read, connection):
        fields = {"chunked": b"Transfer-Encoding: chunked\r\n", "length": b"Content-Length: 99\r\n",
                  "close": b""}[framing]
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + fields + b"\r\n")
        connection.send(chunk(b"half of it") if framing == "chunked" else b"half of it")
        time.sleep(0.05)
        connection.close()
    site.backend.script = script
    with site.server.connect() as wire:
        wire.send(request("/proxy/x", fields=GZIP))
        if framing == "close":
            assert gzip.decompress(wire.response().content) == b"half of it"
            return
        with pytest.raises(WireError):
            wire.response()


def test_large_content_comes_out_whole(site):
    content = b"".join(b"line %d of a long text\n" % number for number in range(100_000))
    site.backend.script = lambda read, connection: answer(
        content, fields={"Content-Type": "text/plain"})
    answered = site.server.get("/proxy/x", fields=GZIP, timeout=30)
    assert gzip.decompress(answered.content) == content
    assert answered.framing == "chunked"
    ratio = until(lambda: re.search(r"^/proxy/x 200 ([0-9.]+) (\d+)$", site.server.read(
        "ratio.log"), re.M))
    assert abs(float(ratio[1]) - len(content) / len(answered.content)) < 0.02
    assert int(ratio[2]) == len(answered.content) or UNDER_TEST == "nginx"


@pytest.mark.ours
@pytest.mark.parametrize("name, tool", [("br", "brotli"), ("zstd", "zstd")])
def test_the_other_codings_come_out_whole(site, name, tool):
    content = b"".join(b"line %d of a long text\n" % number for number in range(50_000))
    site.backend.script = lambda read, connection: answer(
        content, fields={"Content-Type": "text/plain"}, framing="chunked")
    answered = site.server.get("/others/x", fields={"Accept-Encoding": name}, timeout=30)
    assert answered["Content-Encoding"] == name
    made = subprocess.run([tool, "-dc"], input=answered.content, stdout=subprocess.PIPE, check=True)
    assert made.stdout == content


def test_content_that_is_compressed_already_is_left_alone(site):
    """K04: never twice, and with the tag that the peer gave."""
    content = gzip.compress(b"<p>text</p>" * 100)
    site.backend.script = lambda read, connection: answer(
        content, fields={"Content-Type": "text/html", "Content-Encoding": "gzip", "ETag": '"x"'})
    answered = site.server.get("/proxy/x", fields=GZIP)
    assert answered.content == content and answered["ETag"] == '"x"'
    assert answered["Content-Length"] == str(len(content))


@pytest.mark.parametrize("fields, target", [
    ({"Content-Type": "application/json"}, "/types/x"), ({"Content-Type": "text/html"}, "/off/x"),
    ({"Content-Type": "text/html", "Cache-Control": "no-transform"}, "/proxy/x")])
def test_what_shall_not_be_compressed_is_not(lab, fields, target):
    """K02: types that are not named, locations that say off, and peers that forbid it, so that the
    length of a secret stays its own."""
    site = Site(lab, """
        gzip on; gzip_types text/css;
        server {
            listen 127.0.0.1:%%PORT%%;
            location / { proxy_pass http://%%BACKEND%%; }
            location /off/ { gzip off; proxy_pass http://%%BACKEND%%; }
        }
    """)
    content = b"a secret and what was asked for " * 100
    site.backend.script = lambda read, connection: answer(content, fields=fields)
    if UNDER_TEST == "nginx" and "Cache-Control" in fields:
        pytest.skip("nginx compresses it all the same")
    answered = site.server.get(target, fields=GZIP)
    assert answered.content == content and "Content-Encoding" not in answered


def test_compressed_content_of_requests_reaches_the_peer_as_it_is(site):
    """K01: a bomb in a request is a matter between the client and the peer."""
    content = gzip.compress(b"x" * 1_000_000)
    site.server.get("/proxy/x", "POST", content=content, fields={"Content-Encoding": "gzip"})
    assert site.backend.requests[-1].content == content


@pytest.mark.ours
def test_a_file_is_compressed_at_once_and_then_kept(site):
    """K04: tags that belong to the bytes, and parts of those only."""
    content = b"".join(b"const name%d = %d;\n" % (n, n * n) for n in range(12_000))
    (pathlib.Path(site.server.directory) / "html" / "big.js").write_bytes(content)
    first = site.server.get("/kept/big.js", fields=GZIP)
    assert gzip.decompress(first.content) == content
    assert first["ETag"].startswith('W/"') and first["ETag"].endswith('-gz"')
    again = site.server.get("/kept/big.js", fields={**GZIP, "If-None-Match": first["ETag"]})
    assert (again.status, again["ETag"].removeprefix("W/")) == (
        304, first["ETag"].removeprefix("W/"))
    plain = site.server.get("/kept/big.js")
    assert plain.content == content and "Content-Encoding" not in plain

    def kept():
        found = site.server.get("/kept/big.js", fields=GZIP)
        return found if not found["ETag"].startswith("W/") else None
    best = until(kept, 20)
    assert gzip.decompress(best.content) == content
    assert "W/" + best["ETag"] == first["ETag"]
    assert best["Content-Length"] == str(len(best.content))
    assert len(best.content) < len(first.content)
    again = site.server.get("/kept/big.js", fields={**GZIP, "If-None-Match": first["ETag"]})
    assert (again.status, again["ETag"]) == (304, best["ETag"])
    part = site.server.get("/kept/big.js", fields={
        **GZIP, "Range": "bytes=10-19", "If-Range": best["ETag"]})
    assert (part.status, part.content) == (206, best.content[10:20])
    # Bytes that were made for one client alone cannot be gone on with.
    whole = site.server.get("/kept/big.js", fields={
        **GZIP, "Range": "bytes=10-19", "If-Range": first["ETag"]})
    assert (whole.status, whole.content) == (200, best.content)
    head = site.server.get("/kept/big.js", "HEAD", fields=GZIP)
    assert head["Content-Length"] == str(len(best.content)) and head["ETag"] == best["ETag"]


@pytest.mark.parametrize("location", ["best"])
def test_a_large_file_of_zeros_makes_nobody_wait(site, location):
    """K03: what takes long to compress is done in turns."""
    path = pathlib.Path(site.server.directory) / "html" / "zeros.txt"
    with open(path, "wb") as file:
        file.truncate(256 << 20)
    before = site.server.memory()
    done = threading.Event()
    sizes, held = [], []

    def download():
        with Wire(site.server.port, 60) as wire:
            wire.send(request("/%s/zeros.txt" % location, fields=GZIP))
            head = wire.head(30)
            assert head["Content-Encoding"] == "gzip", head
            reader, size = zlib.decompressobj(31), 0
            while True:
                piece = read_chunk(wire)
                if not piece:
                    break
                data = reader.decompress(piece, 1 << 20)
                while data:
                    size += len(data)
                    data = reader.decompress(reader.unconsumed_tail, 1 << 20)
            sizes.append(size if reader.eof else -1)
        done.set()
    threads = [threading.Thread(target=download) for _ in range(2)]
    for thread in threads:
        thread.start()
    answered = 0
    while any(thread.is_alive() for thread in threads):
        assert site.server.get("/index.html").status == 200
        answered += 1
        held.append(site.server.memory() - before)
    assert sizes == [256 << 20] * 2
    # Both files take seconds. Whoever compressed one at a stretch would answer two or three.
    assert answered > 12
    assert max(held) < 4096, "%d KB more" % max(held)


@pytest.mark.ours
def test_many_streams_hold_little(site):
    """K03: and each of them holds a bounded amount."""
    def script(read, connection):
        connection.send(EVENTS + chunk(b"data: %s\n\n" % (b"x" * 1000)))
        turn.wait(20)
        connection.send(b"0\r\n\r\n")
    turn = threading.Event()
    site.backend.script = script
    before = site.server.memory()
    wires = []
    try:
        for number in range(64):
            wire = site.server.connect()
            wire.send(request("/others/events", fields={"Accept-Encoding": "br"}))
            assert wire.head()["Content-Encoding"] == "br"
            read_chunk(wire)
            wires.append(wire)
        held = site.server.memory() - before
        assert held / 64 < 512, "%d KB for each" % (held / 64)
    finally:
        turn.set()
        for wire in wires:
            wire.close()
