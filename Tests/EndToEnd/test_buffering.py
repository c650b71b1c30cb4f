# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A fast peer is freed from a slow client: what the client does not take waits in memory, then in
# a file. Nothing of it is lost, and a content that breaks off is never taken for a whole one.

import gzip
import os
import threading
import time

import pytest

from harness import UNDER_TEST, Site, Wire, WireError, answer, request, until

CONFIGURATION = """
    limit_rate_after 0;
    server {
        listen 127.0.0.1:%%PORT%% sndbuf=32k;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_temp_path %%DIR%%/kept;
        proxy_read_timeout 5s;
        location /proxy/ { proxy_pass http://peers; }
        location /memory/ { proxy_max_temp_file_size 0; proxy_buffers 64 64k;
                            proxy_pass http://peers; }
        location /small/ { proxy_max_temp_file_size 128k; proxy_pass http://peers; }
        location /off/ { proxy_buffering off; proxy_pass http://peers; }
        location /wish/ { proxy_buffering off; proxy_pass http://peers; }
        location /deaf/ { proxy_ignore_headers X-Accel-Buffering; proxy_pass http://peers; }
        location /gzip/ { gzip on; gzip_comp_level 1; proxy_pass http://peers; }
        location /copied/ { sendfile off; proxy_pass http://peers; }
        location /ranges/ { proxy_force_ranges on; proxy_pass http://peers; }
        location /include/ { ssi on; proxy_pass http://peers; }
        location /homeless/ { proxy_temp_path /proc/nothing; proxy_pass http://peers; }
    }
    upstream peers { server %%BACKEND%%; keepalive 4; }
"""

SIZE = 12_000_000
CONTENT = bytes(range(256)) * (SIZE // 256)


class Peer:
    """Sends a large content, and says when all of it has been taken."""

    def __init__(self, site, content=CONTENT, framing="length", fields=(), cut=None):
        self.content, self.framing, self.fields, self.cut = content, framing, fields, cut
        self.done = threading.Event()
        self.sent = 0
        site.backend.script = self

    def __call__(self, read, connection):
        if "sentinel" in read.target:
            return answer("peer " + read.target)
        head = answer(fields=self.fields, framing=None)[:-2]
        if self.framing == "length":
            head += b"Content-Length: %d\r\n" % len(self.content)
        elif self.framing == "chunked":
            head += b"Transfer-Encoding: chunked\r\n"
        connection.send(head + b"\r\n")
        for start in range(0, self.cut or len(self.content), 100_000):
            piece = self.content[start:min(start + 100_000, self.cut or len(self.content))]
            if self.framing == "chunked":
                piece = b"%x\r\n%s\r\n" % (len(piece), piece)
            if not connection.send(piece):
                return None
            self.sent += len(piece)
        if self.framing == "chunked" and not self.cut:
            connection.send(b"0\r\n\r\n")
        if self.framing == "close" or self.cut:
            connection.close()
        self.done.set()
        return None


@pytest.fixture
def site(lab):
    site = Site(lab, CONFIGURATION, main="worker_processes 1;")
    os.makedirs(site.server.directory / "kept", exist_ok=True)
    os.chmod(site.server.directory / "kept", 0o777)
    return site


def slow(site, target, version="1.1", fields=()):
    wire = Wire(site.server.port, timeout=20, receive_buffer=4096)
    wire.send(request(target, version=version, fields=fields))
    return wire


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("target", ["/proxy/x", "/copied/x"])
def test_a_peer_is_done_before_its_client(site, framing, target):
    peer = Peer(site, framing=framing)
    with slow(site, target) as wire:
        assert peer.done.wait(10), "the peer waits for the client: %d" % peer.sent
        if framing != "close":
            # Its connection serves others meanwhile.
            time.sleep(0.3)
            assert site.server.get("/proxy/sentinel").text == "peer /proxy/sentinel"
            assert len(site.backend.connections) == 1
        assert wire.response().content == CONTENT
    site.server.wait_for_error("an upstream response is buffered to a temporary file")


def test_the_file_has_no_name_and_goes_with_the_answer(site):
    peer = Peer(site)
    with slow(site, "/proxy/x") as wire:
        assert peer.done.wait(10)
        assert os.listdir(site.server.directory / "kept") == []
        before = site.server.descriptors()
        assert wire.response().content == CONTENT
        site.sentinel()
        until(lambda: site.server.descriptors() < before, 5, "the file stays open")


def test_memory_alone_can_be_enough(site):
    content = CONTENT[:3_500_000]
    peer = Peer(site, content)
    with slow(site, "/memory/x") as wire:
        assert peer.done.wait(10)
        assert wire.response().content == content
    assert "temporary file" not in site.server.errors()


@pytest.mark.parametrize("target,fields,is_kept", [
    ("/off/x", {}, False), ("/small/x", {}, False), ("/proxy/x", {}, True),
    ("/wish/x", {"X-Accel-Buffering": "yes"}, True),
    ("/wish/x", {"X-Accel-Buffering": "maybe"}, False),
    ("/proxy/x", {"X-Accel-Buffering": "No"}, False),
    ("/deaf/x", {"X-Accel-Buffering": "no"}, True),
    ("/proxy/x", {"Content-Type": "text/event-stream"}, False),
    ("/proxy/x", {"Content-Type": "application/grpc-web+proto"}, False),
])
def test_who_is_freed_and_who_waits(site, target, fields, is_kept):
    if UNDER_TEST == "nginx" and "Content-Type" in fields:
        pytest.skip("keeps streams of events")
    peer = Peer(site, fields=fields)
    with slow(site, target) as wire:
        assert peer.done.wait(10 if is_kept else 1.5) == is_kept
        assert wire.response().content == CONTENT
    assert peer.done.wait(5)


def test_a_folder_that_is_missing_costs_nothing_but_time(site):
    peer = Peer(site)
    with slow(site, "/homeless/x") as wire:
        site.server.wait_for_error(r'\[crit\].*open\(\) "/proc/nothing" failed')
        assert not peer.done.wait(0.5)
        assert wire.response().content == CONTENT


def test_filters_take_what_was_kept(site):
    peer = Peer(site, CONTENT[:4_000_000], fields={"Content-Type": "text/html"})
    with slow(site, "/gzip/x", fields={"Accept-Encoding": "gzip"}) as wire:
        got = wire.response()
        assert got["Content-Encoding"] == "gzip"
        assert gzip.decompress(got.content) == peer.content


def test_a_forced_range_is_cut_out_of_what_is_kept(site):
    peer = Peer(site)
    with slow(site, "/ranges/x", fields={"Range": "bytes=1000-9000999"}) as wire:
        got = wire.response()
        assert got.status == 206 and got.content == CONTENT[1000:9_001_000]
    assert peer.sent > 0


def test_an_included_answer_is_kept_too(site):
    page = b'<!--# include virtual="/proxy/part" -->'

    def script(read, connection):
        if read.target == "/include/page":
            return answer(page, fields={"Content-Type": "text/html"})
        return peer(read, connection)
    peer = Peer(site, CONTENT[:3_000_000])
    site.backend.script = script
    with slow(site, "/include/page") as wire:
        assert peer.done.wait(10)
        assert wire.response().content == peer.content


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_content_that_breaks_off_is_never_whole(site, framing, version):
    peer = Peer(site, framing=framing, cut=5_000_000)
    with slow(site, "/proxy/x", version) as wire:
        assert peer.done.wait(10)
        head = wire.head()
        rest = b""
        try:
            while piece := wire.socket.recv(65536):
                rest += piece
            was_reset = False
        except ConnectionResetError:
            was_reset = True
        assert len(rest) < len(CONTENT)
        assert not rest.endswith(b"0\r\n\r\n")
        if UNDER_TEST != "nginx" and "Content-Length" not in head and version == "1.0":
            assert was_reset, "the end of the connection says that this was all"
    site.server.wait_for_error("upstream prematurely closed connection while reading upstream")
    site.sentinel()


def test_bytes_behind_the_content_are_nobodys(site):
    def script(read, connection):
        if "sentinel" in read.target:
            return answer("peer " + read.target)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        connection.send(CONTENT[:1_000_000] + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        done.set()
        return None
    done = threading.Event()
    site.backend.script = script
    with slow(site, "/proxy/x") as wire:
        assert done.wait(10)
        assert wire.response().content == CONTENT[:1_000_000]
    assert site.server.get("/proxy/sentinel").text == "peer /proxy/sentinel"


def test_a_client_that_leaves_leaves_nothing(site):
    peer = Peer(site)
    before = site.server.descriptors()
    with slow(site, "/proxy/x"):
        assert peer.done.wait(10)
    until(lambda: site.server.descriptors() <= before + 1, 10, "something stays open")
    site.sentinel()


def test_a_limited_client_frees_its_peer(lab):
    site = Site(lab, CONFIGURATION.replace("limit_rate_after 0;", "limit_rate 1m;"))
    os.makedirs(site.server.directory / "kept", exist_ok=True)
    os.chmod(site.server.directory / "kept", 0o777)
    peer = Peer(site)
    with slow(site, "/proxy/x") as wire:
        assert peer.done.wait(5)
        with pytest.raises(WireError):
            wire.response(timeout=0.5)
