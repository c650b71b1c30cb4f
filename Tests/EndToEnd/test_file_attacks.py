# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What has broken servers of files before: locations that are left, files that are none or that
# change, names that become heads or markup, and ranges that make an answer larger than its file.
# The names of the cases (C03 to D06) are stable.

import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import zlib

import pytest

from harness import UNDER_TEST, Server, Wire, WireError, request, tree, until

SECRET = "kept-from-everybody-4712"
LARGE = bytes(i * 37 % 251 for i in range(100_000)) * 90
PARTS = b"".join(b"%07d\n" % number for number in range(2000))

CONFIGURATION = """
    types { text/html html; text/plain txt; }
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        absolute_redirect off;
        location /img { alias %%DIR%%/html/pictures/; }
        location /admin/ { return 403; }
        location = /admin { return 403; }
        location /list/ { alias %%DIR%%/html/; index none; autoindex on; }
        location /text { return 200 "generated"; }
        location /proc/ { alias /proc/self/; }
        location /dev/ { alias /dev/; }
        location /far/ { absolute_redirect on; alias %%DIR%%/html/; }
    }
"""


@pytest.fixture(scope="module")
def server(shared_lab):
    made = shared_lab.server(CONFIGURATION, start=False)
    tree(made.directory, {
        "html/index.html": "home", "html/a.txt": "a", "html/pictures/b.txt": "b",
        "html/secret": SECRET, "html/admin/in": SECRET, "html/admin/index.html": SECRET,
        "html/list-me/x.txt": "x", "html/evil.example/x.txt": "x", "html/a\r\nX-Evil: 1/x.txt": "x",
        "html/<script>alert(1)<b>.txt": "x", "html/\"onload=\"alert(1).txt": "x",
        "html/javascript:alert(1)/x": "x", "html/large.bin": LARGE, "html/parts.txt": PARTS,
        "html/empty.txt": "", "html/\\evil.example/x": "x"})
    os.mkfifo(made.directory / "html" / "fifo")
    # A file that shrinks while it is sent is worth a line, and nothing more.
    made.allowed_alerts = (r"shrinks\.bin",)
    return made.start()


@pytest.fixture(autouse=True)
def unharmed(server):
    yield
    assert server.get("/a.txt").text == "a"
    server.assert_unharmed()


@pytest.mark.ours
@pytest.mark.parametrize("target", [
    "/img../secret", "/img../admin/in", "/img..%2fsecret", "/img%2e%2e/secret", "/img.%2e/secret",
    "/img..//secret", "/img../../html/secret", "/img..%2Fsecret", "/img../%2e/secret"])
def test_a_location_without_its_slash_is_not_left(server, target):
    """C03: nothing above an alias by the dots behind its location."""
    answered = server.get(target)
    assert answered.status in (400, 403, 404) and SECRET not in answered.text


@pytest.mark.ours
def test_a_location_without_its_slash_is_warned_of(server):
    """C03: and the check of the configuration says so."""
    said = subprocess.run(server.arguments("-t"), cwd=server.directory, capture_output=True,
                          text=True, timeout=20).stderr
    assert re.search(r"warn.*alias", said, re.S) and "/img" in said, said


@pytest.mark.parametrize("target", [
    "/admin/in", "/adm%69n/in", "//admin/in", "/./admin/in", "/admin//in", "/admin/./in",
    "/x/../admin/in", "/admin%2fin", "/%2fadmin/in", "/%2e/admin/in", "/img/../admin/in",
    "/list/../admin/in", "/admin", "/admin/", "///admin///in", "/admin/in?x", "/admin/%69n",
    "/admin/in%00", "/admin%00/in", "/adm%2fin", "/Admin/in", "/admin;/in", "/admin%20/in",
    "/admin./in", "/admin%5cin", "/admin\\in", "/%61%64%6d%69%6e/in", "/admin%252fin",
    "/admin/../admin/in", "/.//admin/in", "/admin#/in", "/list/..%2fadmin/in"])
def test_a_location_and_its_file_are_found_by_one_path(server, target):
    """C04: no spelling of a path passes the location that refuses it and still finds the file."""
    answered = server.get(target)
    assert answered.status in (400, 403, 404) and SECRET not in answered.text, answered


@pytest.mark.parametrize("target", [
    "/fifo", "/dev/zero", "/dev/null", "/dev/tty", "/dev/", "/dev", "/proc/mem", "/proc/fd/0",
    "/proc/status", "/proc/root/", "/proc/cwd/", "/pictures", "/fifo/x", "/dev/zero/"])
def test_what_is_no_plain_file_is_answered_at_once(server, target):
    """C06: FIFOs, devices, directories and files of /proc cost nobody a wait."""
    try:
        answered = server.get(target)
        assert answered.status in (301, 403, 404) or (
            target.startswith("/proc") and answered.status == 200
            or UNDER_TEST == "nginx" and answered.status == 500), answered
    except WireError as problem:
        # What says it is empty and is not can only be cut off.
        assert target.startswith("/proc") and "ended" in str(problem), problem


def unreadable(directory):
    """A server that is not root, over files it may not read."""
    directory.chmod(0o755)
    server = Server(directory, whole=(
        "daemon off; user nobody; pid %%DIR%%/nginx.pid; error_log %%DIR%%/error.log; events { }"
        "http { access_log off; client_body_temp_path %%DIR%%/t; proxy_temp_path %%DIR%%/t;"
        " server { listen 127.0.0.1:%%PORT%%; root %%DIR%%/html; } }"))
    tree(directory / "html", {"mine.txt": "x", "open.txt": "open", "shut/x.txt": "x"})
    (directory / "html" / "mine.txt").chmod(0o600)
    (directory / "html" / "shut").chmod(0o600)
    return server


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start it as somebody else")
def test_what_may_not_be_read_is_refused():
    """C06: an unreadable file, and one in a directory that may not be entered."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="beranda-"))
    server = unreadable(directory)
    try:
        server.start()
        assert server.get("/open.txt").text == "open"
        for target in ("/mine.txt", "/shut/x.txt", "/shut/none", "/shut/"):
            assert server.get(target).status == 403, target
        server.assert_unharmed()
    finally:
        server.kill()
        shutil.rmtree(directory)


def begun(server, name):
    """A large file whose answer has begun, on a connection that takes little at once."""
    path = server.directory / "html" / name
    path.write_bytes(LARGE)
    wire = Wire(server.port, 30, receive_buffer=4096)
    wire.send(request("/" + name))
    assert int(wire.head()["Content-Length"]) == len(LARGE)
    return path, wire


def test_a_file_that_grows_while_it_is_sent_is_sent_as_it_was(server):
    """C07: exactly the length that was promised, of one file."""
    path, wire = begun(server, "grows.bin")
    with wire, open(path, "ab") as file:
        file.write(b"later" * 100_000)
        file.flush()
        assert wire.exactly(len(LARGE)) == LARGE
        assert wire.get("/a.txt").text == "a"
    path.unlink()


def test_a_file_that_shrinks_while_it_is_sent_is_cut_off(server):
    """C07: the connection ends before the length that was promised."""
    path, wire = begun(server, "shrinks.bin")
    with wire:
        os.truncate(path, 500_000)
        received = wire.rest(20)
        assert len(received) < len(LARGE) and received[:500_000] == LARGE[:500_000]
        # What the kernel had taken already, it clears up to the end of its page.
        assert all(got in (sent, 0) for got, sent in zip(received, LARGE))
    path.unlink()


def test_a_file_that_is_replaced_while_it_is_sent_stays_itself(server):
    """C07: the bytes of one file only, whatever its name means by then."""
    path, wire = begun(server, "replaced.bin")
    with wire:
        other = path.with_name("other.bin")
        other.write_bytes(b"y" * len(LARGE))
        os.replace(other, path)
        assert wire.exactly(len(LARGE)) == LARGE
    until(lambda: server.get("/replaced.bin").content[:1] == b"y", 5)
    path.unlink()


# What is larger than so much is neither held nor encoded in advance: it is encoded as it is sent.
ENCODING = """
    file_cache max_file=64k;
    types { text/plain txt; }
    gzip on; gzip_types text/plain; gzip_comp_level 1;
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
    }
"""


@pytest.fixture(scope="module")
def encoding_server(shared_lab):
    made = shared_lab.server(ENCODING, start=False)
    (made.directory / "html").mkdir()
    return made.start()


def begun_encoding(server, name, content):
    """A large file that is encoded while it is sent, to a client that takes little at once."""
    path = server.directory / "html" / name
    path.write_bytes(content)
    wire = Wire(server.port, 30, receive_buffer=4096)
    wire.send(request("/" + name, fields={"Accept-Encoding": "gzip"}))
    head = wire.head()
    assert head["Content-Encoding"] == "gzip" and head["Transfer-Encoding"] == "chunked"
    return path, wire


def unchunked(data):
    """What there is of a chunked content, and whether it was ended."""
    content, ended = bytearray(), False
    while (end := data.find(b"\r\n")) >= 0 and not ended:
        size = int(data[:end], 16)
        content += data[end + 2:end + 2 + size]
        ended, data = size == 0, data[end + size + 4:]
    return bytes(content), ended


@pytest.mark.ours
@pytest.mark.parametrize("change", ["rewritten", "shrunk", "emptied and written anew"])
def test_a_file_that_changes_while_it_is_encoded_is_cut_off(encoding_server, change):
    """C07: what came is of one file, and does not look complete."""
    content = random.Random(change).randbytes(9_000_000)
    path, wire = begun_encoding(encoding_server, "changes.txt", content)
    with wire:
        with open(path, "r+b") as file:
            if change == "shrunk":
                file.truncate(8_500_000)
            elif change == "emptied and written anew":
                file.truncate(0)
            if change != "shrunk":
                file.write(b"y" * len(content))
        received, ended = unchunked(wire.rest(20))
    decoder = zlib.decompressobj(31)
    decoded = decoder.decompress(received)
    assert not ended and not decoder.eof
    assert decoded == content[:len(decoded)]
    assert encoding_server.get("/changes.txt").status == 200
    path.unlink()


@pytest.mark.ours
def test_a_file_that_grows_while_it_is_encoded_is_sent_as_it_was(encoding_server):
    """C07: all of the content that was there, and nothing of what came later."""
    content = random.Random("grows").randbytes(6_000_000)
    path, wire = begun_encoding(encoding_server, "grows.txt", content)
    with wire:
        with open(path, "ab") as file:
            file.write(b"later" * 100_000)
        wire.send(request("/none", fields={"Connection": "close"}))
        received, ended = unchunked(wire.rest(20))
    assert ended and zlib.decompress(received, 31) == content
    path.unlink()


@pytest.mark.ours
def test_a_file_that_is_replaced_while_it_is_encoded_stays_itself(encoding_server):
    """C07: the bytes of one file only, whatever its name means by then."""
    content = random.Random("replaced").randbytes(6_000_000)
    path, wire = begun_encoding(encoding_server, "replaced.txt", content)
    with wire:
        other = path.with_name("other.txt")
        other.write_bytes(b"y" * len(content))
        os.replace(other, path)
        wire.send(request("/none", fields={"Connection": "close"}))
        received, ended = unchunked(wire.rest(20))
    assert ended and zlib.decompress(received, 31) == content
    path.unlink()


@pytest.mark.parametrize("target, location", [
    ("/a%0d%0aX-Evil:%201", r"/a%0D%0AX-Evil:%201/"), ("//evil.example", "/evil.example/"),
    ("/%2fevil.example", "/evil.example/"), ("/.//evil.example", "/evil.example/"),
    ("///evil.example?x", r"/evil.example/\?x"), ("/x/..//evil.example", "/evil.example/"),
    ("/%5cevil.example", r"/(%5[Cc]|\\)evil.example/"),
    ("/javascript:alert(1)", r"/javascript:alert\(1\)/"), ("/img/../list-me", "/list-me/")])
def test_a_redirect_stays_on_this_server(server, target, location):
    """C08: names become a path of a Location, and neither a field nor another host."""
    answered = server.get(target, host="localhost")
    assert answered.status == 301 and "X-Evil" not in answered
    assert re.fullmatch(location, answered["Location"], re.I), answered


@pytest.mark.ours
@pytest.mark.parametrize("host", ["evil.example/x", "evil.example\\@b", "a b", "a\tb", "[::1"])
def test_no_doubtful_host_becomes_part_of_a_redirect(server, host):
    """C08: a Host that is none is refused, where the redirect would carry it."""
    with server.connect() as wire:
        answered = wire.get("/far/list-me", host=host)
    assert answered.status == 400 and "Location" not in answered


def test_a_listing_escapes_names(server):
    """C09: names are text, and links are paths."""
    page = server.get("/list/").text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;b&gt;.txt" in page
    assert '"onload="alert' not in page and not re.search(r'href="javascript:', page)
    links = re.findall('<a href="([^"]*)">', page)
    for link in links:
        assert not re.match("[a-z]+:|//|/", link) and not set("<>\"\r\n") & set(link), link
    assert server.get("/list/" + next(l for l in links if "script" in l and "alert" in l
                                      and "%3C" in l.upper())).text == "x"


HUGE = ["bytes=0-", "bytes=-0", "bytes=-99999999999999999999", "bytes=9223372036854775807-",
        "bytes=0-9223372036854775808", "bytes=5-2", "bytes=a-b", "bytes=-9223372036854775808",
        "bytes=18446744073709551615-18446744073709551616", "bytes=1-18446744073709551617", "bytes=",
        "bytes=--1", "bytes=0-0-0", "bytes=9223372036854775807-9223372036854775807",
        "bytes=0-9223372036854775807,9223372036854775807-", "bytes=-18446744073709551615,-1",
        "bytes=0x0-1", "bytes=\u00b2-3", "bytes=" + "9" * 4000 + "-", "bytes=-" + "9" * 4000]


@pytest.mark.parametrize("value", HUGE, ids=lambda value: value[:40])
@pytest.mark.parametrize("target", ["/parts.txt", "/empty.txt", "/large.bin"])
def test_a_range_without_sense_is_no_trap(server, target, value):
    """D01: overflowing, reversed and empty ranges."""
    for name in ("Range", "If-Range"):
        fields = {"Range": value} if name == "Range" else {"Range": "bytes=0-1", name: value}
        answered = server.get(target, fields=fields)
        assert answered.status in (200, 206, 416), answered
        assert len(answered.content) <= len(LARGE)


ABUSIVE = {
    "overlapping": ",".join("0-%d" % end for end in range(1300)),
    "the same": ",".join(["0-15999"] * 800), "open": ",".join(["0-"] * 1300),
    "one byte each": ",".join("%d-%d" % (place, place) for place in range(0, 2600, 2)),
    "suffixes": ",".join("-%d" % count for count in range(1, 1300)),
    "empty": "," * 5000, "reversed": ",".join(["5-2"] * 1300),
}


@pytest.mark.parametrize("name", ABUSIVE)
def test_abusive_ranges_are_answered_cheaply(server, name):
    """D02: never more than twice the file, and no more parts than bytes."""
    answered = server.get("/parts.txt", fields={"Range": "bytes=" + ABUSIVE[name]})
    assert answered.status in (200, 206, 400, 416, 431), answered
    if name not in ("one byte each", "suffixes"):
        assert len(answered.content) <= 2 * len(PARTS)
    assert answered.content.count(b"Content-Range: ") <= 1300


def parts_of(answered):
    """The parts of a multipart answer, as (first, last, bytes), by a reader of our own."""
    boundary = re.fullmatch("multipart/byteranges; boundary=([0-9A-Za-z]+)",
                            answered["Content-Type"])[1].encode()
    pieces = answered.content.split(b"\r\n--" + boundary)
    assert pieces[0] == b"" and pieces[-1] == b"--\r\n", answered
    found = []
    for piece in pieces[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        first, last, total = re.search(rb"Content-Range: bytes (\d+)-(\d+)/(\d+)", head).groups()
        assert int(total) == len(PARTS)
        found.append((int(first), int(last), content))
    return found


def test_several_parts_have_their_exact_length(server):
    """D03: the length that was said is the length of all parts and what is around them."""
    with server.connect() as wire:
        answered = wire.get("/parts.txt", fields={"Range": "bytes=0-7,16-23,-8,100-8099"})
        assert answered.status == 206 and answered.framing == "length"
        found = parts_of(answered)
        assert [(first, last) for first, last, _ in found] == [
            (0, 7), (16, 23), (15992, 15999), (100, 8099)]
        assert all(content == PARTS[first:last + 1] for first, last, content in found)
        head = wire.get("/parts.txt", "HEAD", fields={"Range": "bytes=0-7,16-23,-8,100-8099"})
        assert head["Content-Length"] == answered["Content-Length"]
        assert wire.get("/a.txt").text == "a"


@pytest.mark.parametrize("target, method, status", [
    ("/parts.txt", "POST", 405), ("/none.txt", "GET", 404), ("/admin/in", "GET", 403),
    ("/list-me", "GET", 301), ("/list/", "GET", 200)])
def test_a_range_of_something_else_is_ignored(server, target, method, status):
    """D04: only what is a file, and is there, has parts."""
    answered = server.get(target, method, fields={"Range": "bytes=0-1"})
    assert answered.status == status and "Content-Range" not in answered


@pytest.mark.parametrize("tag", ["W/%s", "w/%s", "W/%s, %s", '"other"', "%s, %s"])
def test_a_weak_tag_allows_no_part(server, tag):
    """D05: a part is only sent where the rest is known to be the same."""
    own = server.get("/parts.txt")["ETag"]
    assert server.get("/parts.txt", fields={"Range": "bytes=0-1", "If-Range": own}).status == 206
    answered = server.get("/parts.txt", fields={
        "Range": "bytes=0-1", "If-Range": tag.replace("%s", own)})
    assert answered.status == 200 and answered.content == PARTS


@pytest.mark.ours
@pytest.mark.parametrize("date", [
    "yesterday", "0", "", "Tue, 14 Nov 2023 22:13:20", "Tue, 32 Nov 2023 22:13:20 GMT",
    "Tue, 14 Nov 99999 22:13:20 GMT", "Tue, 14 Nov 2023 25:13:20 GMT", "1700000000",
    "Tue, 14 Foo 2023 22:13:20 GMT", "2023-11-14T22:13:20Z", "Tue, 14 Nov -023 22:13:20 GMT"])
@pytest.mark.parametrize("field", ["If-Modified-Since", "If-Unmodified-Since", "If-Range"])
def test_a_date_that_is_none_is_ignored(server, field, date):
    """D06: as if the field were not there; with If-Range, as if the time were another."""
    fields = {field: date, **({"Range": "bytes=0-1"} if field == "If-Range" else {})}
    answered = server.get("/parts.txt", fields=fields)
    assert answered.status == 200 and answered.content == PARTS
