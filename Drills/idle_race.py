#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Node closes idle connections after five seconds. Requests that come just then must not fail.
"""Sends requests at intervals around five seconds; counts those that fail.

    python3 Drills/idle_race.py [--requests 100000] [--with beranda,nginx]

Many connections ask in bursts, so that as many connections rest in the server's pool; each burst
begins 4.9 to 5.1 seconds after the last one ended, when Node closes what rests. To meet the race at
all, our pool keeps connections for a minute here instead of its usual four seconds.
Exits with 1 when a request of ours failed.
"""
import argparse
import asyncio
import pathlib
import random
import sys
import tempfile
import time

from contestants import Nginx, Server, table
from harness import NodeApi

_HTTP = """
    upstream api { server %s; keepalive 4096; keepalive_timeout 60s; keepalive_requests 1000000; }
    server {
        listen 127.0.0.1:%%%%PORT%%%% backlog=4096;
        keepalive_timeout 1h;
        keepalive_requests 1000000;
        location / {
            proxy_pass http://api;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
"""
_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
_EXPECTED = b'{"status":"ok"}'


class Count:
    def __init__(self):
        self.requests = self.failures = 0
        self.reasons = {}
        self.slowest = 0.0

    def fail(self, reason):
        self.failures += 1
        self.reasons[reason] = self.reasons.get(reason, 0) + 1


async def ask(port, streams, count):
    """One request; returns the connection if it can be used again."""
    began = time.monotonic()
    count.requests += 1
    try:
        if streams is None:
            streams = await asyncio.open_connection("127.0.0.1", port)
        reader, writer = streams
        writer.write(_REQUEST)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        lowered = head.lower()
        at = lowered.find(b"content-length:")
        length = int(lowered[at + 15:lowered.index(b"\r\n", at)]) if at >= 0 else None
        if length is not None:
            content = await reader.readexactly(length)
        else:
            size = int(await reader.readuntil(b"\r\n"), 16)
            content = (await reader.readexactly(size + 7))[:size]
        if not head.startswith(b"HTTP/1.1 200 "):
            count.fail(head.split(b"\r\n")[0].decode())
        elif content.strip() != _EXPECTED:
            count.fail("wrong bytes")
        count.slowest = max(count.slowest, time.monotonic() - began)
        return streams
    except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.TimeoutError) as error:
        count.fail(type(error).__name__)
        if streams is not None:
            streams[1].close()
        return None


async def one_client(port, rounds, spread, burst, count):
    """A client asks, rests about as long as Node does, and asks again: at once and once more."""
    streams = None
    for number in range(rounds):
        for _ in range(burst):
            streams = await ask(port, streams, count)
        if number + 1 < rounds:
            await asyncio.sleep(5 + random.uniform(-spread, spread))
    if streams is not None:
        streams[1].close()


async def run(port, requests, clients, spread, burst):
    count = Count()
    rounds = max(2, -(-requests // (clients * burst)))
    waiting = []
    for number in range(clients):
        waiting.append(asyncio.ensure_future(one_client(port, rounds, spread, burst, count)))
        # Not all in one moment: each shall meet its own connection's end.
        if number % 50 == 49:
            await asyncio.sleep(0.02)
    await asyncio.gather(*waiting)
    return count


def drill(names, requests, clients, spread, burst, folder):
    rows = [("server", "requests", "failed", "slowest ms", "reasons")]
    ours = 0
    with NodeApi() as peer:
        made = {"beranda": Server, "nginx": Nginx}
        for name in names:
            server = made[name](
                folder / name, _HTTP % peer.address, main="worker_processes 1;",
                events="worker_connections 16384;").start()
            count = asyncio.run(run(server.port, requests, clients, spread, burst))
            server.stop()
            rows.append((name, count.requests, count.failures, "%.0f" % (count.slowest * 1000),
                         count.reasons or ""))
            if name == "beranda":
                ours += count.failures
    table(rows)
    return 1 if ours else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--requests", type=int, default=100_000)
    add("--clients", type=int, default=2_000)
    add("--burst", type=int, default=2, help="requests of one client in a row")
    add("--spread", type=float, default=0.1, help="seconds around five between two bursts")
    add("--with", dest="names", default="beranda,nginx")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return drill(options.names.split(","), options.requests, options.clients, options.spread,
                     options.burst, pathlib.Path(folder))


if __name__ == "__main__":
    sys.exit(main())
