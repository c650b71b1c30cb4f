#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Many slow clients of a fast peer: how much memory do they cost, is the peer freed, and does each
# of them get every byte?
#
#   python3 Drills/slow_readers.py [--clients 1000] [--size 1048576] [--seconds 10]
#                                  [--with beranda,nginx] [--beranda PATH]
"""Measures a server whose clients do not read what its peer answers."""
import argparse
import os
import pathlib
import resource
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# So many connections to the peer may rest.
RESTING = 32
CONFIGURATION = """
worker_processes 1;
worker_rlimit_nofile 65536;
error_log %(folder)s/error.log error;
pid %(folder)s/pid;
daemon off;
events { worker_connections 16384; }
http {
    access_log off;
    client_body_temp_path %(folder)s/content;
    proxy_temp_path %(folder)s/kept;
    upstream peer { server 127.0.0.1:%(peer)d; keepalive 16; }
    server {
        listen 127.0.0.1:%(port)d backlog=4096 sndbuf=64k;
        location / {
            proxy_pass http://peer;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
}
"""


def content(size):
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(port, size, ready):
    """The peer: answers every request with the same content, as fast as it is taken."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(4096)
    listener.setblocking(False)
    os.write(ready, b"1")
    answer = memoryview(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
                        b"Content-Length: %d\r\n\r\n" % size + content(size))
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    left = {}
    while True:
        for key, events in selector.select():
            if key.fileobj is listener:
                accepted, _ = listener.accept()
                accepted.setblocking(False)
                selector.register(accepted, selectors.EVENT_READ)
                continue
            connection = key.fileobj
            try:
                if events & selectors.EVENT_READ:
                    if not connection.recv(65536):
                        raise OSError
                    left[connection] = answer
                rest = left.get(connection, answer[:0])
                while rest:
                    rest = rest[connection.send(rest):]
            except BlockingIOError:
                pass
            except OSError:
                selector.unregister(connection)
                left.pop(connection, None)
                connection.close()
                continue
            left[connection] = rest
            selector.modify(connection, selectors.EVENT_READ
                            | (selectors.EVENT_WRITE if rest else 0))


def processes(pid):
    found = [pid]
    try:
        for task in os.listdir("/proc/%d/task" % pid):
            text = pathlib.Path("/proc/%d/task/%s/children" % (pid, task)).read_text()
            for child in text.split():
                found += processes(int(child))
    except OSError:
        pass
    return found


def memory(pid):
    """PSS of all its processes.

    Units: KiB."""
    total = 0
    for number in processes(pid):
        for line in pathlib.Path("/proc/%d/smaps_rollup" % number).read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total


def peer_connections(pid, port):
    """Connections to the peer that are established."""
    text = pathlib.Path("/proc/%d/net/tcp" % pid).read_text().splitlines()[1:]
    wanted = ":%04X" % port
    return sum(1 for line in text if line.split()[2].endswith(wanted) and line.split()[3] == "01")


class Reader:
    """A client with a small window that reads little."""

    def __init__(self, port):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        self.head, self.count, self.is_right = b"", -1, True

    def read(self, wanted):
        """Reads once, and compares; False at the end."""
        piece = self.socket.recv(1 << 18)
        rest = piece
        if self.count < 0:
            self.head += piece
            if b"\r\n\r\n" not in self.head:
                return bool(piece)
            self.count, rest = 0, self.head.partition(b"\r\n\r\n")[2]
        if rest != wanted[self.count:self.count + len(rest)]:
            self.is_right = False
        self.count += len(rest)
        return bool(piece)


def drill(name, executable, options):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="slow-readers-"))
    os.chmod(folder, 0o777)
    port, peer_port = free_port(), free_port()
    (folder / "server.conf").write_text(
        CONFIGURATION % {"folder": folder, "port": port, "peer": peer_port})
    reading, writing = os.pipe()
    peer = os.fork()
    if peer == 0:
        try:
            serve(peer_port, options.size, writing)
        finally:
            os._exit(1)
    os.read(reading, 1)
    server = subprocess.Popen([executable, "-c", str(folder / "server.conf"), "-p", str(folder)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return measure(name, server, port, peer_port, options)
    finally:
        os.kill(peer, signal.SIGKILL)
        os.waitpid(peer, 0)
        server.send_signal(signal.SIGQUIT)
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(port):
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("a server does not start")


def measure(name, server, port, peer_port, options):
    wait_for(port)
    time.sleep(0.5)
    before = memory(server.pid)
    began = time.monotonic()
    readers = [Reader(port) for _ in range(options.clients)]
    most, freed = before, 0.0
    while time.monotonic() - began < options.seconds:
        most = max(most, memory(server.pid))
        if peer_connections(server.pid, peer_port) > RESTING:
            freed = time.monotonic() - began
        time.sleep(0.1)
    settled = memory(server.pid)
    failures = finish(readers, options.size)
    print("%-8s %9d %9d %9d %11.1f %9s %9d" % (
        name, before, settled, most, (settled - before) / options.clients,
        "%.1f s" % freed if freed < options.seconds - 1 else "never", failures))
    return failures


def finish(readers, size):
    """Reads the rest of everything; returns how many answers were wrong."""
    wanted = content(size)
    selector = selectors.DefaultSelector()
    for reader in readers:
        selector.register(reader.socket, selectors.EVENT_READ, reader)
    left, deadline = len(readers), time.monotonic() + 120
    while left and time.monotonic() < deadline:
        for key, _ in selector.select(1):
            try:
                goes_on = key.data.read(wanted)
            except OSError:
                goes_on = False
            if not goes_on:
                selector.unregister(key.fileobj)
                key.fileobj.close()
                left -= 1
    return sum(1 for reader in readers if not reader.is_right or reader.count != size)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--size", type=int, default=1 << 20)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--with", dest="servers", default="beranda,nginx")
    parser.add_argument("--beranda", default=os.environ.get("BERANDA") or next(
        (str(path) for path in (ROOT / "bin" / "beranda", ROOT / ".build" / "debug" / "beranda")
         if path.exists()), ""))
    options = parser.parse_args()
    limit = min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, resource.getrlimit(
        resource.RLIMIT_NOFILE)[1]))
    executables = {"beranda": options.beranda,
                   "nginx": shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")}
    print("%d clients that read nothing of %d bytes; memory in KiB (PSS of all processes)" % (
        options.clients, options.size))
    print("%-8s %9s %9s %9s %11s %9s %9s" % (
        "", "at rest", "settled", "at most", "each client", "freed in", "failures"))
    failures = 0
    for name in options.servers.split(","):
        if not executables.get(name) or not os.path.exists(executables[name]):
            print("%-8s not there, left out" % name)
            failures += name == "beranda"
            continue
        failures += drill(name, executables[name], options)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
