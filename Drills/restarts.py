#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Three Node backends are killed, stopped and restarted under load, and no idempotent request may
# fail; beside it nginx and HAProxy under the same treatment.
"""Kills and restarts peers under load; prints what clients saw.

    python3 Drills/restarts.py [--seconds 120] [--with beranda,nginx,haproxy]

The phases, by the share of the time: kill -9 and restart of each peer in turn (60 %), kill -STOP of
one (10 %), a rolling restart by TERM (20 %), and a restart of all at once (10 %). Exits with 1 when
an idempotent request of ours failed or a byte was wrong.
"""
import argparse
import hashlib
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

from contestants import contestants, table, wait
from harness import NodeApi
from harness.load import Load, Target
from sockets import Sockets

PATTERN = b"0123456789abcdefghijklmnopqrstuvwxyz"


def digest(count):
    return hashlib.sha256((PATTERN * (count // len(PATTERN) + 1))[:count]).hexdigest()


REPEATABLE = [
    Target("/api/bytes?n=%d" % count, length=count, sha256=digest(count))
    for count in (1, 1024, 9000, 30_000)
] + [Target("/healthz"), Target("/api/slow?ms=40", varies=True),
     Target("/api/echo", "PUT", content="x" * 3000, varies=True)]
POSTS = [Target("/api/echo", "POST", content="y" * 500, varies=True)]


class Peers:
    """The three backends, and when each was last ended."""

    def __init__(self, count=3):
        self.all = [NodeApi() for _ in range(count)]
        self.ended_at = {}

    def __enter__(self):
        for peer in self.all:
            peer.start()
        return self

    def __exit__(self, *_):
        for peer in self.all:
            self.signal(peer, signal.SIGCONT)
            peer.stop()

    def signal(self, peer, number):
        self.ended_at[peer.port] = time.monotonic()
        if peer.process.poll() is None:
            peer.process.send_signal(number)

    def kill(self, peer):
        self.signal(peer, signal.SIGKILL)
        peer.process.wait()

    # The phases

    def killed_in_turn(self, end):
        while time.monotonic() < end:
            for peer in self.all:
                self.kill(peer)
                wait(0.5)
                peer.start()
                wait(1.5, end)

    def stopped(self, end):
        self.signal(self.all[0], signal.SIGSTOP)
        wait(1e9, end)
        self.signal(self.all[0], signal.SIGCONT)

    def rolling(self, end):
        while time.monotonic() < end:
            for peer in self.all:
                self.signal(peer, signal.SIGTERM)
                try:
                    peer.process.wait(5)
                except subprocess.TimeoutExpired:
                    self.kill(peer)
                peer.start()
                wait(0.5, end)

    def all_at_once(self, end):
        while time.monotonic() < end:
            for peer in self.all:
                self.kill(peer)
            for peer in self.all:
                peer.start()
            wait(3, end)


PHASES = [("kill -9", Peers.killed_in_turn, 0.6), ("kill -STOP", Peers.stopped, 0.1),
          ("rolling", Peers.rolling, 0.2), ("all at once", Peers.all_at_once, 0.1)]


def wrk(port, seconds):
    return subprocess.Popen(
        ["wrk", "-t1", "-c16", "-d%ds" % seconds, "--timeout", "10s",
         "http://127.0.0.1:%d/api/whoami" % port],
        stdout=subprocess.PIPE, text=True)


def wrk_failures(process):
    text = process.communicate()[0]
    errors = [int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", text)]
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    requests = re.search(r"(\d+) requests in", text)
    return int(requests[1]) if requests else 0, sum(errors) + (int(wrong[1]) if wrong else 0)


def phase(server, peers, run, seconds):
    """One phase against one server: what its clients saw."""
    end = time.monotonic() + seconds
    load = wrk(server.port, max(1, round(seconds)))
    with Load(server.port, REPEATABLE, connections=6, fresh=2, timeout=15) as repeatable, \
            Load(server.port, POSTS, connections=2, timeout=15) as posts, \
            Sockets(server.port, 6, peers.ended_at) as sockets:
        run(peers, end)
    return repeatable.report, posts.report, sockets, wrk_failures(load)


def drill(names, seconds, folder):
    rows = [("server", "phase", "checked", "failed", "wrk", "failed", "POST", "failed", "p99 ms",
             "max ms", "ws messages", "lost with peer", "lost otherwise")]
    reasons, ours = [], 0
    with Peers() as peers:
        for name, make in contestants(names, folder, [peer.address for peer in peers.all]):
            server = make().start()
            for title, run, share in PHASES:
                checked, posts, sockets, load = phase(server, peers, run, seconds * share)
                rows.append((
                    name, title, checked.answers, checked.failures, load[0], load[1],
                    posts.answers, posts.failures, "%.1f" % (checked.latency_p99 * 1000),
                    "%.0f" % (checked.latency_max * 1000), sockets.messages,
                    sockets.ended_with_peer, len(sockets.failures)))
                if name == "beranda":
                    ours += checked.failures + load[1] + len(sockets.failures)
                    reasons += [checked.reasons, checked.examples, sockets.failures[:3]]
            server.stop()
    table(rows)
    for reason in filter(None, reasons if ours else []):
        print(reason)
    return 1 if ours else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120, help="for each server")
    parser.add_argument("--with", dest="names", default="beranda,nginx,haproxy")
    parser.add_argument("--folder", help="where the servers work; a temporary one otherwise")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.folder or temporary)
        return drill(options.names.split(","), options.seconds, folder)


if __name__ == "__main__":
    sys.exit(main())
