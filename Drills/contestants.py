# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The servers that a drill compares, with equivalent configurations before the same peers.

import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "EndToEnd"))

from harness import Nginx, Server, free_port, until  # noqa: E402
from harness.wire import Wire  # noqa: E402

HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")

# One second is long for the peers of a drill, and short for one that does not answer at all.
_HTTP = """
    upstream api { %s keepalive 64; }
    server {
        listen 127.0.0.1:%%%%PORT%%%%;
        client_body_buffer_size 64k;
        location / {
            proxy_pass http://api;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_connect_timeout 1s;
            proxy_read_timeout 1s;
            proxy_send_timeout 1s;
        }
        location /api/socket {
            proxy_pass http://api;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_connect_timeout 1s;
            proxy_read_timeout 1h;
            add_header X-Peer $upstream_addr always;
        }
    }
"""

_HAPROXY = """
global
    maxconn 4000
defaults
    mode http
    timeout client 1h
    timeout server 1s
    timeout connect 1s
    timeout tunnel 1h
    retries 3
    option redispatch 1
    retry-on conn-failure empty-response response-timeout 0rtt-rejected
    http-reuse safe
frontend in
    bind 127.0.0.1:%d
    http-request disable-l7-retry if METH_POST
    default_backend api
backend api
    default-server check inter 500ms fall 2 rise 1 observe layer4 error-limit 1 on-error mark-down
    http-response set-header X-Peer %%si:%%sp
%s
"""


class Haproxy:
    """HAProxy with health checks twice a second."""

    def __init__(self, directory, peers):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        rows = "".join("    server s%d %s\n" % row for row in enumerate(peers))
        (self.directory / "haproxy.cfg").write_text(_HAPROXY % (self.port, rows))
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [HAPROXY, "-db", "-f", str(self.directory / "haproxy.cfg")],
            stdout=open(self.directory / "stdout", "ab"), stderr=subprocess.STDOUT)
        until(self._answers, 10, "haproxy does not answer")
        return self

    def _answers(self):
        try:
            with Wire(self.port, 1) as wire:
                return wire.get("/healthz").status == 200
        except (OSError, AssertionError):
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait()

    kill = stop


def contestants(names, folder, peers, parameters="max_fails=1 fail_timeout=1s"):
    """Yields the name of each and how it is made; those that are not installed are left out."""
    rows = " ".join("server %s %s;" % (peer, parameters) for peer in peers)
    made = {
        "beranda": lambda: Server(folder / "beranda", _HTTP % rows, main="worker_processes 2;"),
        "nginx": lambda: Nginx(folder / "nginx", _HTTP % rows, main="worker_processes 2;"),
        "haproxy": lambda: Haproxy(folder / "haproxy", peers),
    }
    present = {"beranda": True, "nginx": Nginx.kind == "nginx" and bool(
        Nginx(folder / "look").binary), "haproxy": bool(HAPROXY)}
    for name in names:
        if present[name]:
            yield name, made[name]


def wait(seconds, until_time=None):
    """Sleeps, but not beyond the end of a run."""
    end = time.monotonic() + seconds
    if until_time is not None:
        end = min(end, until_time)
    time.sleep(max(0, end - time.monotonic()))


def table(rows):
    """Prints rows as columns; the first one is the head."""
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip())
