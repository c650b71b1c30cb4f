# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The harness itself: a client that overlooks a fault, or a peer that sees none, would make every
# other test worthless.

import pytest

from harness import Backend, Wire, WireError, answer, request, tree


def ask(raw, method="GET"):
    with Backend(lambda read, connection: raw, close=True) as peer, Wire(peer.port, 3) as wire:
        return wire.get("/", method)


@pytest.mark.parametrize("raw", [
    b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX : y\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: \x01\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n",
])
def test_the_client_refuses_a_faulty_answer(raw):
    with pytest.raises(WireError):
        ask(raw)


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_the_client_reads_each_framing(framing):
    assert ask(answer(b"hello", framing=framing)).content == b"hello"


def test_the_peer_reports_flaws_of_a_request():
    with Backend() as peer, Wire(peer.port) as wire:
        wire.send(b"GET / HTTP/1.1\nHost: a\n\n").response()
        wire.send(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nA : b\r\n\r\n").response()
        wire.send(request(content=b"abc")).response()
        assert [bool(read.flaws) for read in peer.requests] == [True, True, False]
        assert peer.requests[2].content == b"abc" and peer.requests[2].complete


def test_a_server_starts_answers_and_stops(lab, tmp_path):
    tree(tmp_path / "root", {"index.html": "hello"})
    server = lab.server("""
        server { listen 127.0.0.1:%%PORT%%; root %%ROOT%%; }
    """, root=tmp_path / "root")
    assert server.get("/").content == b"hello"
    server.assert_unharmed()
