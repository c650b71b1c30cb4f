# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# `beranda precompress`: what it writes and says, and that servers then send it.

import gzip
import os
import subprocess

import pytest

from harness import tree
from harness.server import beranda_binary

SCRIPT = b"".join(b"export const value%d = compute(%d);\n" % (i, i * i) for i in range(2000))
STYLE = b"".join(b".class-%d { margin: %dpx }\n" % (i, i) for i in range(200))
FILES = {"index.html": b"<!doctype html>" + b"<p>text</p>" * 100, "assets/app.js": SCRIPT,
         "assets/app.css": STYLE, "assets/photo.png": SCRIPT, "tiny.js": b"1"}


def precompress(*arguments, code=0):
    ran = subprocess.run([beranda_binary(), "precompress", *map(str, arguments)],
                         capture_output=True, text=True, timeout=120)
    assert ran.returncode == code, ran.stderr
    return ran


@pytest.fixture
def build(tmp_path):
    tree(tmp_path, FILES)
    return tmp_path


def test_it_shows_each_file_and_a_table(build):
    ran = precompress(build)
    assert ran.stderr == ""
    lines = ran.stdout.splitlines()
    assert any(line.startswith("assets/app.js  ") for line in lines)
    assert any(line.split()[:2] == ["type", "files"] for line in lines)
    assert any(line.split()[:2] == ["all", "3"] for line in lines)
    assert " written (" in lines[-1]
    assert "up to date" in precompress(build).stdout.splitlines()[-1]
    assert precompress(build, "--quiet", "--force").stdout == ""


def test_the_siblings_are_as_small_as_those_of_the_tools(build):
    precompress(build)
    coded = build / "assets" / "app.js.gz"
    assert gzip.decompress(coded.read_bytes()) == SCRIPT
    for tool, suffix in ((["gzip", "-9nc"], "gz"), (["brotli", "-q", "11", "-c"], "br"),
                         (["zstd", "-19", "-qc"], "zst")):
        sibling = build / "assets" / ("app.js." + suffix)
        made = subprocess.run(
            [*tool, build / "assets" / "app.js"], stdout=subprocess.PIPE, check=True)
        assert sibling.stat().st_size <= len(made.stdout) * 1.01 + 16


def test_a_dry_run_writes_nothing(build):
    before = sorted(build.rglob("*"))
    assert "to be written" in precompress(build, "--dry-run").stdout
    assert sorted(build.rglob("*")) == before


def test_a_failure_is_told_and_ends_with_1(build):
    (build / "assets" / "app.css.gz").mkdir()
    ran = precompress(build, code=1)
    assert ran.stderr == "beranda: assets/app.css.gz: a folder has the sibling's name\n"
    assert (build / "assets" / "app.css.br").exists()


@pytest.mark.parametrize("words, said", [
    ([], "needs the folder"), (["nowhere"], "cannot be opened"), (["--only", "bz", "."], '"br"?'),
    (["--onyl", "br", "."], 'Did you mean "--only"?')])
def test_wrong_words_are_explained(words, said):
    assert said in precompress(*words, code=1).stderr


@pytest.mark.parametrize("kind, codings", [("server", "gzip br"), ("nginx", "gzip")])
def test_servers_send_the_siblings(lab, kind, codings):
    static = "gzip_static on; gzip_vary on;" + (" brotli_static on;" if "br" in codings else "")
    server = getattr(lab, kind)("""
        types { text/html html; text/css css; text/javascript js; }
        server { listen 127.0.0.1:%%PORT%%; root %%DIR%%/html; """ + static + " }", start=False)
    html = server.directory / "html"
    tree(html, FILES)
    precompress(html, "-q")
    server.start()
    for name, suffix in (("gzip", "gz"), ("br", "br")):
        if name in codings.split():
            answered = server.get("/assets/app.js", fields={"Accept-Encoding": name})
            assert answered["Content-Encoding"] == name
            assert answered.content == (html / "assets" / ("app.js." + suffix)).read_bytes()
    assert server.get("/assets/app.js").content == SCRIPT


def test_a_sibling_of_an_earlier_content_is_not_sent(lab):
    server = lab.server("""
        types { text/javascript js; }
        server { listen 127.0.0.1:%%PORT%%; root %%DIR%%/html; gzip_static on; }""", start=False)
    html = server.directory / "html"
    tree(html, FILES)
    precompress(html, "-q")
    script = html / "assets" / "app.js"
    script.write_bytes(STYLE)
    later = os.stat(script).st_mtime + 60
    os.utime(script, (later, later))
    if server.kind == "beranda":
        server.start()
        answered = server.get("/assets/app.js", fields={"Accept-Encoding": "gzip"})
        assert not answered.all("Content-Encoding") and answered.content == STYLE
    precompress(html, "-q")
    assert gzip.decompress((html / "assets" / "app.js.gz").read_bytes()) == STYLE
