# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Attacks on HTTP/2 that are well-formed one by one, and work for the server all together: little of
# it reaches anybody, memory stays bounded and is given back, and others are served meanwhile. The
# names of the cases (F01 to F11) are stable.

import struct
import threading
import time

import pytest

from harness import WireError, answer, until
from harness.hpack import encoded, integer, literal
from harness.http2 import (
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM,
    FLOW_CONTROL_ERROR, HEADERS, INITIAL_WINDOW_SIZE, NO_ERROR, PING, PRIORITY, PRIORITY_UPDATE,
    fields_of, frame, headers, rst_stream, settings, window_update)
from harness.site_http2 import Memory, SiteOfBothVersions, flood

OURS = pytest.mark.ours

# How many requests of one connection that is reset all the time may reach anybody.
RESETS_SERVED = 500


@pytest.fixture(scope="module")
def module_site(shared_lab):
    return SiteOfBothVersions(shared_lab)


@pytest.fixture
def site(module_site):
    module_site.begin()
    yield module_site
    module_site.begin()
    module_site.unharmed()


class Bystander:
    """Another client, which asks all the time of a `with` block and must always be answered."""

    def __init__(self, site):
        self.site, self.over, self.answered, self.problems = site, False, 0, []

    def _ask(self):
        try:
            with self.site.wire() as wire:
                while not self.over:
                    read = wire.get("/a.txt")
                    assert (read.status, len(read.content)) == (200, 1000), read
                    self.answered += 1
                    if wire.goaway:
                        break
        except Exception as problem:        # pylint: disable=broad-except
            self.problems.append(problem)

    def __enter__(self):
        self.thread = threading.Thread(target=self._ask)
        self.thread.start()
        return self

    def __exit__(self, *_):
        # At least one answer must come while or after the attack runs.
        before = self.answered
        deadline = time.monotonic() + 10
        while self.answered == before and self.thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.over = True
        self.thread.join(20)
        assert not self.thread.is_alive() and not self.problems, self.problems
        assert self.answered > 0


def cut_off(wire):
    """Asserts that the server has had enough: it says so, or has closed the connection. What a
    client still sends after that may be read and thrown away."""
    try:
        wire.drain(10)
    except (WireError, OSError):
        assert wire.goaway, "the connection is still open: %r" % wire.seen[-5:]
    return wire.goaway


def requests(first, count, *after, target="/proxy/x"):
    """Requests on streams of their own, each with these frames behind it, made by its number."""
    fields = fields_of(target)
    return b"".join(
        headers(stream, fields) + b"".join(make(stream) for make in after)
        for stream in range(first, first + 2 * count, 2))


def attack(wire, make, rounds=100_000, batch=500):
    """Sends batches of requests, all or until the server has closed."""
    wire.socket.settimeout(10)
    for first in range(1, 2 * rounds, 2 * batch):
        try:
            wire.socket.sendall(make(first, batch))
        except (BrokenPipeError, ConnectionResetError):
            return


# F01, F02: streams that are reset

@OURS
def test_rapid_resets_are_stopped(site):
    """F01."""
    with Bystander(site), Memory(site.server), site.wire() as wire:
        attack(wire, lambda first, count: requests(first, count, rst_stream))
        cut_off(wire)
    time.sleep(0.2)
    assert len(site.backend.requests) < RESETS_SERVED


@OURS
def test_rapid_resets_are_told_to_calm_down(site):
    """F01."""
    with site.wire() as wire:
        for first in range(1, 100_000, 400):
            wire.send(requests(first, 200, rst_stream, target="/a.txt"))
            if wire.step(2) is None or wire.goaway:
                break
        wire.drain()
        assert wire.goaway.code == ENHANCE_YOUR_CALM, wire.goaway


@OURS
def test_resets_while_the_peer_thinks_are_stopped(site):
    """F01: each of these had a connection to the peer."""
    site.backend.script = lambda read, connection: connection.wait_for_end() and None
    with Bystander(site), site.wire() as wire:
        for stream in range(1, 6000, 2):
            wire.send(headers(stream, fields_of("/proxy/held")))
            wire.send(rst_stream(stream))
            if stream % 50 == 1:
                try:
                    wire.pinged(5)
                except (AssertionError, OSError):
                    break
            if wire.goaway:
                break
        assert wire.goaway is None or wire.goaway.code == ENHANCE_YOUR_CALM
        assert stream < 5999, "it took them all"
    assert len(site.backend.requests) < RESETS_SERVED
    until(lambda: all(connection.ended or connection.closed
                      for connection in site.backend.connections), 10, "peers are still held")


def self_dependent(stream):
    return frame(PRIORITY, 0, stream, struct.pack("!LB", stream, 1))


# Each makes the server reset the stream by itself.
MADE_RESETS = [
    ("a window of nothing", lambda stream: window_update(stream, 0)),
    ("a window that is too wide", lambda stream: window_update(stream, 0x7FFFFFFF)),
    ("content behind the end", lambda stream: frame(DATA, 0, stream, b"x")),
    ("a head behind the end", lambda stream: headers(stream, fields_of("/proxy/x"))),
    ("a priority of itself", self_dependent),
    ("a short priority", lambda stream: frame(PRIORITY, 0, stream, b"\0\0\0\0")),
]


@OURS
@pytest.mark.parametrize("make", [made for _, made in MADE_RESETS],
                         ids=["F02 " + name for name, _ in MADE_RESETS])
def test_made_resets_are_stopped(site, make):
    with Bystander(site), Memory(site.server), site.wire() as wire:
        held = [make] if make is not self_dependent else [make, rst_stream]
        attack(wire, lambda first, count: requests(first, count, *held), rounds=20_000)
        cut_off(wire)
    time.sleep(0.2)
    assert len(site.backend.requests) < RESETS_SERVED


@OURS
@pytest.mark.parametrize("fields", [
    [*fields_of("/proxy/x"), ("connection", "close")],
    [*fields_of("/proxy/x"), ("X-UPPER", "1")],
    [*fields_of("/proxy/x"), ("content-length", "5")],
], ids=["F02 a forbidden field", "F02 a name in capitals", "F02 a wrong length"])
def test_malformed_heads_are_stopped(site, fields):
    """F02: what is malformed is reset by the server; a client that sends nothing else goes."""
    with Bystander(site), Memory(site.server), site.wire() as wire:
        block = encoded(fields)
        attack(wire, lambda first, count: b"".join(
            headers(stream, block) for stream in range(first, first + 2 * count, 2)),
            rounds=50_000)
        cut_off(wire)
    assert not site.backend.requests


# F03: heads that do not end

def test_a_head_of_many_continuations_is_cut(site):
    """F03."""
    with Bystander(site), Memory(site.server), site.wire() as wire:
        block = encoded(fields_of())
        wire.send(frame(HEADERS, END_STREAM, 1, block))
        piece = b"".join(literal("x-%d" % index, "v" * 1000) for index in range(15))
        flood(wire, frame(CONTINUATION, 0, 1, piece), 4000, 20)
        cut_off(wire)


@pytest.mark.parametrize("piece", [b"", b"\x82", literal("a", "")], ids=["empty", "one", "field"])
def test_a_head_of_tiny_continuations_is_cut(site, piece):
    """F03."""
    with Bystander(site), Memory(site.server), site.wire() as wire:
        wire.send(frame(HEADERS, END_STREAM, 1, encoded(fields_of())))
        flood(wire, frame(CONTINUATION, 0, 1, piece), 300_000)
        cut_off(wire)


@pytest.mark.parametrize("begun", [
    b"", frame(HEADERS, END_STREAM, 1, encoded(fields_of())),
    frame(HEADERS, END_STREAM, 1, encoded(fields_of()))[:20],
    frame(HEADERS, 0, 1) + frame(CONTINUATION, 0, 1, b"\x82")])
def test_a_head_that_does_not_go_on_is_closed(site, begun):
    """F03: the time for a head is over, or for a connection that asks nothing."""
    with site.wire(impatient=True) as wire:
        wire.send(begun)
        wire.drain(8)


# F04: heads that are larger inside than outside

def refused(wire, stream=1):
    """Whether the answer is an error of HTTP, of the stream or of the connection."""
    wire.until(lambda: wire.goaway or stream in wire.streams and wire.streams[stream].is_over)
    read = wire.streams.get(stream)
    if wire.goaway or read.reset is not None:
        return True
    return 400 <= read.status < 500


@pytest.mark.parametrize("size, times", [(4000, 12_000), (4000, 2000), (100, 16_000)])
def test_a_field_that_is_repeated_by_reference_is_refused(site, size, times):
    """F04."""
    with Bystander(site), Memory(site.server, 4096), site.wire() as wire:
        block = encoded(fields_of()) + literal("x-bomb", "b" * size, 0x40) + b"\xbe" * times
        wire.send(headers(1, block[:16000], flags=0))
        for at in range(16000, len(block), 16000):
            wire.send(frame(CONTINUATION, 0, 1, block[at:at + 16000]))
        wire.send(frame(CONTINUATION, END_HEADERS, 1))
        assert refused(wire)


@OURS
@pytest.mark.parametrize("count, size", [(5000, 1), (300, 200), (3, 15_000), (2, 40_000)])
def test_a_head_that_is_too_large_is_refused(site, count, size):
    """F04."""
    with Memory(site.server), site.wire() as wire:
        block = encoded(fields_of()) + b"".join(
            literal("x-%d" % index, "v" * size) for index in range(count))
        pieces = [block[at:at + 16000] for at in range(0, len(block), 16000)]
        wire.send(headers(1, pieces[0], flags=0))
        for piece in pieces[1:]:
            wire.send(frame(CONTINUATION, 0, 1, piece))
        wire.send(frame(CONTINUATION, END_HEADERS, 1))
        assert refused(wire)


def test_tables_that_change_all_the_time_do_no_harm(site):
    """F04: a table is emptied and filled again in every head."""
    with Bystander(site), Memory(site.server), site.wire() as wire:
        for _ in range(200):
            stream = wire.next_stream
            wire.next_stream += 2
            wire.send(headers(stream, b"\x20" + integer(4096, 5, 0x20) + encoded(fields_of("/text"))
                              + literal("x-a", "b" * 3000, 0x40)))
            assert wire.answer(stream).text == "text"


# F05: frames that cost the sender nothing

def on_a_stream(piece):
    """A stream that is open, for frames that need one."""
    return headers(1, fields_of("/proxy/x", "POST"), ends=False), piece


FLOODS = {
    "pings": (b"", frame(PING, payload=b"12345678")),
    "answered pings": (b"", frame(PING, ACK, payload=b"12345678")),
    "settings": (b"", settings((INITIAL_WINDOW_SIZE, 65535))),
    "empty settings": (b"", settings()),
    "settings that change every window":
        on_a_stream(settings((INITIAL_WINDOW_SIZE, 1)) + settings((INITIAL_WINDOW_SIZE, 65535))),
    "empty content": on_a_stream(frame(DATA, 0, 1)),
    "padding alone": on_a_stream(frame(DATA, 0x8, 1, b"\0")),
    "priorities": (b"", frame(PRIORITY, 0, 1, b"\0\0\0\0\x10")),
    "priorities of the future": (b"", frame(PRIORITY, 0, 0x7FFFFF01, b"\0\0\0\3\x10")),
    "priority updates": (b"", frame(PRIORITY_UPDATE, 0, 0, b"\0\0\0\1u=3")),
    "windows of one byte": on_a_stream(window_update(1, 1)),
    "windows of one byte for all": (b"", window_update(0, 1)),
    "unknown frames": (b"", frame(0x42, 0, 0, b"x")),
    "resets of what has ended":
        (headers(1, fields_of("/text")) + rst_stream(1), rst_stream(1)),
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_frames_is_bounded(site, name):
    """F05: the sender reads nothing; the server may close, stop reading, or go on, in little
    memory."""
    begin, piece = FLOODS[name]
    with Bystander(site), Memory(site.server) as memory, site.wire() as wire:
        wire.send(begin)
        flood(wire, piece, 200_000)
        memory.within(3000)


QUEUEING = ["pings", "settings", "empty settings"]


@OURS
@pytest.mark.parametrize("name", QUEUEING)
def test_answers_that_nobody_reads_are_not_queued(site, name):
    """F05: each frame wants an answer; the sender never takes one."""
    begin, piece = FLOODS[name]
    with Bystander(site), Memory(site.server) as memory, site.wire(receive_buffer=2048) as wire:
        wire.send(begin)
        how = flood(wire, piece, 2_000_000, 1000)[1]
        memory.within(3000)
        if how != "stalled":
            cut_off(wire)


@OURS
def test_answers_with_content_that_nobody_reads_are_not_queued(site):
    """F05: many streams are open, and nothing of their answers is taken."""
    with Bystander(site), Memory(site.server) as memory, site.wire(receive_buffer=2048) as wire:
        wire.send(settings((INITIAL_WINDOW_SIZE, 0x7FFFFFFF)) + window_update(0, 0x7FFF0000))
        wire.send(requests(1, 100, target="/large.bin"))
        time.sleep(0.5)
        memory.within(100 * 64)


def test_more_streams_than_allowed_are_refused(site):
    """The others are served as if these had not been asked for."""
    site.backend.script = lambda read, connection: (time.sleep(0.3), answer("late"))[1]
    with site.wire() as wire:
        wire.send(requests(1, 300))
        wire.until(lambda: len(wire.streams) == 300
                   and all(stream.is_over for stream in wire.streams.values()) or wire.goaway, 20)
        served = [s for s in wire.streams.values() if s.status == 200]
        assert wire.goaway or len(served) >= 100
    assert len(site.backend.requests) <= 300


# F06: windows

def test_a_closed_window_holds_up_nobody_else(site):
    """F06: one stream may send nothing; another of the same connection is answered."""
    with site.wire() as wire:
        wire.send(settings((INITIAL_WINDOW_SIZE, 0)))
        stalled = wire.ask("/large.bin")
        other = wire.ask("/a.txt")
        wire.send(window_update(other, 65535))
        assert wire.answer(other).text == "a" * 1000
        assert not wire.streams[stalled].content
        wire.send(window_update(stalled, 10))
        wire.until(lambda: len(wire.streams[stalled].content) == 10)
        wire.send(rst_stream(stalled))
        wire.pinged()


def test_windows_that_stay_closed_end(site):
    """F06: for as long as send_timeout allows."""
    with Memory(site.server), site.wire(impatient=True) as wire:
        wire.send(settings((INITIAL_WINDOW_SIZE, 0)))
        stalled = [wire.ask("/large.bin") for _ in range(50)]
        wire.drain(10)
        assert not any(wire.streams[stream].content for stream in stalled if stream in wire.streams)


def test_windows_of_one_byte_bring_all_bytes(site):
    """F06."""
    with Bystander(site), Memory(site.server), site.wire() as wire:
        wire.credits = False
        wire.send(settings((INITIAL_WINDOW_SIZE, 1)))
        stream = wire.ask("/a.txt")
        for count in range(1, 1001):
            wire.until(lambda: stream in wire.streams
                       and len(wire.streams[stream].content) >= count)
            wire.send(window_update(stream, 1))
        assert wire.answer(stream).text == "a" * 1000


def test_a_window_may_become_negative(site):
    """RFC 9113 §6.9.2."""
    with site.wire() as wire:
        wire.credits = False
        stream = wire.ask("/large.bin")
        wire.until(lambda: stream in wire.streams and len(wire.streams[stream].content) == 65535)
        wire.send(settings((INITIAL_WINDOW_SIZE, 10)))
        wire.send(window_update(0, 1 << 20) + window_update(stream, 65525)).pinged()
        assert len(wire.streams[stream].content) == 65535
        wire.send(window_update(stream, 7))
        wire.until(lambda: len(wire.streams[stream].content) == 65542)
        wire.pinged()


@OURS
def test_content_beyond_the_window_is_refused(site):
    """A client that heeds no window is cut off, before much of it is kept."""
    site.backend.script = lambda read, connection: connection.wait_for_end() and None
    with Memory(site.server) as memory, site.wire() as wire:
        wire.send(headers(1, fields_of("/proxy/held", "POST"), ends=False))
        flood(wire, frame(DATA, 0, 1, b"x" * 16384), 5000, 4)
        wire.until(lambda: wire.goaway or 1 in wire.streams and wire.streams[1].is_over)
        assert (wire.goaway and wire.goaway.code or wire.streams[1].reset) == FLOW_CONTROL_ERROR
        memory.within(3000)


@OURS
@pytest.mark.parametrize("slow", ["/proxy/slow"])
def test_content_that_its_peer_does_not_take_is_not_kept(site, slow):
    """Flow control from end to end: the window opens as the peer reads."""
    site.backend.reads_content = False
    site.backend.script = lambda read, connection: (time.sleep(1), None)[1]
    try:
        with Memory(site.server) as memory, site.wire() as wire:
            streams = []
            for _ in range(20):
                stream = wire.next_stream
                wire.next_stream += 2
                streams.append(stream)
                wire.send(headers(stream, fields_of(slow, "POST"), ends=False))
                for _ in range(3):
                    wire.send(frame(DATA, 0, stream, b"x" * 16384))
            wire.pinged()
            memory.within(20 * 256)
    finally:
        site.backend.reads_content = True


# F11: what ends in order

def test_a_reload_lets_streams_finish(lab):
    """F11."""
    site = SiteOfBothVersions(lab)
    held = threading.Event()
    site.backend.script = lambda read, connection: (held.wait(10), answer("late"))[1]
    with site.wire(20) as wire:
        stream = wire.ask("/proxy/x")
        site.backend.wait_for(1)
        site.server.reload()
        wire.until(lambda: wire.goaway)
        assert wire.goaway.code == NO_ERROR and wire.goaway.last_stream >= stream
        held.set()
        assert wire.answer(stream).text == "late"
        wire.drain()
    site.begin()
    assert site.server.get("/text").text == "text"


def test_an_idle_connection_is_told_of_a_reload(lab):
    """F11."""
    site = SiteOfBothVersions(lab)
    with site.wire(20) as wire:
        assert wire.get("/text").text == "text"
        site.server.reload()
        wire.drain(15)
        assert wire.goaway and wire.goaway.code == NO_ERROR


def test_what_is_on_its_way_when_the_end_is_announced_is_served(lab):
    """F11."""
    site = SiteOfBothVersions(lab)
    with site.wire(20) as wire:
        assert wire.get("/text").text == "text"
        site.server.reload()
        wire.until(lambda: wire.goaway)
        assert wire.goaway.last_stream == 0x7FFFFFFF
        # The client has not answered the PING behind it.
        late = [wire.ask("/text") for _ in range(20)]
        for stream in late:
            assert wire.answer(stream).text == "text"
        wire.drain(15)
        assert wire.goaway.code == NO_ERROR and wire.goaway.last_stream == late[-1]


def test_a_client_that_takes_no_notice_is_told_which_stream_was_the_last(lab):
    """F11."""
    site = SiteOfBothVersions(lab)
    with site.wire(20) as wire:
        wire.answers_pings = False
        assert wire.get("/text").text == "text"
        site.server.reload()
        wire.until(lambda: wire.goaway and wire.goaway.last_stream == 1)
        wire.drain(15)


def test_a_connection_that_had_enough_requests_is_told(lab):
    """F11."""
    site = SiteOfBothVersions(lab, """
        keepalive_requests 5;
        server { listen 127.0.0.1:%%PORT%%; listen 127.0.0.1:%%PORT1%% http2;
            location /proxy/ { proxy_pass http://%%BACKEND%%; }
            location / { return 200 text; } }
        server { listen 127.0.0.1:%%PORT2%%; }
    """)
    with site.wire() as wire:
        for _ in range(5):
            assert wire.get("/text").text == "text"
        wire.drain(5)
        assert wire.goaway.code == NO_ERROR and wire.goaway.last_stream >= 9
