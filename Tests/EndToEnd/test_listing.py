# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Lists of folders: the same rows as nginx's, for names of any bytes, and large folders that hold
# nobody up.

import json
import os
import re
import threading
import xml.etree.ElementTree

import pytest

from harness import Wire, request, until
from harness.compare import Example, Pair
from harness.server import NGINX

CONFIGURATION = """
    default_type text/plain;
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        autoindex on;
        location /sizes/ { alias %%DIR%%/html/; autoindex_exact_size off; }
        location /local/ { alias %%DIR%%/html/; autoindex_localtime on; }
        location /xml/ { alias %%DIR%%/html/; autoindex_format xml; }
        location /json/ { alias %%DIR%%/html/; autoindex_format json; }
        location /jsonp/ { alias %%DIR%%/html/; autoindex_format jsonp; }
        location /utf8/ { alias %%DIR%%/html/; charset utf-8; }
        location /koi8/ { alias %%DIR%%/html/; charset koi8-r; }
        location /koi8xml/ { alias %%DIR%%/html/; charset koi8-r; autoindex_format xml; }
        location /utf8json/ { alias %%DIR%%/html/; autoindex_format json; charset utf-8;
                              charset_types application/json; }
        location /off/ { alias %%DIR%%/html/; autoindex off; }
        location /index/ { alias %%DIR%%/html/; index none.html a.txt; }
    }
"""

# The names of a large folder; the default of autoindex_limit is five times that.
COUNT = 20_000

SIZES = [0, 1, 9999, 10000, 10239, 10240, 10751, 10752, 1048575, 1048576, 1572863, 1572864,
         1 << 30, 3 << 29, (5 << 30) - 1]


def fill(root):
    """Names that HTML, URLs or a terminal would trip over, and files of many sizes and times."""
    names = [b"a.txt", b"B.txt", b"<script>alert(1)", b"a&b;c", b"\"q'", b"%41", b"a b",
             b"+", b"#?", b"colon:x", b"\\back", b"~t", b".hidden", b"..x",
             b"x" * 49, b"x" * 50, b"x" * 51, b"&" * 50, b"&" * 51, b"long " * 30, b"{json}", b"z"]
    root.mkdir()
    for number, name in enumerate(names):
        path = os.fsencode(root) + b"/" + name
        open(path, "wb").close()
        os.utime(path, (86400 * 41 * number, 86400 * 41 * number))
    for number, size in enumerate(SIZES):
        path = root / ("size%02d" % number)
        path.touch()
        os.truncate(path, size)
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    for number, name in enumerate(["dir", "Dir", "d<>&", "y" * 48, "y" * 49, "y" * 50, "y" * 51,
                                   "empty", ".dir"]):
        (root / name).mkdir()
        os.utime(root / name, (1_600_000_000, 1_600_000_000))
    os.mkfifo(root / "fifo")
    os.utime(root / "fifo", (1, 1))
    for name, target in {"to file": "size02", "to dir": "dir", "to loop": "to loop",
                         "to none": "nothing"}.items():
        (root / name).symlink_to(target)
        if target not in ("size02", "dir"):
            os.utime(root / name, (5, 5), follow_symlinks=False)


@pytest.fixture(scope="module")
def pair(shared_lab):
    if NGINX is None:
        pytest.skip("there is no nginx to compare with")
    return Pair(shared_lab, Example("lists", CONFIGURATION, [], prepare=fill))


def listed(answered):
    """Without what is ours: the head but for its title, and how the length is told."""
    content = re.sub(rb"(?s)\A(<html>\r\n<head><title>.*?</title>).*?</head>", rb"\1</head>",
                     answered.content)
    return answered.status, answered["Content-Type"], content


TARGETS = [
    "/", "/sizes/", "/local/", "/xml/", "/json/", "/jsonp/", "/jsonp/?callback=f",
    "/jsonp/?callback=a.b_1", "/jsonp/?callback=", "/jsonp/?x=1&callback=f&callback=g",
    "/jsonp/?callback=alert(1)", "/jsonp/?callback=a%2eb", "/jsonp/?CALLBACK=f",
    "/json/?callback=f",
    "/jsonp/?callback=" + "a" * 128, "/jsonp/?callback=" + "a" * 129, "/dir/", "/dir", "/d%3C%3E&/",
    "/xml/dir/", "/json/dir/", "/off/", "/index/", "/index/dir/", "/none/", "/a.txt/", "/fifo/",
    "/to%20dir/", "/to%20dir", "/to%20loop/", "/.dir/", "/utf8/", "/koi8/", "/koi8xml/",
    "/utf8json/", "/?C=M&O=D",
]


@pytest.mark.parametrize("method, target", [
    *[("GET", target) for target in TARGETS], *[("HEAD", target) for target in TARGETS],
    ("POST", "/"), ("DELETE", "/"), ("OPTIONS", "/json/"), ("POST", "/none/"),
])
def test_a_list_is_nginx_s_to_the_byte(pair, method, target):
    ours, theirs = (side.server.get(target, method) for side in (pair.ours, pair.nginx))
    if theirs.status >= 300:
        assert (ours.status, ours.get("Content-Type")) == (theirs.status, theirs["Content-Type"])
        return
    assert listed(ours) == listed(theirs)


@pytest.fixture(scope="module")
def server(shared_lab):
    made = shared_lab.server("""
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/html;
            autoindex on;
            keepalive_requests 1000000;
            location /json/ { alias %%DIR%%/html/; autoindex_format json; }
            location /xml/ { alias %%DIR%%/html/; autoindex_format xml; }
            location /few/ { alias %%DIR%%/html/many/; autoindex_limit 10000; }
            location /small { return 200 "small"; }
        }
    """, start=False)
    for name in ("odd", "many"):
        (made.directory / "html" / name).mkdir(parents=True)
    for name in (b"\xff\xfe", b"\xd1\x84" * 60, b"new\nline", b"\x1b[31m", b"caf\xc3\xa9",
                 b"\xe2\x80\xae", b"half\xd1"):
        open(os.fsencode(made.directory / "html" / "odd") + b"/" + name, "wb").write(name)
    return made.start()


@pytest.mark.ours
def test_every_name_can_be_followed(server):
    answered = server.get("/odd/")
    links = re.findall(rb'<a href="([^"]+)">', answered.content)[1:]
    assert len(links) == 7
    for link in links:
        followed = server.get("/odd/" + link.decode("ascii"))
        assert followed.status == 200
        escaped = re.sub(rb"%(..)", lambda m: bytes([int(m[1], 16)]), link)
        assert followed.content == escaped
    assert all(byte >= 32 or byte in b"\r\n" for byte in answered.content)


@pytest.mark.ours
def test_lists_for_programs_are_well_formed_whatever_the_names(server):
    names = [entry["name"] for entry in json.loads(server.get("/json/odd/").content)]
    assert "new\nline" in names and "\ufffd\ufffd" in names and "caf\u00e9" in names
    tree = xml.etree.ElementTree.fromstring(server.get("/xml/odd/").content)
    assert [entry.tag for entry in tree] == ["file"] * 7
    assert "caf\u00e9" in [entry.text for entry in tree]


@pytest.fixture(scope="module")
def many(server):
    for number in range(COUNT):
        os.close(os.open(server.directory / "html" / "many" / ("file%06d" % number),
                         os.O_CREAT | os.O_WRONLY))
    return server


@pytest.mark.ours
@pytest.mark.slow
def test_a_large_folder_holds_nobody_up(many):
    """Others are answered while the list is made: more of them than the one that was on its way
    when it began, and the one behind it."""
    answered, stop = [0], threading.Event()

    def probe():
        with many.connect(30) as wire:
            while not stop.is_set():
                assert wire.get("/small").text == "small"
                answered[0] += 1

    prober = threading.Thread(target=probe)
    prober.start()
    try:
        until(lambda: answered[0] > 0)
        with many.connect(60) as wire:
            def count():
                before = answered[0]
                wire.send(request("/many/"))
                head = wire.head()
                beside = answered[0] - before
                content = wire.exactly(int(head["Content-Length"]))
                assert head.status == 200
                assert len(re.findall(rb'<a href="file\d{6}">', content)) == COUNT
                return beside
            # One of them will do: where the machine is busy, the probe may not get its turn.
            counts = [count() for _ in range(5)]
    finally:
        stop.set()
        prober.join()
    assert max(counts) > 4, counts


@pytest.mark.ours
@pytest.mark.slow
def test_more_names_than_the_limit_are_refused_and_the_log_says_why(many):
    assert many.get("/few/", timeout=60).status == 500
    many.wait_for_error("autoindex_limit")


@pytest.mark.ours
@pytest.mark.slow
def test_a_client_that_does_not_read_a_list_costs_one(many):
    many.get("/many/", timeout=60)
    before = many.memory()
    wires = [Wire(many.port, 60, receive_buffer=4096) for _ in range(4)]
    for wire in wires:
        wire.send(request("/many/"))
        wire.head()
    # A list is some 2.6 MB: four of them, and what made the last.
    assert many.memory() - before < 20_000
    for wire in wires:
        wire.reset()
    assert many.get("/small").text == "small"
    many.assert_unharmed()
