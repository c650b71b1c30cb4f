# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Our own two directives for built single-page apps: spa and asset_caching; and what a cached file
# does when it changes on disk.

import os
import time

import pytest

from harness import tree, until

pytestmark = pytest.mark.ours

NAVIGATION = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
FILES = {
    "index.html": "app", "shell/index.html": "shell", "a.txt": "text", "dir/index.html": "dir",
    "assets/app-B3xKz9Qd.js": "hashed", "assets/plain.js": "plain",
    "static/main.8f3c2b1a.css": "hashed",
}


@pytest.fixture(scope="module")
def server(shared_lab):
    made = shared_lab.server("""
        types { text/html html; text/plain txt; application/javascript js; text/css css; }
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/html;
            spa on;
            asset_caching auto;
            location /shell/ { spa /shell/index.html; }
            location /off/ { spa off; }
        }
    """, start=False)
    tree(made.directory / "html", FILES)
    return made.start()


@pytest.mark.parametrize("target", ["/artist/1", "/profile", "/a/b/c?x=y", "/artist/1/",
                                    "/release/v1.2", "/@user", "/a%20b"])
def test_a_navigation_that_finds_no_file_gets_the_index(server, target):
    for method in ("GET", "HEAD"):
        answered = server.get(target, method, fields=NAVIGATION)
        assert answered.status == 200 and answered["Content-Type"].startswith("text/html")
        assert answered.content == (b"app" if method == "GET" else b"")
        assert answered["Cache-Control"] == "no-cache"


def test_another_index_may_be_named(server):
    assert server.get("/shell/deep/link", fields=NAVIGATION).text == "shell"


@pytest.mark.parametrize("target", ["/assets/gone-B3xKz9Qd.js", "/gone.css", "/favicon.ico",
                                    "/img/x.png", "/app.js.map", "/x.json", "/font.woff2"])
def test_a_missing_asset_stays_404(server, target):
    assert server.get(target, fields=NAVIGATION).status == 404


@pytest.mark.parametrize("fields", [
    {}, {"Accept": "*/*"}, {"Accept": "application/json"}, {"Accept": "image/webp,*/*"},
    {"Accept": "text/html;q=0"}, {"Accept": "text/css,*/*;q=0.1"}])
def test_what_is_no_navigation_stays_404(server, fields):
    assert server.get("/artist/1", fields=fields).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_get_no_index(server, method):
    assert server.get("/artist/1", method, fields=NAVIGATION).status in (404, 405)


def test_it_can_be_off(server):
    assert server.get("/off/x", fields=NAVIGATION).status == 404


def test_files_come_first(server):
    assert server.get("/a.txt", fields=NAVIGATION).text == "text"
    assert server.get("/dir/", fields=NAVIGATION).text == "dir"


@pytest.mark.parametrize("target, expected", [
    ("/assets/app-B3xKz9Qd.js", "public, max-age=31536000, immutable"),
    ("/static/main.8f3c2b1a.css", "public, max-age=31536000, immutable"),
    ("/", "no-cache"), ("/index.html", "no-cache"), ("/assets/plain.js", "no-cache"),
    ("/a.txt", "no-cache"),
])
def test_what_browsers_may_keep(server, target, expected):
    answered = server.get(target)
    assert answered["Cache-Control"] == expected
    assert "ETag" in answered
    again = server.get(target, fields={"If-None-Match": answered["ETag"]})
    assert again.status == 304 and again["Cache-Control"] == expected
    assert again["ETag"] == answered["ETag"]


def test_a_changed_file_is_seen_at_once(server):
    path = server.directory / "html" / "changing.txt"
    assert server.get("/changing.txt").status == 404
    for text in ["one", "two", "three", "", "four"]:
        path.write_text(text)
        until(lambda: server.get("/changing.txt").text == text, 5)
    other = path.with_name("other.txt")
    other.write_text("renamed")
    os.replace(other, path)
    until(lambda: server.get("/changing.txt").text == "renamed", 5)
    path.unlink()
    until(lambda: server.get("/changing.txt").status == 404, 5)


def test_a_new_release_behind_a_link_is_seen_at_once(shared_lab):
    made = shared_lab.server("""
        server { listen 127.0.0.1:%%PORT%%; root %%DIR%%/current; }
    """, start=False)
    tree(made.directory, {"one/index.html": "one", "two/index.html": "two"})
    (made.directory / "current").symlink_to("one")
    made.start()
    assert made.get("/").text == "one"
    for name in ["two", "one", "two"]:
        (made.directory / "next").symlink_to(name)
        os.replace(made.directory / "next", made.directory / "current")
        until(lambda: made.get("/").text == name, 5)


def test_equal_content_has_equal_tags_and_other_content_another(server):
    root = server.directory / "html"
    (root / "tag1.txt").write_text("same")
    time.sleep(0.01)
    (root / "tag2.txt").write_text("same")
    os.utime(root / "tag2.txt", (1, 1))
    first, second = server.get("/tag1.txt"), server.get("/tag2.txt")
    assert first["ETag"] == second["ETag"] and "Last-Modified" not in second
    (root / "tag2.txt").write_text("else")
    os.utime(root / "tag2.txt", (1, 1))
    until(lambda: server.get("/tag2.txt").text == "else", 5)
    assert server.get("/tag2.txt")["ETag"] != first["ETag"]
