# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What a hit costs, counted by strace: a request that is answered from the cache is one receive and
# one send, whatever it asks for; the file system is not asked at all.

import random
import re
import shutil
import signal
import subprocess
import time

import pytest

from harness import Wire, tree, until
from harness.frontend import script, style

pytestmark = [
    pytest.mark.ours,
    pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace")]

HITS = 200
RECEIVE = {"recvfrom", "recvmsg", "read", "readv"}
SEND = {"sendto", "sendmsg", "write", "writev"}
WAIT = {"epoll_wait", "epoll_pwait", "epoll_pwait2"}
FILES = {"openat", "openat2", "open", "statx", "fstat", "newfstatat", "lstat", "pread64", "close",
         "inotify_add_watch", "sendfile", "mmap", "munmap", "getdents64", "readlink"}
# A line of the table: share, seconds, per call, calls, perhaps errors, and the name.
ROW = re.compile(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+)(?: +\d+)? +([a-z_0-9]+)$", re.M)

CONFIGURATION = """
    types { text/html html; text/css css; application/javascript js; }
    gzip on; brotli on; gzip_vary on;
    gzip_types text/css application/javascript; brotli_types text/css application/javascript;
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        keepalive_requests 1000000;
        access_log off;
        location /spa/ { alias %%DIR%%/html/; try_files $uri /index.html; }
        location /expires/ { alias %%DIR%%/html/; add_header X-A b; }
    }
"""


@pytest.fixture(scope="module")
def server(shared_lab):
    made = shared_lab.server(CONFIGURATION, start=False, main="worker_processes 1;")
    tree(made.directory / "html", {
        "index.html": "<h1>home</h1>", "style.css": style(random.Random(1), 12_000),
        "app.js": script(random.Random(2), 180_000),
        "picture.bin": bytes(range(256)) * 40})
    return made.start()


class Traced:
    """The system calls of the worker while the block runs."""

    def __init__(self, server):
        self.server, self.calls = server, {}

    def __enter__(self):
        output = self.server.directory / "strace"
        output.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            ["strace", "-c", "-f", "-o", str(output), "-p", str(self.server.workers()[0])],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        line = self.process.stderr.readline().decode()
        if "attached" not in line:
            self.process.kill()
            pytest.skip("strace cannot attach here: " + line.strip())
        self.output = output
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)
        self.calls = {name: int(count) for count, name in ROW.findall(self.output.read_text())}
        self.calls.pop("total", None)


def settled(wire, target, fields, accept):
    """Asks until the answer is the one that is kept: cached, and in its best encoding."""
    def asked():
        answered = wire.get(target, fields=fields)
        return accept(answered) and answered
    first = until(asked, 20)
    time.sleep(0.3)
    return until(asked, 20) and first


BROTLI = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.mark.parametrize("target, fields, status", [
    ("/index.html", {}, 200), ("/", {}, 200), ("/spa/some/page", {}, 200),
    ("/picture.bin", {}, 200), ("/expires/index.html", {}, 200),
    ("/style.css", BROTLI, 200), ("/app.js", BROTLI, 200),
    ("/style.css", {"If-None-Match": "%%ETAG%%"}, 304),
    ("/style.css", {**BROTLI, "If-None-Match": "%%ETAG%%"}, 304),
    ("/picture.bin", {"Range": "bytes=100-199"}, 206),
], ids=str)
def test_a_hit_is_one_receive_and_one_send(server, target, fields, status):
    with Wire(server.port) as wire:
        tag = settled(wire, target, {k: v for k, v in fields.items() if k == "Accept-Encoding"},
                      lambda answered: ("Accept-Encoding" not in fields
                                        or answered.get("Content-Encoding") == "br"
                                        and answered.framing == "length"
                                        and not answered["ETag"].startswith("W/"))).get("ETag")
        fields = {name: tag if value == "%%ETAG%%" else value for name, value in fields.items()}
        assert wire.get(target, fields=fields).status == status
        with Traced(server) as traced:
            for _ in range(HITS):
                assert wire.get(target, fields=fields).status == status
    calls = dict(traced.calls)
    sends = sum(calls.pop(name, 0) for name in SEND)
    receives = sum(calls.pop(name, 0) for name in RECEIVE)
    waits = sum(calls.pop(name, 0) for name in WAIT)
    # Something else may happen once in a while, but not for a request, and not to files.
    assert not FILES & set(calls) and sum(calls.values()) <= HITS // 50, traced.calls
    assert sends == HITS, traced.calls
    assert receives <= 2 * HITS + 2 and waits <= 2 * HITS + 2, traced.calls
