# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Files that are large, that change, or that are none; paths that would leave the root; and the
# encodings of cached files.

import gzip
import hashlib
import os
import socket

import pytest

from harness import Wire, request, tree, until

LARGE = bytes(i * 31 % 256 for i in range(65536)) * 320
STYLE = b"".join(b".class-%d { margin: %dpx; color: #abcdef }\n" % (i, i) for i in range(300))


@pytest.fixture(scope="module")
def server(shared_lab):
    made = shared_lab.server("""
        types { text/html html; text/css css; text/plain txt; image/png png; }
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/html;
            location /img/ { alias %%DIR%%/html/dir/; }
            location /bare { alias %%DIR%%/html/dir/; }
            location /gzip/ {
                alias %%DIR%%/html/;
                gzip on; gzip_types text/css; gzip_vary on; gzip_min_length 100;
            }
        }
    """, start=False)
    tree(made.directory, {
        "secret.txt": "SECRET", "html/index.html": "home", "html/large.bin": LARGE,
        "html/dir/a.txt": "a", "html/style.css": STYLE, "html/tiny.css": "a{}",
        "html/picture.png": STYLE, "html/page.html": STYLE})
    os.mkfifo(made.directory / "html" / "fifo")
    (made.directory / "html" / "loop").symlink_to("loop")
    (made.directory / "html" / "nowhere").symlink_to("none")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(made.directory / "html" / "socket"))
    # A file that shrinks while it is sent is worth a line, and nothing more.
    made.allowed_alerts = (r"shrinking\.bin",)
    return made.start()


def test_a_large_file_comes_whole_and_the_connection_stays(server):
    with server.connect(30) as wire:
        for _ in range(3):
            answered = wire.get("/large.bin")
            assert hashlib.sha256(answered.content).digest() == hashlib.sha256(LARGE).digest()
            assert wire.get("/dir/a.txt").text == "a"


def test_a_path_cannot_begin_a_line_of_the_error_log(server):
    with server.connect() as wire:
        assert wire.get("/a%0aforged%20%22line").status == 404
    server.wait_for_error("forged")
    assert not any(line.startswith("forged") for line in server.errors().splitlines())


def test_pipelined_large_files_come_in_order(server):
    with server.connect(30) as wire:
        wire.send((request("/large.bin") + request("/dir/a.txt")) * 3)
        for _ in range(3):
            assert wire.response().content == LARGE
            assert wire.response().text == "a"


@pytest.mark.parametrize("first, last", [(0, 0), (5_000_000, 15_000_000), (20_971_519, 20_971_519)])
def test_a_range_of_a_large_file(server, first, last):
    answered = server.get("/large.bin", fields={"Range": "bytes=%d-%d" % (first, last)})
    assert answered.status == 206
    assert answered["Content-Range"] == "bytes %d-%d/%d" % (first, last, len(LARGE))
    assert answered.content == LARGE[first:last + 1]


def test_a_client_that_leaves_in_the_middle_harms_nobody(server):
    for number in range(10):
        wire = Wire(server.port)
        wire.send(request("/large.bin"))
        wire.head()
        wire.reset() if number % 2 else wire.close()
    assert server.get("/dir/a.txt").text == "a"
    server.assert_unharmed()


def test_a_file_that_shrinks_while_it_is_sent_ends_the_connection(server):
    path = server.directory / "html" / "shrinking.bin"
    path.write_bytes(LARGE)
    with Wire(server.port, receive_buffer=4096) as wire:
        wire.send(request("/shrinking.bin"))
        length = int(wire.head()["Content-Length"])
        os.truncate(path, 1000)
        received = len(wire.rest(20))
        assert received <= length
    path.unlink()
    server.assert_unharmed()


def test_a_file_that_is_replaced_while_it_is_sent_is_not_mixed(server):
    path = server.directory / "html" / "replaced.bin"
    path.write_bytes(LARGE)
    with Wire(server.port, 30, receive_buffer=4096) as wire:
        wire.send(request("/replaced.bin"))
        head = wire.head()
        other = path.with_name("other.bin")
        other.write_bytes(b"y" * len(LARGE))
        os.replace(other, path)
        assert wire.exactly(int(head["Content-Length"])) == LARGE
    until(lambda: server.get("/replaced.bin").content == b"y" * len(LARGE), 5)
    path.unlink()


@pytest.mark.parametrize("name, statuses", [
    ("fifo", (403, 404)), ("socket", (403, 404, 500)), ("loop", (403, 404, 500)),
    ("nowhere", (404,)), ("dir/a.txt/b", (404,)), ("x" * 300, (404, 403, 500)),
    ("a/" * 1500, (404, 403, 414, 500)),
])
def test_what_is_no_file_is_answered_at_once(server, name, statuses):
    answered = server.get("/" + name)
    if server.kind != "nginx":
        statuses = tuple(status for status in statuses if status != 500)
    assert answered.status in statuses


@pytest.mark.parametrize("target", [
    "/../secret.txt", "/dir/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
    "/dir/..%2f..%2fsecret.txt", "/..%5csecret.txt", "/..%252fsecret.txt", "/..%c0%afsecret.txt",
    "/..%ef%bc%8fsecret.txt", "//../secret.txt", "/./../secret.txt",
    "/dir/%2e%2e/%2e%2e/secret.txt", "/..;/secret.txt",
    "/%00/../secret.txt", "/img/../../secret.txt", "/img/..%2f..%2fsecret.txt",
    "/img/%2e%2e%2f%2e%2e%2fsecret.txt", "/...//secret.txt", "/.%2e/secret.txt", "/%2e./secret.txt",
    "/dir/.../.../secret.txt", "/..", "/..%00/secret.txt", "/..\\secret.txt",
])
def test_no_path_leaves_the_root(server, target):
    answered = server.get(target)
    assert b"SECRET" not in answered.content
    assert answered.status in (400, 403, 404), answered


def test_a_location_without_its_slash_leaves_no_alias(server):
    assert b"SECRET" not in server.get("/img../../secret.txt").content


@pytest.mark.parametrize("target, accepts, encoded", [
    ("/gzip/style.css", "gzip", True), ("/gzip/style.css", "gzip, deflate, br", None),
    ("/gzip/style.css", "identity", False), ("/gzip/style.css", "gzip;q=0", False),
    ("/gzip/style.css", "", False), ("/gzip/tiny.css", "gzip", False),
    ("/gzip/picture.png", "gzip", False), ("/gzip/page.html", "gzip", True),
    ("/style.css", "gzip", False), ("/gzip/style.css", "GZIP;q=1.0", True),
])
def test_text_travels_compressed(server, target, accepts, encoded):
    for _ in range(3):
        answered = server.get(target, fields={"Accept-Encoding": accepts})
        assert answered.status == 200
        if encoded is None:
            assert "Content-Encoding" in answered
            continue
        assert ("Content-Encoding" in answered) == encoded
        plain = gzip.decompress(answered.content) if encoded else answered.content
        assert plain == (STYLE if "tiny" not in target else b"a{}")
        if encoded:
            assert answered["Content-Encoding"] == "gzip"
            assert answered["Vary"] == "Accept-Encoding"
            assert len(answered.content) < len(STYLE) / 2


@pytest.mark.ours
def test_each_encoding_has_a_strong_tag_of_its_own(server):
    plain = server.get("/gzip/style.css")
    packed = server.get("/gzip/style.css", fields={"Accept-Encoding": "gzip"})
    assert plain["ETag"] != packed["ETag"] and not packed["ETag"].startswith("W/")
    assert packed["Content-Length"] == str(len(packed.content))
    tag = packed["ETag"]
    again = server.get("/gzip/style.css", fields={"Accept-Encoding": "gzip", "If-None-Match": tag})
    assert again.status in (200, 304)
    if again.status == 200:
        # A better encoding has taken its place meanwhile, and that has its own tag.
        assert again["ETag"] != tag and gzip.decompress(again.content) == STYLE
    other = server.get("/gzip/style.css", fields={"If-None-Match": tag})
    assert other.status == 200 and other.content == STYLE


@pytest.mark.ours
def test_a_client_that_has_finished_sending_gets_its_answer(server):
    with Wire(server.port, 30) as wire:
        wire.send(request("/large.bin") + request("/dir/a.txt")).finish_sending()
        assert wire.response().content == LARGE
        assert wire.response().text == "a"
        wire.closed()
