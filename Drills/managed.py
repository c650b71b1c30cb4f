#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# `beranda public -- node examples/api/server.mjs` with two instances: either is killed under load,
# then all are restarted ten times, and no idempotent request may fail. Then the same as process 1
# of a PID namespace: nobody is left behind.
"""Kills and restarts managed peers under load; prints what clients saw.

    python3 Drills/managed.py [--seconds 30]
"""
import argparse
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests/EndToEnd"))

from harness import free_port, until  # noqa: E402
from harness.load import Load, Target  # noqa: E402
from harness.server import beranda_binary  # noqa: E402

TARGETS = [Target("/api/whoami", varies=True), Target("/api/bytes?n=20000"), Target("/index.html")]
RESTART_PEERS = signal.SIGRTMIN + 1
GRACE = 12


def read(path):
    try:
        return pathlib.Path(path).read_text()
    except OSError:
        return ""


def children(pid):
    return [int(word) for word in read("/proc/%d/task/%d/children" % (pid, pid)).split()]


def name(pid):
    return read("/proc/%d/comm" % pid)


def node(pid):
    return [child for child in children(pid) if "beranda" not in name(child)]


class Site:
    """The site with its API, perhaps as process 1 of a namespace."""

    def __init__(self, wrapper=()):
        self.port, self.output = free_port(), tempfile.NamedTemporaryFile("w+")
        self.process = subprocess.Popen(
            [*wrapper, beranda_binary(), str(ROOT / "public"), "--port", str(self.port),
             "--instances", "2", "--", "node", str(ROOT / "examples/api/server.mjs")],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT)
        self.starts(2)
        self.supervisor = self.process.pid
        while "beranda" not in name(self.supervisor):
            self.supervisor = children(self.supervisor)[0]

    def starts(self, count):
        until(lambda: read(self.output.name).count(" listens on ") >= count, 60,
              lambda: read(self.output.name))

    def settle(self, before):
        """Waits until two processes are there, and none of those before."""
        until(lambda: len(node(self.supervisor)) == 2 and not before & set(node(self.supervisor)),
              60)

    def end(self):
        os.kill(self.supervisor, signal.SIGTERM)
        begun = time.monotonic()
        code = self.process.wait(GRACE)
        return code, time.monotonic() - begun


def kills(site, seconds):
    count, end, starts = 0, time.monotonic() + seconds, 2
    while count < 2 or time.monotonic() < end:
        os.kill(node(site.supervisor)[count % 2], signal.SIGKILL)
        count, starts = count + 1, starts + 1
        site.starts(starts)
        time.sleep(0.3)
    return count


def restarts(site, count=10):
    for _ in range(count):
        before = set(node(site.supervisor))
        os.kill(site.supervisor, RESTART_PEERS)
        site.settle(before)
    return count


def run(title, site, what):
    with Load(site.port, TARGETS, connections=8, fresh=2) as load:
        load.wait_for(50)
        count = what(site)
    report = load.report
    print("%-26s %4d times  %7d answers  %3d failed" % (
        title, count, report.answers, report.failures))
    if report.failures:
        print("    ", report)
    return report.failures


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=30)
    seconds = arguments.parse_args().seconds
    wrappers = {"": []}
    if os.geteuid() == 0:
        wrappers["process 1: "] = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    failed = 0
    for title, wrapper in wrappers.items():
        site = Site(wrapper)
        try:
            failed += run(title + "kill -9", site, lambda site: kills(site, seconds))
            failed += run(title + "restart", site, restarts)
            zombies = [pid for pid in children(site.supervisor)
                       if read("/proc/%d/stat" % pid).rpartition(")")[2].split()[:1] == ["Z"]]
            code, took = site.end()
            print("%-26s %d zombies, exit code %d after %.1f s" % (
                title + "end", len(zombies), code, took))
            failed += len(zombies) + (code != 0)
        finally:
            site.process.kill()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
