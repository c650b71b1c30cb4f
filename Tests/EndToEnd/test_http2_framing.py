# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Heads and frames that HTTP/2 forbids: the stream or the connection ends, and nothing that a peer
# of HTTP/1 could take for something else is passed on. The names of the cases (F07 to F12) are
# stable.

import struct

import pytest

from harness import UNDER_TEST, Wire, request
from harness.hpack import encoded, literal
from harness.http2 import (
    ACK, ALTSVC, COMPRESSION_ERROR, CONTINUATION, DATA, END_HEADERS, END_STREAM, FLOW_CONTROL_ERROR,
    FRAME_SIZE_ERROR, GOAWAY, HEADERS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, NO_ERROR, ORIGIN,
    PADDED, PING, PREFACE, PRIORITY, PRIORITY_UPDATE, PROTOCOL_ERROR, PUSH_PROMISE, RST_STREAM,
    SETTINGS, STREAM_CLOSED, WINDOW_UPDATE, fields_of, frame, headers, rst_stream, settings,
    window_update)
from harness.site_http2 import SiteOfBothVersions

OURS = pytest.mark.ours


@pytest.fixture(scope="module")
def module_site(shared_lab):
    return SiteOfBothVersions(shared_lab)


@pytest.fixture
def site(module_site):
    module_site.begin()
    yield module_site
    module_site.begin()
    module_site.unharmed()


def case(name, value, *rest, ours=False):
    return pytest.param(value, *rest, id=name, marks=[OURS] if ours else [])


def with_field(name, value):
    return [*fields_of("/proxy/x"), (name, value)]


def with_pseudo(name, value):
    return [(key, value if key == name else old) for key, old in fields_of("/proxy/x")]


def without(name):
    return [pair for pair in fields_of("/proxy/x") if pair[0] != name]


SMUGGLING = "1\r\n\r\nGET /proxy/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"

FAULTY_HEADS = [
    *[case("F07 path %r" % path, with_pseudo(":path", path)) for path in [
        "/proxy/x\r\nX: y", "/proxy/x\nX: y", "/proxy/x\0", "/proxy/x HTTP/1.1" + SMUGGLING,
        "/proxy/\x7fx", "", "proxy/x", "*"]],
    case("F07 path with a space", with_pseudo(":path", "/proxy/x y"), ours=True),
    *[case("F07 method %r" % method, with_pseudo(":method", method)) for method in [
        "GET /proxy/smuggled HTTP/1.1\r\nX:", "GE T", "", "G\0T", "GET\n"]],
    *[case("F07 authority %r" % host, with_pseudo(":authority", host)) for host in [
        "local\r\nX: y", "localhost\0", "local host", "localhost/x", "a\nb"]],
    *[case("F07 scheme %r" % scheme, with_pseudo(":scheme", scheme)) for scheme in [
        "", "ht tp", "http\r\nX: y"]],
    *[case("F07 name %r" % name, with_field(name, "1")) for name in [
        "x\r\ny", "x\0y", "X-Upper", "", "x y", "x:y", "x\ny"]],
    *[case("F07 value %r" % value, with_field("x-a", value)) for value in [
        SMUGGLING, "a\nb", "a\0b", "a\rb"]],
    case("F07 two paths", [*fields_of("/proxy/x"), (":path", "/proxy/y")]),
    case("F07 two methods", [(":method", "POST"), *fields_of("/proxy/x")]),
    case("F07 two authorities", [(":authority", "a"), *fields_of("/proxy/x")]),
    case("F07 a pseudo field behind others",
         [*fields_of("/proxy/x")[:3], ("x-a", "1"), (":authority", "localhost")], ours=True),
    case("F07 an unknown pseudo field", [(":status", "200"), *fields_of("/proxy/x")]),
    case("F07 no method", without(":method")),
    case("F07 no scheme", without(":scheme")),
    case("F07 no path", without(":path")),
    case("F07 nobody is asked", without(":authority")),
    *[case("F07 %s" % name, with_field(name, value), ours=True) for name, value in [
        ("connection", "close"), ("keep-alive", "timeout=5"), ("proxy-connection", "close"),
        ("transfer-encoding", "chunked"), ("upgrade", "h2c"), ("te", "gzip")]],
    case("F08 a host that is not the authority", with_field("host", "other.example"), ours=True),
    case("F08 two hosts", [*without(":authority"), ("host", "a"), ("host", "b")]),
]


@pytest.mark.parametrize("fields", FAULTY_HEADS)
def test_a_faulty_head_is_refused_and_passed_to_nobody(site, fields):
    with site.wire() as wire:
        stream = 1
        wire.send(headers(stream, fields))
        wire.until(lambda: stream in wire.streams and wire.streams[stream].is_over or wire.goaway)
        read = wire.streams.get(stream)
        if read and read.reset is None and read.fields:
            assert read.status == 400, read
    assert not site.sentinel(), "the peer saw something"


LENGTHS = [
    case("F07 more content than said", "3", [b"hello"]),
    case("F07 less content than said", "9", [b"hello"]),
    case("F07 much more than said", "1", [b"x" * 8000] * 4),
    case("F07 content where none was said", "0", [b"GET /proxy/smuggled HTTP/1.1\r\n\r\n"]),
    *[case("F07 length %r" % length, length, [b"hello"]) for length in [
        "+5", "-5", "0x5", "5 ", "5, 5", "99999999999999999999", "", "five"]],
]


@pytest.mark.parametrize("length, content", LENGTHS)
def test_a_length_that_is_not_so_is_refused(site, length, content):
    with site.wire() as wire:
        wire.send(headers(1, [*fields_of("/proxy/x", "POST"), ("content-length", length)], False))
        for index, piece in enumerate(content):
            ends = END_STREAM if index == len(content) - 1 else 0
            wire.send(frame(DATA, ends, 1, piece))
        wire.until(lambda: 1 in wire.streams and wire.streams[1].is_over or wire.goaway)
        read = wire.streams.get(1)
        if read and read.reset is None and read.fields:
            assert read.status == 400, read
    assert not [read for read in site.sentinel() if read.complete]


def test_two_lengths_are_refused(site):
    with site.wire() as wire:
        wire.send(headers(1, [*fields_of("/proxy/x", "POST"), ("content-length", "5"),
                              ("content-length", "6")], False))
        wire.send(frame(DATA, END_STREAM, 1, b"hello"))
        wire.until(lambda: 1 in wire.streams and wire.streams[1].is_over or wire.goaway)
        read = wire.streams.get(1)
        assert not read or read.reset is not None or read.status == 400, read
    assert not [read for read in site.sentinel() if read.complete]


@pytest.mark.parametrize("target", ["/proxy/x", "/proxy/a%20b?q=%0d%0a", "/proxy/%C3%BC?a=b&c"])
def test_a_sound_head_arrives_as_it_was(site, target):
    with site.wire() as wire:
        read = wire.get(target, fields=[("x-a", "1"), ("cookie", "a=1"), ("cookie", "b=2"),
                                        ("te", "trailers")])
        assert read.status == 200 and read.text == "peer " + target
    seen, = site.sentinel()
    assert (seen.line, seen.all("X-A"), seen.all("Cookie"), seen.all("Host")) == (
        "GET %s HTTP/1.1" % target, ["1"], ["a=1; b=2"], ["localhost"])
    assert not seen.all("TE") and not seen.all(":authority")


def test_content_without_a_length_arrives_framed(site):
    with site.wire() as wire:
        stream = wire.ask("/proxy/x", "POST", content=b"GET /proxy/smuggled HTTP/1.1\r\n\r\n" * 900)
        assert wire.answer(stream).status == 200
    seen, = site.sentinel()
    assert seen.complete and seen.content == b"GET /proxy/smuggled HTTP/1.1\r\n\r\n" * 900


# What is unknown must be ignored (RFC 9113 §4.1, §5.5, §6.5.2).
HARMLESS = [
    case("F09 ALTSVC", frame(ALTSVC, 0, 0, b"\0\0h2=\":443\"")),
    case("F09 ORIGIN", frame(ORIGIN, 0, 0, b"\0\x0bhttps://a.b")),
    case("F09 an empty ORIGIN", frame(ORIGIN)),
    case("F09 PRIORITY_UPDATE", frame(PRIORITY_UPDATE, 0, 0, b"\0\0\0\1u=1"), ours=True),
    case("F09 an unknown frame", frame(0x77, 0xFF, 0, b"x" * 1000)),
    case("F09 an unknown frame of a stream", frame(0xFE, 0, 99, b"x")),
    case("F09 unknown settings", settings((0x7777, 1), (0xFFFF, 0xFFFFFFFF), (0, 0))),
    case("F09 a setting twice", settings((INITIAL_WINDOW_SIZE, 5), (INITIAL_WINDOW_SIZE, 65535))),
    case("F09 empty settings", settings()),
    case("F09 a priority of a stream that is idle", frame(PRIORITY, 0, 5, b"\0\0\0\0\x10")),
    case("F09 a reserved bit", frame(PING, 0, 0x80000000, b"12345678")),
    case("F09 flags that mean nothing", frame(PING, 0xFE, 0, b"12345678")),
]


@pytest.mark.parametrize("harmless", HARMLESS)
def test_what_is_unknown_is_ignored(site, harmless):
    with site.wire() as wire:
        wire.send(harmless * 3)
        assert wire.get("/a.txt").text == "a" * 1000
        assert wire.goaway is None


FIVE = b"\0\0\0\0\x10"
IDLE = [case("F10 %s of an idle stream" % name, data, (PROTOCOL_ERROR,), ours=True)
        for name, data in [
    ("content", frame(DATA, 0, 5, b"x")), ("a window", window_update(5, 1)),
    ("a reset", rst_stream(5)), ]]

FAULTY_FRAMES = [
    *IDLE,
    case("F10 an even stream", headers(2, fields_of()), (PROTOCOL_ERROR,)),
    case("F10 stream 0", headers(0, fields_of()), (PROTOCOL_ERROR,)),
    case("F10 a stream before the last",
         headers(5, fields_of()) + headers(3, fields_of()), (PROTOCOL_ERROR, STREAM_CLOSED)),
    case("F10 content of stream 0", frame(DATA, 0, 0, b"x"), (PROTOCOL_ERROR,)),
    case("F10 a reset of stream 0", rst_stream(0), (PROTOCOL_ERROR,)),
    case("F10 a priority of stream 0", frame(PRIORITY, 0, 0, FIVE), (PROTOCOL_ERROR,)),
    case("F10 settings of a stream", frame(SETTINGS, 0, 1), (PROTOCOL_ERROR,)),
    case("F10 a ping of a stream", frame(PING, 0, 1, b"12345678"), (PROTOCOL_ERROR,)),
    case("F10 a goaway of a stream", frame(GOAWAY, 0, 1, b"\0" * 8), (PROTOCOL_ERROR,)),
    case("F10 a continuation of nothing", frame(CONTINUATION, END_HEADERS, 1, b"\x82"),
         (PROTOCOL_ERROR,)),
    case("F10 a frame inside a head", frame(HEADERS, 0, 1, encoded(fields_of())) + frame(PING,
         payload=b"12345678"), (PROTOCOL_ERROR,)),
    case("F10 a continuation of another stream", frame(HEADERS, 0, 1, encoded(fields_of()))
         + frame(CONTINUATION, END_HEADERS, 3, b"\x82"), (PROTOCOL_ERROR,)),
    case("F10 a push of a client", frame(PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\2\x82"),
         (PROTOCOL_ERROR,)),
    case("F10 a frame that is too long", frame(DATA, 0, 1, b"x" * 16385, length=16777215),
         (FRAME_SIZE_ERROR,), ours=True),
    *[case("F10 a short %s" % name, data, (FRAME_SIZE_ERROR,)) for name, data in [
        ("ping", frame(PING, payload=b"1234567")),
        ("setting", frame(SETTINGS, payload=b"\0\1\0\0\0")),
        ("answered setting", frame(SETTINGS, ACK, payload=b"\0\1\0\0\0\0")),
        ("window", headers(1, fields_of()) + frame(WINDOW_UPDATE, 0, 0, b"\0\0\1")),
        ("reset", headers(1, fields_of(), ends=False) + frame(RST_STREAM, 0, 1, b"\0\0")),
        ("goaway", frame(GOAWAY, payload=b"\0\0\0")), ]],
    case("F10 padding that is longer than its frame",
         headers(1, fields_of(), ends=False) + frame(DATA, PADDED, 1, b"\x09x"), (PROTOCOL_ERROR,)),
    case("F10 padding of a head that is longer than its frame",
         frame(HEADERS, END_HEADERS | PADDED, 1, b"\xff" + encoded(fields_of())[:9]),
         (PROTOCOL_ERROR,)),
    case("F10 an empty padded head", frame(HEADERS, END_HEADERS | PADDED, 1),
         (PROTOCOL_ERROR, FRAME_SIZE_ERROR)),
    case("F10 a window of nothing", window_update(0, 0), (PROTOCOL_ERROR,)),
    case("F10 a window that is too wide", window_update(0, 0x7FFFFFFF), (FLOW_CONTROL_ERROR,)),
    case("F10 an initial window that is too wide", settings((INITIAL_WINDOW_SIZE, 0x80000000)),
         (FLOW_CONTROL_ERROR,)),
    case("F10 frames of 100 bytes", settings((MAX_FRAME_SIZE, 100)), (PROTOCOL_ERROR,)),
    case("F10 frames of 2^24 bytes", settings((MAX_FRAME_SIZE, 1 << 24)), (PROTOCOL_ERROR,)),
    case("F10 a push that is neither on nor off", settings((2, 2)), (PROTOCOL_ERROR,)),
    *[case("F04 %s" % name, frame(HEADERS, END_HEADERS | END_STREAM, 1, block),
           (COMPRESSION_ERROR, FRAME_SIZE_ERROR)) for name, block in [
        ("index 0", b"\x80"), ("an index of nothing", b"\xfe"),
        ("an integer without end", b"\xff" + b"\x80" * 12 + b"\x01"),
        ("an integer of 2^63", b"\xff" + b"\xff" * 9 + b"\x7f"),
        ("a length of 2^63", b"\x00\x01a\x7f" + b"\xff" * 9 + b"\x7f"),
        ("a table that is too large", b"\x3f\xff\xff\xff\x07"),
        ("a string beyond its block", b"\x00\x7f\x00abc"),
        ("a code that ends the string", b"\x00\x84\xff\xff\xff\xff\x01a"),
        ("an integer that is cut off", b"\xff\x80"), ]],
    case("F04 padding of a code that is zero", frame(HEADERS, END_HEADERS | END_STREAM, 1,
         b"\x00\x81\x18\x01a"), (COMPRESSION_ERROR,)),
]


@pytest.mark.parametrize("data, codes", FAULTY_FRAMES)
def test_a_faulty_frame_ends_the_connection(site, data, codes):
    with site.wire() as wire:
        wire.send(data)
        wire.drain(5)
        # A code may be lost when the server closes while bytes are still on their way to it.
        assert wire.goaway is None or wire.goaway.code in codes, wire.goaway
    assert not site.sentinel()


AFTER_THE_END = [
    case("F10 content", frame(DATA, 0, 1, b"x")),
    case("F10 another head", headers(1, fields_of("/proxy/smuggled"))),
    case("F10 trailers", headers(1, [("x-a", "1")])),
]


@pytest.mark.parametrize("data", AFTER_THE_END)
def test_what_follows_the_end_of_a_stream_is_an_error(site, data):
    with site.wire() as wire:
        wire.send(headers(1, fields_of("/proxy/x")) + data)
        wire.until(lambda: wire.goaway or 1 in wire.streams and wire.streams[1].is_over)
        if wire.goaway:
            assert wire.goaway.code in (STREAM_CLOSED, PROTOCOL_ERROR), wire.goaway


def test_the_last_stream_of_all_is_served(site):
    with site.wire() as wire:
        wire.send(headers(0x7FFFFFFF, fields_of("/a.txt")))
        assert wire.answer(0x7FFFFFFF).status == 200


@pytest.mark.parametrize("preface", [
    b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", PREFACE[:-1] + b"\0",
    PREFACE + frame(PING, payload=b"8" * 8),
    PREFACE + b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_a_faulty_beginning_ends_the_connection(site, preface):
    with site.wire(first=preface, impatient=True) as wire:
        rest = wire.rest(10)
        assert b"200" not in rest
    assert not site.sentinel()


@pytest.mark.parametrize("cut", range(1, len(PREFACE), 5))
def test_a_beginning_may_come_in_pieces(site, cut):
    with site.wire(first=b"") as wire:
        wire.send_split(PREFACE + settings() + headers(1, fields_of("/text")), cut, 0.02)
        assert wire.answer(1).text == "text"


def test_frames_may_come_in_single_bytes(site):
    with site.wire(first=b"") as wire:
        wire.send_bytewise(PREFACE + settings() + headers(1, fields_of("/proxy/x", "POST"), False)
                           + frame(DATA, END_STREAM | PADDED, 1, b"\x03abc\0\0\0"))
        assert wire.answer(1).text == "peer /proxy/x"
    assert site.sentinel()[0].content == b"abc"


UPGRADES = [("h2c", "AAMAAABkAAQAoAAAAAIAAAAA"), ("h2c, websocket", "AAMAAABk"), ("H2C", "")]


@pytest.mark.parametrize("upgrade, value", UPGRADES)
def test_an_upgrade_to_h2c_is_not_offered(site, upgrade, value):
    with Wire(site.server.port) as wire:
        wire.send(request("/proxy/x", fields={
            "Connection": "Upgrade, HTTP2-Settings", "Upgrade": upgrade,
            "HTTP2-Settings": value}))
        answered = wire.response()
        assert (answered.status, answered.version) == (200, 1) and "Upgrade" not in answered
        assert wire.get("/text").text == "text"
    seen = site.sentinel()
    assert len(seen) == 1 and not seen[0].all("Upgrade") and "h2c" not in str(seen[0].head), seen


@pytest.mark.skipif(UNDER_TEST == "nginx", reason="1.22 speaks one version on a port")
def test_the_beginning_of_http2_is_no_request_of_http1(site):
    with site.wire(first=PREFACE + settings()) as wire:
        assert wire.get("/text").text == "text"
    with Wire(site.server.port) as wire:
        wire.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert wire.rest()[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 405", b"HTTP/1.1 505")
