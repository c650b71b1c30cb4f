# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The client for HTTP/2 itself: what a server may not send must be an error in it.

import socket

import pytest

from harness import HTTP2Wire, WireError
from harness.hpack import Decoder, HPACKError, encoded, huffman_decoded, integer, literal
from harness.http2 import CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, frame, headers

OK = [(":status", "200")]


def reading(*frames):
    """A client whose server sends these bytes and closes."""
    listener = socket.create_server(("127.0.0.1", 0))
    wire = HTTP2Wire(listener.getsockname()[1], 3)
    server, _ = listener.accept()
    server.sendall(b"".join(frames))
    server.recv(1000)
    server.close()
    listener.close()
    return wire


def test_an_answer_in_pieces_is_read():
    block = encoded([*OK, ("x-a", "1")])
    wire = reading(
        frame(HEADERS, 0, 1, block[:5]), frame(CONTINUATION, END_HEADERS, 1, block[5:]),
        frame(DATA, 0, 1, b"one"), frame(DATA, 0, 1, b" two"),
        headers(1, [("x-sum", "7")]))
    stream = wire.answer(1)
    assert (stream.status, stream.get("x-a"), stream.text) == (200, "1", "one two")
    assert stream.trailers == [("x-sum", "7")]


@pytest.mark.parametrize("frames", [
    [headers(1, OK), frame(DATA, END_STREAM, 1, b"more")],
    [frame(DATA, END_STREAM, 1, b"before")],
    [headers(1, [("x-a", "1"), *OK])],
    [headers(1, [*OK, ("X-A", "1")])],
    [headers(1, [*OK, ("connection", "close")])],
    [headers(1, [*OK, ("x-a", "1\r\n2")])],
    [headers(1, OK, ends=False), headers(1, [("x-a", "1")], ends=False)],
    [frame(HEADERS, 0, 1, encoded(OK)), frame(DATA, 0, 1, b"x")],
    [frame(DATA, 0, 1, b"x" * 16385)],
    [headers(1, OK)[:-1]],
])
def test_the_client_refuses_faulty_frames(frames):
    with pytest.raises(WireError):
        reading(*frames).drain()


@pytest.mark.parametrize("block", [
    b"\x80", b"\xff\x80\x80\x80\x80\x80\x01", b"\xc0", b"\x00\x02a", b"\x3f\xe2\x1f",
    b"\x00\x81\x00",
    b"\x00\x82\xff\xff\x00",
])
def test_the_decoder_refuses_faulty_blocks(block):
    with pytest.raises(HPACKError):
        Decoder().decode(block)


def test_the_decoder_reads_the_examples_of_the_specification():
    decoder = Decoder()
    first = bytes.fromhex("828684418cf1e3c2e5f23a6ba0ab90f4ff")
    assert decoder.decode(first) == [
        (":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")]
    second = bytes.fromhex("828684be5886a8eb10649cbf")
    assert decoder.decode(second)[3:] == [
        (":authority", "www.example.com"), ("cache-control", "no-cache")]
    assert huffman_decoded(bytes.fromhex("25a849e95bb8e8b4bf")) == b"custom-value"
    assert integer(1337, 5) == b"\x1f\x9a\x0a"
    assert decoder.decode(literal("a", "b", 0x40) + b"\xbe") == [("a", "b")] * 2
