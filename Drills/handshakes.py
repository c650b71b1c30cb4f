#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A storm of TLS handshakes. Whoever is connected already must hardly notice it.
"""Floods a server with handshakes; shows how long others wait meanwhile.

    python3 Drills/handshakes.py [--seconds 30] [--storm 256] [--with beranda,nginx]

The storm is cheap for those who make it: each connection sends a ClientHello that was written
before, waits for what the server has to sign with an RSA key of 2048 bits, and goes. Meanwhile one
client asks again and again on a plain connection, one on a connection with TLS, and one shakes
hands anew each time. Each server has one thread. Exits with 1 when a request of ours failed.
"""
import argparse
import pathlib
import select
import socket
import ssl
import sys
import tempfile
import threading
import time

from contestants import Nginx, Server, table
from harness import Wire, tree
from harness.authority import Authority

_NAME = "example.com"
_HTTP = """
    access_log off;
    keepalive_requests 1000000;
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT1%% ssl;
        server_name example.com;
        ssl_certificate %%CERTIFICATES%%/example.com.rsa.pem;
        ssl_certificate_key %%CERTIFICATES%%/example.com.rsa.key;
        root %%DIR%%/html;
    }
"""


def client_hello(authority):
    """The first bytes of a client."""
    outgoing = ssl.MemoryBIO()
    client = authority.client().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=_NAME)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class Storm(threading.Thread):
    """Connections that begin a handshake, over and over."""

    def __init__(self, port, hello, size):
        super().__init__()
        self.port, self.hello, self.size = port, hello, size
        self.answered, self.ended = 0, threading.Event()

    def run(self):
        poll, open_ones = select.epoll(), {}
        while not self.ended.is_set():
            while len(open_ones) < self.size:
                one = socket.create_connection(("127.0.0.1", self.port), 10)
                one.sendall(self.hello)
                open_ones[one.fileno()] = one
                poll.register(one.fileno(), select.EPOLLIN)
            for number, _ in poll.poll(0.1):
                one = open_ones.pop(number)
                poll.unregister(number)
                try:
                    if one.recv(65536)[:1] == b"\x16":
                        self.answered += 1
                except OSError:
                    pass
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                one.close()
        for one in open_ones.values():
            one.close()


class Bystander(threading.Thread):
    """Asks for a page again and again, and notes how long each took."""

    def __init__(self, port, context=None, again=False):
        super().__init__()
        self.port, self.context, self.again = port, context, again
        self.times, self.failures, self.ended = [], [], threading.Event()

    def connect(self):
        wire = Wire(self.port, 20)
        if self.context:
            wire.socket = self.context.wrap_socket(wire.socket, server_hostname=_NAME)
        return wire

    def run(self):
        wire = self.connect()
        while not self.ended.is_set():
            began = time.monotonic()
            try:
                if self.again:
                    wire.close()
                    wire = self.connect()
                answer = wire.get("/a.txt", host=_NAME, timeout=20)
                assert answer.status == 200, answer.status
                self.times.append(time.monotonic() - began)
            except (OSError, AssertionError) as error:
                self.failures.append(repr(error))
                wire = self.connect()
            time.sleep(0.005)
        wire.close()


def milliseconds(times):
    times = sorted(times) or [0]
    return ["%.2f" % (1000 * times[min(len(times) - 1, int(len(times) * part))])
            for part in (0.5, 0.99, 1)]


def run(name, server, authority, arguments):
    tree(server.directory / "html", {"a.txt": "a" * 1000})
    server.start()
    secured = server.ports["PORT1"]
    context = authority.client()
    bystanders = {
        "plain": Bystander(server.port), "TLS": Bystander(secured, context),
        "new TLS": Bystander(secured, context, again=True)}
    storm = Storm(secured, client_hello(authority), arguments.storm)
    for thread in (storm, *bystanders.values()):
        thread.start()
    time.sleep(arguments.seconds)
    for thread in (*bystanders.values(), storm):
        thread.ended.set()
        thread.join()
    server.stop()
    rate = "%d/s" % (storm.answered / arguments.seconds)
    rows = [[name, rate, kind, len(one.times), *milliseconds(one.times), len(one.failures)]
            for kind, one in bystanders.items()]
    return rows, [failure for one in bystanders.values() for failure in one.failures]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--storm", type=int, default=256)
    parser.add_argument("--with", dest="names", default="beranda,nginx")
    arguments = parser.parse_args()
    rows = [["server", "storm", "client", "requests", "median ms", "99 % ms", "longest ms",
             "failed"]]
    failed = False
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        folder.chmod(0o755)
        authority = Authority(folder / "certificates")
        authority.issue(_NAME, kind="rsa")
        kinds = {"beranda": Server}
        if Nginx.kind == "nginx" and Nginx(folder / "look").binary:
            kinds["nginx"] = Nginx
        for name in arguments.names.split(","):
            if name not in kinds:
                continue
            server = kinds[name](folder / name, _HTTP, main="worker_processes 1;",
                                 events="worker_connections 4096;",
                                 certificates=authority.folder)
            found, failures = run(name, server, authority, arguments)
            rows += found
            for failure in failures[:5]:
                print(name, failure, file=sys.stderr)
            failed = failed or name == "beranda" and bool(failures)
    table(rows)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
