#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Three hosts: one for the site, two for its API, which are known to it by name.
"""Stops either of two API hosts, by its cable and by its process; counts requests that fail.

    python3 Drills/hosts.py [--seconds 6] [--clients 8]

The hosts are network namespaces with a switch between them, made for the drill and removed after
it; root has to run it. Each phase lasts for --seconds. Exits with 1 when a request failed, or when
the weights (2 to 1) are not met within two percent while both hosts are there.
"""
import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "EndToEnd"))

from harness import Server, until  # noqa: E402

_NET = "10.77.0."
_HOSTS = {"web": 1, "app1": 11, "app2": 12}
_WEIGHTS = {"app1": 2, "app2": 1}
_PORT, _SITE = 8080, 8000

_HTTP = """
    upstream api {
        server app1:%d weight=2 max_fails=1 fail_timeout=1s;
        server app2:%d weight=1 max_fails=1 fail_timeout=1s;
        keepalive 64;
    }
    server {
        listen 127.0.0.1:%d;
        location / {
            proxy_pass http://api;
            proxy_connect_timeout 500ms;
            proxy_read_timeout 1s;
            add_header X-Peer $upstream_addr always;
        }
    }
""" % (_PORT, _PORT, _SITE)


# The hosts

def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


class Network:
    """A switch, and a host for each name, all in namespaces of their own."""

    def __init__(self):
        self.mark = "drill%d" % os.getpid()

    def space(self, name):
        return "%s-%s" % (self.mark, name)

    def inside(self, name, *command):
        return ["ip", "netns", "exec", self.space(name), *command]

    def cable(self, name):
        return "to-" + name

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            undo.callback(self.remove)
            ip("netns", "add", self.space("lan"))
            ip("-n", self.space("lan"), "link", "add", "switch", "type", "bridge")
            ip("-n", self.space("lan"), "link", "set", "switch", "up")
            for name, number in _HOSTS.items():
                self.add(name, number)
            undo.pop_all()
        return self

    def add(self, name, number):
        space, lan, cable = self.space(name), self.space("lan"), self.cable(name)
        ip("netns", "add", space)
        folder = pathlib.Path("/etc/netns") / space
        folder.mkdir(parents=True)
        (folder / "hosts").write_text("127.0.0.1 localhost\n" + "".join(
            "%s%d %s\n" % (_NET, one, other) for other, one in _HOSTS.items()))
        ip("-n", lan, "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space)
        ip("-n", lan, "link", "set", cable, "master", "switch", "up")
        ip("-n", space, "addr", "add", "%s%d/24" % (_NET, number), "dev", "eth0")
        for device in ("eth0", "lo"):
            ip("-n", space, "link", "set", device, "up")

    def plug(self, name, is_in):
        ip("-n", self.space("lan"), "link", "set", self.cable(name), "up" if is_in else "down")

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        for name in ["lan", *_HOSTS]:
            subprocess.run(["ip", "netns", "del", self.space(name)], capture_output=True)
            shutil.rmtree(pathlib.Path("/etc/netns") / self.space(name), ignore_errors=True)


class App:
    """The demo's API on a host."""

    def __init__(self, network, name):
        self.network, self.name, self.process = network, name, None

    def start(self):
        command = ["env", "PORT=%d" % _PORT, "HOST=0.0.0.0", "node",
                   str(ROOT / "examples" / "api" / "server.mjs")]
        self.process = subprocess.Popen(
            self.network.inside(self.name, *command), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        probe = "import socket; socket.create_connection(('%s', %d), 1)" % (self.name, _PORT)
        until(lambda: subprocess.run(
            self.network.inside("web", sys.executable, "-c", probe),
            capture_output=True).returncode == 0, 20, "%s does not listen" % self.name)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Web(Server):
    """The site, on its host."""

    network = None

    def arguments(self, *extra):
        return self.network.inside("web", *super().arguments(*extra))


# The clients, which are a process on the web host

async def ask(count):
    """Requests on one connection after the other, until it is told to end."""
    streams = None
    while True:
        began = time.time()
        try:
            if streams is None:
                streams = await asyncio.open_connection("127.0.0.1", _SITE)
            reader, writer = streams
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
            content = await reader.readexactly(int(fields[b"content-length"]))
            status = head.split(b" ", 2)[1].decode()
            peer = fields.get(b"x-peer", b"").decode().split(", ")[-1]
            is_good = status == "200" and content.strip() == b'{"status":"ok"}'
            reason = "" if is_good else "answered %s" % status
            # After keepalive_requests the server says that it closes.
            if fields.get(b"connection") == b"close":
                writer.close()
                streams = None
        except (OSError, ValueError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
            peer, reason, streams = "", type(error).__name__, None
        count.append((time.time(), time.time() - began, peer, reason))
        if reason:
            await asyncio.sleep(0.05)


async def clients(number):
    count = []
    tasks = [asyncio.create_task(ask(count)) for _ in range(number)]
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.readline)
    for task in tasks:
        task.cancel()
    json.dump(count, sys.stdout)


# The drill

class Phase:
    def __init__(self, name, is_whole):
        self.name, self.is_whole = name, is_whole
        self.start = self.end = 0.0

    def judge(self, count):
        """A row of the table, and whether it is as it should be."""
        mine = [one for one in count if self.start <= one[0] < self.end]
        failures = [one[3] for one in mine if one[3]]
        shares = {}
        for _, _, peer, reason in mine:
            if not reason:
                shares[peer] = shares.get(peer, 0) + 1
        whole = sum(shares.values()) or 1
        share = {name: shares.get("%s%d:%d" % (_NET, _HOSTS[name], _PORT), 0) / whole
                 for name in _WEIGHTS}
        wanted = {name: weight / sum(_WEIGHTS.values()) for name, weight in _WEIGHTS.items()}
        is_even = all(abs(share[name] - wanted[name]) <= 0.02 for name in share)
        slowest = max((one[1] for one in mine), default=0)
        row = "%-34s %8d %8d   %5.1f%%  %5.1f%%  %7.2f s" % (
            self.name, len(mine), len(failures), 100 * share["app1"], 100 * share["app2"], slowest)
        if failures:
            row += "  " + ", ".join(sorted(set(failures)))
        is_good = bool(mine) and not failures and (is_even or not self.is_whole)
        return row + ("" if is_good else "  <-"), is_good


def run(network, apps, seconds, number, folder):
    site = Web(folder, _HTTP, main="worker_processes 1;")
    site.network = network
    for app in apps.values():
        app.start()
    site.start()
    me = network.inside("web", sys.executable, __file__, "--ask", str(number))
    asking = subprocess.Popen(me, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    phases = []

    def phase(name, is_whole=False, change=None, settle=0.0):
        if change:
            change()
        if settle:
            between = Phase(name + ": coming back", False)
            between.start = time.time()
            time.sleep(settle)
            between.end = time.time()
            phases.append(between)
        one = Phase(name, is_whole)
        one.start = time.time()
        time.sleep(seconds)
        one.end = time.time()
        phases.append(one)

    time.sleep(1)
    phase("both hosts", True)
    for name in apps:
        phase("%s unplugged" % name, change=lambda: network.plug(name, False))
        phase("%s plugged in" % name, True, lambda: network.plug(name, True), settle=4)
        phase("%s killed" % name, change=apps[name].kill)
        phase("%s started" % name, True, apps[name].start, settle=4)
    output = asking.communicate("end\n", 60)[0]
    site.stop()
    return phases, json.loads(output)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--ask", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.ask:
        asyncio.run(clients(given.ask))
        # The thread that waits for the end of the input must not keep the process.
        sys.stdout.flush()
        os._exit(0)
    if os.geteuid() != 0 or not shutil.which("ip"):
        print("skipped: network namespaces need root and the program ip")
        return 0
    with tempfile.TemporaryDirectory() as folder, Network() as network:
        apps = {name: App(network, name) for name in _WEIGHTS}
        try:
            phases, count = run(network, apps, given.seconds, given.clients, folder)
        finally:
            for app in apps.values():
                app.kill()
    print("%-34s %8s %8s   %6s  %6s  %9s" % (
        "", "requests", "failed", "app1", "app2", "slowest"))
    results = [phase.judge(count) for phase in phases]
    for row, _ in results:
        print(row)
    return 0 if all(is_good for _, is_good in results) else 1


if __name__ == "__main__":
    sys.exit(main())
