#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Certificates are replaced again and again under load, by each way that tools have for it.
"""Swaps the files of a certificate under load; counts handshakes that fail.

    python3 Drills/certificates.py [--swaps 100] [--clients 4]

The two files of the certificate are written in place, renamed over, or reached by links as
certbot's are. Every client makes a connection with a full handshake and a request, trusts only the
authority of the drill, and does it again. Exits with 1 when a handshake or a request failed, when a
client saw a certificate that is older than one that was seen before the swap, or when a new one was
not in use within two seconds.
"""
import argparse
import pathlib
import shutil
import socket
import ssl
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "EndToEnd"))

from harness import Server, tree  # noqa: E402
from harness.authority import Authority, openssl  # noqa: E402

_NAME = "example.com"
_LIMIT = 2.0
_HTTP = """
    access_log off;
    server {
        listen 127.0.0.1:%%PORT%% ssl;
        server_name example.com;
        ssl_certificate live/fullchain.pem;
        ssl_certificate_key live/privkey.pem;
        root %%DIR%%/html;
    }
"""


class Clients:
    """Threads that shake hands and ask for a page, over and over."""

    def __init__(self, server, authority, count):
        self.port, self.ended = server.port, threading.Event()
        self.handshakes, self.failures, self.lock = 0, [], threading.Lock()
        self.seen = {}
        self.context = ssl.create_default_context(cafile=str(authority.certificate))
        self.threads = [threading.Thread(target=self.work) for _ in range(count)]

    def once(self):
        """The number of the certificate that was shown."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as plain:
            with self.context.wrap_socket(plain, server_hostname=_NAME) as client:
                number = int(client.getpeercert()["serialNumber"], 16)
                client.sendall(b"GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n")
                answer = b"".join(iter(lambda: client.recv(65536), b""))
        if not answer.startswith(b"HTTP/1.1 200") or not answer.endswith(b"home"):
            raise OSError("a strange answer: %r" % answer[:80])
        return number

    def work(self):
        while not self.ended.is_set():
            try:
                number = self.once()
            except OSError as failure:
                with self.lock:
                    self.failures.append(repr(failure))
                continue
            with self.lock:
                self.handshakes += 1
                self.seen.setdefault(number, time.monotonic())

    def first_sight(self, number):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with self.lock:
                if number in self.seen:
                    return self.seen[number]
            time.sleep(0.005)
        return None

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()


class Files:
    """The files of the certificate, and three ways to replace them."""

    def __init__(self, folder):
        self.live, self.archive = folder / "live", folder / "archive"
        self.live.mkdir()
        self.archive.mkdir()
        self.number = 0

    def put(self, pair, way):
        self.number += 1
        names = (("fullchain.pem", pair.certificate), ("privkey.pem", pair.key))
        for name, source in names if self.number % 2 else reversed(names):
            target = self.live / name
            if way == "write":
                if target.is_symlink():
                    target.unlink()
                shutil.copy(source, target)
            elif way == "rename":
                shutil.copy(source, self.live / "new")
                (self.live / "new").rename(target)
            else:
                kept = self.archive / ("%d-%s" % (self.number, name))
                shutil.copy(source, kept)
                (self.live / "new").symlink_to("../archive/" + kept.name)
                (self.live / "new").rename(target)


def drill(swaps, client_count):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        authority = Authority(folder / "authority")
        server = Server(folder / "server", _HTTP)
        tree(server.directory / "html", {"index.html": "home"})
        files = Files(server.directory)
        files.put(authority.issue(_NAME, file="first"), "write")
        delays, late = [], 0
        with server, Clients(server, authority, client_count) as clients:
            for swap in range(swaps):
                pair = authority.issue(_NAME, file="swap%d" % swap)
                files.put(pair, ("write", "rename", "link")[swap % 3])
                at = time.monotonic()
                serial = openssl("x509", "-in", pair.certificate, "-noout", "-serial")
                seen = clients.first_sight(int(serial.decode().split("=")[1], 16))
                delays.append(seen - at if seen else float("inf"))
                late += delays[-1] > _LIMIT
        return clients, delays, late


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--swaps", type=int, default=100)
    parser.add_argument("--clients", type=int, default=4)
    options = parser.parse_args()
    clients, delays, late = drill(options.swaps, options.clients)
    print("swaps  handshakes  failed  late  slowest to be used")
    print("%5d  %10d  %6d  %4d  %.2f s" % (
        len(delays), clients.handshakes, len(clients.failures), late, max(delays)))
    for failure in clients.failures[:5]:
        print("  " + failure)
    return 1 if clients.failures or late else 0


if __name__ == "__main__":
    sys.exit(main())
