# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What the file cache does that shows from outside: large files that are waited for, encodings that
# get better, limits, and assets that outlive their release.

import gzip
import os

import pytest

from harness import Wire, request, tree, until

pytestmark = pytest.mark.ours

LARGE = b"".join(b"%07d of a large file that is worth compressing\n" % i for i in range(20_000))


@pytest.fixture(scope="module")
def server(shared_lab):
    made = shared_lab.server("""
        file_cache max=8m max_file=1m;
        types { text/html html; text/css css; text/plain txt; text/javascript js; }
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/html;
            asset_grace 1h;
            gzip on; gzip_types text/css text/plain; gzip_vary on;
            location /off/ { alias %%DIR%%/html/; open_file_cache off; }
            location /short/ { alias %%DIR%%/short/; asset_grace 500ms; }
        }
    """, start=False)
    tree(made.directory, {"html/small.txt": "small", "short/a.txt": "a"})
    return made.start()


def write(server, name, content):
    path = server.directory / name
    fresh = path.with_name("fresh")
    fresh.write_bytes(content)
    os.replace(fresh, path)
    return path


def test_a_large_file_is_waited_for_by_many_at_once(server):
    write(server, "html/many.txt", LARGE)
    wires = [server.connect(20) for _ in range(16)]
    for wire in wires:
        wire.send(request("/many.txt"))
    answers = [wire.response() for wire in wires]
    assert all(one.status == 200 and one.content == LARGE for one in answers)
    assert len({one["ETag"] for one in answers}) == 1
    for wire in wires:
        assert wire.get("/small.txt").text == "small"
        wire.close()


def test_a_client_that_leaves_while_its_file_is_read_harms_nobody(server):
    for number in range(20):
        write(server, "html/left-%d.txt" % number, LARGE)
        wire = Wire(server.port)
        wire.send(request("/left-%d.txt" % number))
        wire.reset() if number % 2 else wire.close()
    assert server.get("/left-0.txt").content == LARGE
    server.assert_unharmed()


def test_pipelined_requests_for_files_that_are_read_are_answered_in_order(server):
    for name in "ab":
        write(server, "html/line-%s.txt" % name, name.encode() + LARGE)
    with server.connect(20) as wire:
        wire.send(request("/line-a.txt") + request("/small.txt") + request("/line-b.txt")
                  + request("/line-a.txt", method="HEAD") + request("/small.txt"))
        assert wire.response().content[:1] == b"a"
        assert wire.response().text == "small"
        assert wire.response().content[:1] == b"b"
        assert int(wire.response("HEAD")["Content-Length"]) == len(LARGE) + 1
        assert wire.response().text == "small"


def test_a_half_closed_client_gets_the_file_that_it_waits_for(server):
    write(server, "html/half.txt", LARGE)
    with server.connect(20) as wire:
        wire.send(request("/half.txt"))
        wire.finish_sending()
        assert wire.response().content == LARGE


def test_a_large_file_that_is_deleted_is_missing_at_once(server):
    for _ in range(10):
        path = write(server, "html/gone.txt", LARGE)
        assert server.get("/gone.txt").status == 200
        path.unlink()
        assert server.get("/gone.txt").status == 404


def test_an_encoding_becomes_strong_when_it_is_the_best(server):
    write(server, "html/page.css", LARGE[:20_000])
    fields = {"Accept-Encoding": "gzip"}
    plain = server.get("/page.css")
    first = server.get("/page.css", fields=fields)
    assert first["Content-Encoding"] == "gzip" and first["Vary"] == "Accept-Encoding"
    best = until(lambda: [one for one in [server.get("/page.css", fields=fields)]
                          if not one["ETag"].startswith("W/")], 20)[0]
    assert best["ETag"] == plain["ETag"][:-1] + '-gz"'
    assert first["ETag"].removeprefix("W/") == best["ETag"]
    assert len(best.content) <= len(first.content)
    assert gzip.decompress(best.content) == LARGE[:20_000]
    again = dict(fields, **{"If-None-Match": first["ETag"]})
    assert server.get("/page.css", fields=again).status == 304


def test_a_file_that_is_too_large_to_hold_is_encoded_once(server):
    content = LARGE * 2
    write(server, "html/big.css", content)
    fields = {"Accept-Encoding": "gzip"}
    best = until(lambda: [one for one in [server.get("/big.css", fields=fields)]
                          if "Content-Length" in one and "Content-Encoding" in one], 30)[0]
    assert gzip.decompress(best.content) == content
    assert server.get("/big.css").content == content


def test_files_that_are_not_remembered_are_right(server):
    for text in ["one", "two"]:
        write(server, "html/fresh.txt", text.encode())
        assert server.get("/off/fresh.txt").text == text
    write(server, "html/fresh-large.txt", LARGE)
    assert server.get("/off/fresh-large.txt").content == LARGE


def test_a_full_cache_serves_on(server):
    # Each of them may be held, but not all of them.
    contents = {number: bytes([65 + number]) * 900_000 for number in range(24)}
    for number, content in contents.items():
        write(server, "html/full-%d.txt" % number, content)
    for _ in range(2):
        for number, content in contents.items():
            assert server.get("/full-%d.txt" % number).content == content
    assert server.memory() < 60_000


# Assets of the release before


def release(server, name, assets):
    tree(server.directory, {"%s/assets/%s" % (name, asset): "%s %s" % (name, asset)
                            for asset in assets})
    tree(server.directory, {"%s/index.html" % name: name})


@pytest.mark.parametrize("way", ["link", "rename", "delete"])
def test_assets_outlive_their_release(server, way):
    live = server.directory / "html" / way
    names = ["first-BxY3k2Pq.js", "late-Zk82nQxW.js", "plain.js"]
    release(server, "old-" + way, names)
    release(server, "new-" + way, ["next-Qq81ZzKw.js"])
    old, new = server.directory / ("old-" + way), server.directory / ("new-" + way)
    live.symlink_to(old) if way == "link" else os.rename(old, live)
    with server.connect(10) as wire:
        before = {name: wire.get("/%s/assets/%s" % (way, name)) for name in names[::2]}
        until(lambda: len(open_files(server, "-%s/assets/" % way if way == "link"
                                         else "/%s/assets/" % way)) >= 2)
        if way == "link":
            live.with_name("turned").symlink_to(new)
            os.replace(live.with_name("turned"), live)
        elif way == "rename":
            os.rename(live, old)
            os.rename(new, live)
        else:
            for name in names:
                (live / "assets" / name).unlink()
        assert wire.get("/%s/assets/plain.js" % way).status == 404
        first = wire.get("/%s/assets/%s" % (way, names[0]))
        assert first.status == 200 and first.content == before[names[0]].content
        for field in ["ETag", "Last-Modified", "Content-Type"]:
            assert first[field] == before[names[0]][field]
        late = wire.get("/%s/assets/%s" % (way, names[1]))
        assert late.status == 200 and late.text.endswith(names[1])
        assert wire.get("/%s/assets/none-Hk29XpQz.js" % way).status == 404
        if way != "delete":
            assert wire.get("/%s/index.html" % way).text == "new-" + way
            assert wire.get("/%s/assets/next-Qq81ZzKw.js" % way).status == 200


def open_files(server, part):
    """The open files of the worker with a part of their name, removed ones too."""
    names = set()
    for pid in server.workers():
        for number in os.listdir("/proc/%d/fd" % pid):
            try:
                names.add(os.readlink("/proc/%d/fd/%s" % (pid, number)))
            except FileNotFoundError:
                pass
    return [name for name in names if part in name]


def test_an_asset_is_let_go_after_its_grace(server):
    path = server.directory / "short" / "app-BxY3k2Pq.js"
    path.write_text("short")
    with server.connect(10) as wire:
        assert wire.get("/short/app-BxY3k2Pq.js").text == "short"
        path.unlink()
        assert wire.get("/short/app-BxY3k2Pq.js").text == "short"
        until(lambda: not open_files(server, "/short/app-"), 5)
        assert wire.get("/short/app-BxY3k2Pq.js").status == 404
