# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Parts of contents, taken apart again by a parser of their own: in memory and behind a descriptor,
# encoded and not, of peers; and the requests for parts that are meant to cost much.

import email
import email.policy
import gzip
import random
import re

import pytest

from harness import request, tree, until
from harness.backend import answer

SMALL = bytes(random.Random(1).randbytes(50_000))
LARGE = bytes(random.Random(2).randbytes(5_000_000))
STYLE = b"".join(b".class-%d { margin: %dpx; color: #abcdef }\n" % (i, i) for i in range(3000))
PEER = LARGE[:3_000_000]


def peer(read, connection):
    if "/whole" in read.target:
        return answer(PEER, fields=[("ETag", '"p"'), ("Content-Type", "text/x")])
    return answer(b"x" * 10)


@pytest.fixture(scope="module")
def server(shared_lab):
    backend = shared_lab.backend(peer)
    made = shared_lab.server("""
        types { text/html html; text/css css; image/png png; }
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/html;
            location /encoded/ { alias %%DIR%%/html/; gzip on; gzip_types text/css; gzip_vary on; }
            location /sibling/ { alias %%DIR%%/html/sibling/; gzip_static on; }
            location /trailed/ { alias %%DIR%%/html/; add_trailer X-T $sent_http_content_type; }
            location /charset/ { alias %%DIR%%/html/; charset $arg_c; add_trailer X-T t; }
            location /peer/ { proxy_pass http://%%BACKEND%%/; proxy_force_ranges on; }
        }
    """, start=False, backend=backend.address)
    tree(made.directory / "html", {
        "small.png": SMALL, "large.png": LARGE, "style.css": STYLE, "a.html": "0123456789",
        "sibling/style.css": STYLE, "sibling/style.css.gz": gzip.compress(STYLE, mtime=0)})
    return made.start()


CONTENTS = {"/small.png": SMALL, "/large.png": LARGE}


def parts_of(answered):
    """[(first, last, size, type, content)], found by what RFC 2046 says and nothing else."""
    boundary = re.fullmatch(
        r"multipart/byteranges; boundary=([0-9]{20})", answered["Content-Type"])[1].encode()
    assert answered.get("Content-Range") is None
    content, found = answered.content, []
    assert len(content) == int(answered["Content-Length"])
    place = 0
    while True:
        delimiter = b"\r\n--" + boundary
        assert content[place:place + len(delimiter)] == delimiter, content[place:place + 60]
        place += len(delimiter)
        if content[place:place + 2] == b"--":
            assert content[place:] == b"--\r\n"
            return found
        end = content.index(b"\r\n\r\n", place)
        fields = dict(line.split(": ", 1) for line in
                      content[place:end].decode("ascii").split("\r\n")[1:])
        first, last, size = map(int, re.fullmatch(
            r"bytes (\d+)-(\d+)/(\d+)", fields.pop("Content-Range")).groups())
        media = fields.pop("Content-Type", None)
        assert not fields
        place = end + 4
        found.append((first, last, size, media, content[place:place + last - first + 1]))
        place += last - first + 1


def ranges(pairs):
    return {"Range": "bytes=" + ",".join("%d-%d" % pair for pair in pairs)}


@pytest.mark.parametrize("path", CONTENTS)
def test_random_parts_are_what_was_asked_for(server, path):
    content, dice = CONTENTS[path], random.Random(path)
    with server.connect(30) as wire:
        for _ in range(60):
            pairs, rest = [], len(content)
            for _ in range(dice.randint(2, 12)):
                first = dice.randrange(len(content))
                last = min(first + dice.choice([0, 9, 5000, len(content) // 13]), len(content) - 1)
                if last - first < rest:
                    pairs.append((first, last))
                    rest -= last - first + 1
            answered = wire.get(path, fields=ranges(pairs))
            assert answered.status == 206
            assert parts_of(answered) == [
                (first, last, len(content), "image/png", content[first:last + 1])
                for first, last in pairs]


def test_another_parser_reads_the_parts_too(server):
    answered = server.get("/a.html", fields={"Range": "bytes=0-1,4-6,-3"})
    head = "Content-Type: %s\r\n\r\n" % answered["Content-Type"]
    message = email.message_from_bytes(
        head.encode() + answered.content, policy=email.policy.HTTP)
    assert not message.defects
    assert [(part["Content-Range"], part.get_content_type(), part.get_payload())
            for part in message.iter_parts()] == [
        ("bytes 0-1/10", "text/html", "01"), ("bytes 4-6/10", "text/html", "456"),
        ("bytes 7-9/10", "text/html", "789")]


def test_parts_come_in_order_with_what_is_asked_behind_them(server):
    with server.connect(30) as wire:
        several = request("/large.png", fields=ranges([(10, 2_000_000), (5, 9)]))
        wire.send((several + request("/a.html") + request("/a.html", "HEAD", fields=ranges(
            [(0, 0), (2, 2)]))) * 3)
        for _ in range(3):
            assert [part[4] for part in parts_of(wire.response())] == [
                LARGE[10:2_000_001], LARGE[5:10]]
            assert wire.response().text == "0123456789"
            assert wire.response("HEAD").status == 206


def test_a_slow_reader_gets_its_parts(server):
    with server.connect(30, receive_buffer=4096) as wire:
        pairs = [(number * 100_000, number * 100_000 + 60_000) for number in range(40)]
        wire.send(request("/large.png", fields=ranges(pairs)))
        assert [part[4] for part in parts_of(wire.response())] == [
            LARGE[first:last + 1] for first, last in pairs]


# D01.
@pytest.mark.parametrize("value, status", [
    ("bytes=0-", 206), ("bytes=-0", 416), ("bytes=-99999999999999999999", 416),
    ("bytes=9223372036854775807-", 416), ("bytes=0-9223372036854775808", 416),
    ("bytes=0-9223372036854775807", 206), ("bytes=-9223372036854775807", 206),
    ("bytes=9223372036854775806-9223372036854775807", 416),
    ("bytes=0-9223372036854775807,1-9223372036854775807", 200), ("bytes=5-2", 416),
    ("bytes=a-b", 416), ("bytes=0-0,-9223372036854775807,9223372036854775807-", 200)])
@pytest.mark.parametrize("path", CONTENTS)
def test_numbers_at_the_edges(server, path, value, status):
    answered = server.get(path, fields={"Range": value}, timeout=30)
    assert answered.status == status
    if status == 416:
        assert answered["Content-Range"] == "bytes */%d" % len(CONTENTS[path])
    else:
        assert answered.content == CONTENTS[path]


# D02.
@pytest.mark.parametrize("values, statuses", [
    (["%d-" % number for number in range(1300)], [200, 200]),
    (["0-"] * 1300, [200, 200]), (["5-2"] * 1300, [416, 416]),
    pytest.param(["-1"] * 1300, [200, 206], marks=pytest.mark.ours),
    pytest.param(["%d-%d" % (number, number) for number in range(800)], [200, 206],
                 marks=pytest.mark.ours)])
def test_so_many_ranges_cost_little(server, values, statuses):
    for path, status in zip(CONTENTS, statuses):
        answered = server.get(
            path, fields={"Range": "bytes=" + ",".join(values)}, timeout=30)
        assert answered.status == status
        assert len(answered.content) <= 2 * len(CONTENTS[path])
        if status == 206:
            assert len(parts_of(answered)) == len(values)


def test_a_client_that_asks_for_parts_and_does_not_read_costs_little(server):
    worker, = server.workers()
    values = ",".join("%d-%d" % (number * 5000, number * 5000 + 4000) for number in range(500))
    raw = request("/large.png", fields={"Range": "bytes=" + values})
    before = server.memory()
    wires = [server.connect(receive_buffer=4096) for _ in range(100)]
    for wire in wires:
        wire.send(raw)
    assert server.get("/a.html").text == "0123456789"
    grown = server.memory() - before
    for wire in wires:
        wire.close()
    assert grown < 100 * 100_000
    assert server.workers() == [worker]


# D04.
@pytest.mark.parametrize("target, method, status", [
    ("/a.html", "POST", 405), ("/missing", "GET", 404), ("/peer/small", "POST", 200),
    ("/a.html", "OPTIONS", 405)])
def test_a_range_of_something_else_is_ignored(server, target, method, status):
    answered = server.get(target, method, fields={"Range": "bytes=0-1"})
    if target == "/peer/small":
        # What is forced holds for whatever is a 200.
        assert answered.status in (200, 206)
    else:
        assert answered.status == status
        assert answered.get("Content-Range") is None


# D05, and the tags of codings.
@pytest.mark.ours
def test_parts_of_an_encoded_file_belong_together(server):
    asked = {"Accept-Encoding": "gzip"}

    def is_settled():
        answered = server.get("/encoded/style.css", fields=asked)
        return answered.get("Content-Encoding") and not answered["ETag"].startswith("W/")
    until(is_settled, 20)
    whole = server.get("/encoded/style.css", fields=asked)
    assert whole["Content-Encoding"] == "gzip" and not whole["ETag"].startswith("W/")
    assert gzip.decompress(whole.content) == STYLE
    half = len(whole.content) // 2
    pieces = [server.get("/encoded/style.css", fields={
        **asked, "Range": value, "If-Range": whole["ETag"]})
        for value in ("bytes=0-%d" % (half - 1), "bytes=%d-" % half)]
    for piece in pieces:
        assert piece.status == 206
        assert piece["Content-Encoding"] == "gzip" and piece["ETag"] == whole["ETag"]
        assert piece["Vary"] == "Accept-Encoding" and piece["Content-Type"] == "text/css"
    assert gzip.decompress(pieces[0].content + pieces[1].content) == STYLE
    # Neither the plain content nor a weak tag is the same.
    for fields in ({"If-Range": whole["ETag"]}, {**asked, "If-Range": "W/" + whole["ETag"]}):
        answered = server.get("/encoded/style.css", fields={**fields, "Range": "bytes=0-1"})
        assert answered.status == 200
    plain = server.get("/encoded/style.css")
    assert plain["ETag"] != whole["ETag"]
    assert server.get("/encoded/style.css", fields={
        **asked, "If-None-Match": plain["ETag"]}).status == 200
    assert server.get("/encoded/style.css", fields={
        **asked, "If-None-Match": whole["ETag"]}).status == 304


@pytest.mark.ours
def test_parts_of_a_sibling(server):
    asked = {"Accept-Encoding": "gzip"}
    whole = server.get("/sibling/style.css", fields=asked)
    assert whole["Content-Encoding"] == "gzip"
    answered = server.get("/sibling/style.css", fields={**asked, "Range": "bytes=5-9,20-"})
    assert [part[4] for part in parts_of(answered)] == [whole.content[5:10], whole.content[20:]]
    assert answered["Content-Encoding"] == "gzip"
    assert {part[3] for part in parts_of(answered)} == {"text/css"}


def test_304_and_206_say_what_a_client_needs(server):
    whole = server.get("/a.html")
    names = {name.lower() for name, _ in whole.fields} - {"connection"}
    not_modified = server.get("/a.html", fields={"If-None-Match": whole["ETag"]})
    assert not_modified.status == 304
    assert {name.lower() for name, _ in not_modified.fields} - {"connection"} == (
        names - {"content-type", "content-length", "accept-ranges"})
    part = server.get("/a.html", fields={"Range": "bytes=1-2"})
    assert {name.lower() for name, _ in part.fields} - {"connection"} == (
        names - {"accept-ranges"} | {"content-range"})
    assert part["Content-Length"] == "2"
    for name in ("ETag", "Last-Modified"):
        assert whole[name] == not_modified[name] == part[name]


def test_parts_can_have_trailers(server):
    answered = server.get("/trailed/a.html", fields={"Range": "bytes=1-2"})
    assert answered.status == 206 and answered.content == b"12"
    assert answered.get("Content-Length") is None and answered["Transfer-Encoding"] == "chunked"
    answered = server.get("/trailed/a.html", fields={"Range": "bytes=1-2,4-4"})
    assert answered.status == 206 and answered.content.endswith(b"--\r\n")
    assert server.get("/trailed/a.html", fields={"If-None-Match": "*"}).status == 304


def test_a_charset_and_trailers_frame_content_once(server):
    answered = server.get("/charset/a.html?c=utf-8")
    assert answered.text == "0123456789"
    assert answered.get("Content-Length") is None
    assert server.get("/charset/a.html?c=utf-8", version="1.0").text == "0123456789"


# Peers.
@pytest.mark.parametrize("value, part", [
    ("bytes=0-0", slice(0, 1)), ("bytes=5-", slice(5, None)), ("bytes=-7", slice(-7, None)),
    ("bytes=2999990-", slice(2999990, None)), ("bytes=1000000-1999999", slice(1000000, 2000000)),
    ("bytes=0-", slice(0, None))])
def test_a_part_is_cut_out_of_what_a_peer_sends(server, value, part):
    with server.connect(30) as wire:
        for _ in range(3):
            answered = wire.get("/peer/whole", fields={"Range": value, "If-Range": '"p"'})
            assert answered.status == 206
            assert answered.content == PEER[part]
            assert wire.get("/peer/small").text == "x" * 10


def test_other_versions_and_several_parts_of_a_peer_come_whole(server):
    for fields in ({"Range": "bytes=0-1", "If-Range": '"q"'}, {"Range": "bytes=0-1,3-4"}):
        answered = server.get("/peer/whole", fields=fields, timeout=30)
        assert answered.status == 200 and answered.content == PEER
        assert answered["Accept-Ranges"] == "bytes"
