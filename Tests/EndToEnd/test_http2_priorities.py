# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Which stream goes first, by RFC 9218, as a client sees it whose window is the bottleneck.

import pytest

from harness import answer
from harness.http2 import DATA, HEADERS, END_HEADERS, END_STREAM, HAS_PRIORITY, \
    INITIAL_WINDOW_SIZE, NO_RFC7540_PRIORITIES, PREFACE, PRIORITY_UPDATE, fields_of, frame, \
    settings, window_update
from harness.hpack import encoded
from harness.site_http2 import SiteOfBothVersions

pytestmark = pytest.mark.ours

WINDOW = 65535
FIRST = PREFACE + settings((INITIAL_WINDOW_SIZE, 1 << 24), (NO_RFC7540_PRIORITIES, 1))


@pytest.fixture(scope="module")
def site(shared_lab):
    site = SiteOfBothVersions(shared_lab)
    site.begin()
    return site


def priority_update(stream, field):
    return frame(PRIORITY_UPDATE, payload=stream.to_bytes(4, "big") + field.encode())


def ask(wire, *fields):
    """A request for each field, after which the window is used up."""
    wire.credits = False
    streams = [wire.ask("/large.bin", fields={"priority": field} if field else ())
               for field in fields]
    wire.until(lambda: received(wire) == WINDOW)
    return streams


def received(wire):
    return sum(len(read.payload) for read in wire.seen if read.kind == DATA)


def more(wire, count):
    """Opens the window, and says which streams use it."""
    wire.pinged()
    before, total = len(wire.seen), received(wire)
    wire.send(window_update(0, count))
    wire.until(lambda: received(wire) == total + count)
    return [read.stream for read in wire.seen[before:] if read.kind == DATA]


def test_the_setting_is_sent(site):
    with site.wire() as wire:
        wire.pinged()
        assert wire.settings[NO_RFC7540_PRIORITIES] == 1


@pytest.mark.parametrize("first", [FIRST, PREFACE + settings((INITIAL_WINDOW_SIZE, 1 << 24))])
def test_an_urgent_stream_overtakes(site, first):
    with site.wire(first=b"") as wire:
        wire.send(first + frame(HEADERS, END_HEADERS | END_STREAM, 1,
                                encoded(fields_of("/large.bin"))))
        wire.next_stream, wire.credits = 3, False
        wire.until(lambda: received(wire) == WINDOW)
        urgent = wire.ask("/large.bin", fields={"priority": "u=1"})
        assert set(more(wire, 200_000)) == {urgent}


def test_streams_go_in_order_and_incremental_ones_take_turns(site):
    with site.wire(first=FIRST) as wire:
        first, second = ask(wire, None, None)
        assert set(more(wire, 200_000)) == {first}
    with site.wire(first=FIRST) as wire:
        streams = ask(wire, "i", "i", "i")
        turns = more(wire, 300_000)
        shares = [turns.count(stream) for stream in streams]
        assert max(shares) - min(shares) <= 2 and min(shares) > 5, shares


def test_a_stream_is_moved_while_it_is_sent(site):
    with site.wire(first=FIRST) as wire:
        first, second = ask(wire, None, None)
        wire.send(priority_update(second, "u=0"))
        assert set(more(wire, 100_000)) == {second}
        wire.send(priority_update(second, "u=7"))
        assert set(more(wire, 100_000)) == {first}


def test_a_stream_may_be_placed_before_it_begins(site):
    with site.wire(first=FIRST) as wire:
        wire.send(priority_update(3, "u=0"))
        first, second = ask(wire, None, "u=7")
        assert set(more(wire, 100_000)) == {second}


def test_a_peer_places_its_answer(site):
    site.backend.script = lambda read, connection: answer(
        b"x" * 100_000, fields={"Priority": "u=0"})
    with site.wire(first=FIRST) as wire:
        first, = ask(wire, None)
        late = wire.ask("/proxy/x")
        wire.until(lambda: wire.streams.get(late) and wire.streams[late].fields)
        assert wire.streams[late].get("priority") == "u=0"
        assert set(more(wire, 50_000)) == {late}
    site.begin()


def test_the_dependencies_of_older_clients_are_followed(site):
    def head(stream, exclusive_on):
        return frame(HEADERS, END_HEADERS | END_STREAM | HAS_PRIORITY, stream,
                     (exclusive_on | 1 << 31).to_bytes(4, "big") + b"\xff"
                     + encoded(fields_of("/large.bin")))

    with site.wire(first=PREFACE + settings((INITIAL_WINDOW_SIZE, 1 << 24))) as wire:
        wire.credits = False
        wire.send(head(1, 0))
        wire.until(lambda: received(wire) == WINDOW)
        wire.send(head(3, 0))
        assert set(more(wire, 100_000)) == {3}


def test_a_flood_of_updates_is_bounded(site):
    with site.wire(first=FIRST) as wire:
        wire.send(b"".join(priority_update(2 * number + 1, "u=1") for number in range(1000)))
        wire.drain(5)
        assert wire.goaway and wire.goaway.code == 1
    with site.wire(first=FIRST) as wire:
        first, second = ask(wire, None, None)
        wire.send(b"".join(priority_update(second, "u=%d" % (n % 8)) for n in range(2001)))
        assert set(more(wire, 100_000)) == {second}
    site.unharmed()
