# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The first five minutes: a folder and nothing else, or a site.conf, and what is printed.

import os
import signal
import socket
import subprocess

import pytest

from harness import Wire, answer, free_port, tree, until
from harness.server import beranda_binary

pytestmark = pytest.mark.ours

FILES = {
    "index.html": "<!doctype html><title>app</title>",
    "assets/app-B3xKz9Qd.js": "console.log(1)", "robots.txt": "User-agent: *",
}
NAVIGATION = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Run:
    """The program with arguments, in a folder, with what it printed."""

    def __init__(self, folder, *arguments, environment=None):
        self.output = open(os.path.join(folder, "output"), "w+")
        self.process = subprocess.Popen(
            [beranda_binary(), *map(str, arguments)], cwd=folder, stdin=subprocess.DEVNULL,
            stdout=self.output, stderr=subprocess.STDOUT, env=dict(os.environ, **environment or {}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                assert self.process.wait(10) == 0
            finally:
                if self.process.poll() is None:
                    self.process.kill()
                    self.process.wait()
        self.output.close()

    def printed(self):
        with open(self.output.name) as output:
            return output.read()

    def listens(self, port):
        def answers():
            assert self.process.poll() is None, self.printed()
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return True
            except OSError:
                return False
        until(answers, 20, self.printed)
        return self


def get(port, target="/", **fields):
    with Wire(port) as wire:
        return wire.get(target, fields=fields)


def test_a_folder_is_served_with_good_defaults(tmp_path):
    tree(tmp_path / "dist", dict(FILES, **{"large.css": "a { color: red }\n" * 100}))
    port = free_port()
    with Run(tmp_path, "dist", "--port", port).listens(port) as run:
        home = get(port)
        assert home.status == 200 and "<title>app" in home.text
        assert home["Cache-Control"] == "no-cache"
        assert home["Content-Type"] == "text/html; charset=utf-8"
        asset = get(port, "/assets/app-B3xKz9Qd.js")
        assert asset["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "javascript" in asset["Content-Type"]
        assert get(port, "/artist/1", **NAVIGATION).content == home.content
        gone = get(port, "/assets/gone-B3xKz9Qd.js", **NAVIGATION, **{"Accept-Encoding": "br"})
        assert gone.status == 404 and "Content-Encoding" not in gone
        until(lambda: "http://localhost:%d" % port in run.printed(), 5, run.printed)
        assert "/dist: index.html and 3 other files, 1 with a hash in the name" in run.printed()
        large = get(port, "/large.css", **{"Accept-Encoding": "br, gzip"})
        assert large["Content-Encoding"] == "br" and large["Vary"] == "Accept-Encoding"


def test_siblings_are_sent_and_counted(tmp_path):
    style = b"".join(b".class-%d { margin: %dpx }\n" % (i, i) for i in range(200))
    tree(tmp_path / "dist", dict(FILES, **{"assets/app-B3xKz9Qd.css": style}))
    subprocess.run([beranda_binary(), "precompress", tmp_path / "dist", "-q"], check=True)
    port = free_port()
    with Run(tmp_path, "dist", "--port", port).listens(port) as run:
        for coding, suffix in (("br", "br"), ("zstd", "zst"), ("gzip", "gz")):
            sent = get(port, "/assets/app-B3xKz9Qd.css", **{"Accept-Encoding": coding})
            sibling = tmp_path / "dist" / "assets" / ("app-B3xKz9Qd.css." + suffix)
            assert sent["Content-Encoding"] == coding and sent.content == sibling.read_bytes()
        until(lambda: "index.html and 3 other files, 2 with a hash in the name, 3 compressed"
              in run.printed(), 5, run.printed)


def test_what_is_hidden_or_outside_is_not_published(tmp_path):
    tree(tmp_path / "dist", dict(FILES, **{
        ".env": "SECRET", ".git/config": "SECRET", ".well-known/x.txt": "known"}))
    (tmp_path / "secret.txt").write_text("SECRET")
    (tmp_path / "dist" / "out.txt").symlink_to("../secret.txt")
    (tmp_path / "dist" / "absolute.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "dist" / "inside.txt").symlink_to("robots.txt")
    (tmp_path / "current").symlink_to("dist")
    port = free_port()
    with Run(tmp_path, "current", "--port", port).listens(port):
        for target, status in [("/.env", 404), ("/.git/config", 404), ("/out.txt", 403),
                               ("/absolute.txt", 403), ("//etc/passwd", 404)]:
            answered = get(port, target)
            assert answered.status == status and b"SECRET" not in answered.content, target
        assert get(port, "/.well-known/x.txt").text == "known"
        assert get(port, "/inside.txt").text == FILES["robots.txt"]


@pytest.mark.parametrize("name", ["public", "dist", "build"])
def test_the_usual_folders_are_found(tmp_path, name):
    tree(tmp_path / name, FILES)
    port = free_port()
    with Run(tmp_path, "--port", port).listens(port) as run:
        assert get(port, "/robots.txt").text == "User-agent: *"
        until(lambda: name in run.printed(), 5, run.printed)


def test_an_api_is_passed_on(tmp_path, lab):
    tree(tmp_path / "dist", FILES)
    backend = lab.backend(lambda read, connection: answer("api " + read.target))
    port = free_port()
    with Run(tmp_path, "dist", "--port", port, "--api", "http://" + backend.address).listens(
            port) as run:
        assert get(port, "/api/v1/x?y").text == "api /api/v1/x?y"
        assert "<title>app" in get(port).text
        until(lambda: backend.address + ", which answers" in run.printed(), 5, run.printed)


def test_an_api_can_believe_what_it_is_told_of_the_client(tmp_path, lab):
    tree(tmp_path / "dist", FILES)
    backend = lab.backend()
    port = free_port()
    lies = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port",
            "X-Real-IP", "Forwarded"]
    with Run(tmp_path, "dist", "--port", port, "--api", backend.address).listens(port):
        with Wire(("127.0.0.1", port)) as wire:
            wire.get("/api/a", host="app.test:81", fields=[(name, "lie") for name in lies])
            wire.get("/api/b", host="app.test")
    first, second = backend.requests
    assert {name: first.all(name) for name in lies} == {
        "X-Forwarded-For": ["127.0.0.1"], "X-Forwarded-Proto": ["http"],
        "X-Forwarded-Host": ["app.test:81"], "X-Forwarded-Port": ["81"],
        "X-Real-IP": ["127.0.0.1"],
        "Forwarded": ['for=127.0.0.1;host="app.test:81";proto=http']}
    assert second.get("X-Forwarded-Port") == "80"


def test_whoever_builds_the_site_is_told_how_long_the_api_took(tmp_path, lab):
    tree(tmp_path / "dist", FILES)
    backend = lab.backend()
    port = free_port()
    with Run(tmp_path, "dist", "--port", port, "--api", backend.address).listens(port):
        assert "header;dur=" in get(port, "/api/x")["Server-Timing"]


def test_an_api_that_does_not_answer_is_said(tmp_path):
    tree(tmp_path / "dist", FILES)
    port, dead = free_port(), free_port()
    with Run(tmp_path, "dist", "--port", port, "--api", "http://127.0.0.1:%d" % dead).listens(
            port) as run:
        assert get(port, "/api/x").status == 502
        until(lambda: "127.0.0.1:%d, which does not answer yet" % dead in run.printed(), 5,
              run.printed)


def test_site_conf_is_the_default(tmp_path):
    port = free_port()
    tree(tmp_path, {"public/index.html": "home", "site.conf": (
        "server {\n    listen %d;\n    root public;\n}\n" % port)})
    with Run(tmp_path).listens(port) as run:
        assert get(port).text == "home"
        until(lambda: "/public: index.html\n" in run.printed(), 5, run.printed)
        assert "http://localhost:%d\n" % port in run.printed()
        assert "/site.conf says" in run.printed()


def test_the_environment_fills_the_file(tmp_path):
    port = free_port()
    tree(tmp_path, {"site.conf": (
        'server {\n    listen ${SITE_PORT};\n'
        '    return 200 "${GREETING:-hello} $host $uri";\n}\n')})
    with Run(tmp_path, environment={"SITE_PORT": str(port)}).listens(port):
        assert get(port, "/x").text == "hello localhost /x"


def test_a_taken_port_is_said_with_the_next_free_one(tmp_path):
    tree(tmp_path / "dist", FILES)
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with Run(tmp_path, "dist", "--port", port) as run:
            assert run.process.wait(20) == 1
            assert str(port) in run.printed() and "in use" in run.printed()
            assert any(str(other) in run.printed() for other in range(port + 1, port + 50))


def test_a_taken_port_of_the_usual_file_is_said_too(tmp_path):
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        tree(tmp_path, {"public/index.html": "", "site.conf": (
            "server {\n    listen %d;\n    root public;\n}\n" % port)})
        with Run(tmp_path) as run:
            assert run.process.wait(20) == 1
            assert "Port %d is taken by another program" % port in run.printed()
            assert "--port" not in run.printed()


@pytest.mark.parametrize("arguments, words", [
    (["nowhere"], ["nowhere"]), (["--prot", "3000"], ["--prot", "--port"]),
    (["--port", "http"], ["port", "http"]), (["--port", "70000"], ["70000"]), ([], ["public"]),
])
def test_a_mistake_is_explained(tmp_path, arguments, words):
    with Run(tmp_path, *arguments) as run:
        assert run.process.wait(20) == 1
        for word in words:
            assert word in run.printed(), run.printed()


def test_a_configuration_that_is_named_like_a_folder_is_told_apart(tmp_path):
    tree(tmp_path, {"my.conf": "server { listen 1; }"})
    with Run(tmp_path, "my.conf") as run:
        assert run.process.wait(20) == 1
        assert "beranda -c my.conf" in run.printed()


def test_help_teaches(tmp_path):
    with Run(tmp_path, "--help") as run:
        assert run.process.wait(20) == 0
        for word in ["beranda", "--port", "--api", "-c", "-t", "-s"]:
            assert word in run.printed()


def test_it_needs_no_writable_folder(tmp_path):
    """Nothing is written beside the site: no log, no pid file, no temporary folder."""
    tree(tmp_path / "dist", FILES)
    port = free_port()
    with Run(tmp_path, "dist", "--port", port).listens(port):
        assert get(port).status == 200
        assert sorted(os.listdir(tmp_path)) == ["dist", "output"]
    assert sorted(os.listdir(tmp_path)) == ["dist", "output"]


def test_the_demo_configuration_is_valid():
    done = subprocess.run([beranda_binary(), "-t", "-c", "site.conf", "-p", "."], text=True,
                          capture_output=True, timeout=20, cwd=os.path.join(
                              os.path.dirname(__file__), "..", ".."))
    assert done.returncode == 0, done.stderr
