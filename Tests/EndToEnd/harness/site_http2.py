# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A site that also speaks HTTP/2, and what must hold after every attack on it: the same worker, a
# right answer on a new connection of either version, and memory that is given back.

import socket

from .http2 import HTTP2Wire
from .server import until
from .site import Site


CONFIGURATION = """
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT1%% http2;
        server_name localhost;
        root %%DIR%%/html;
        client_max_body_size 256k;

        location /proxy/ {
            proxy_pass http://%%BACKEND%%;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
        }
        location /text { return 200 "text"; }
    }
    server {
        listen 127.0.0.1:%%PORT2%% http2;
        client_header_timeout 1s;
        client_body_timeout 1s;
        send_timeout 1s;
        keepalive_timeout 1s;
        root %%DIR%%/html;
        location /proxy/ { proxy_pass http://%%BACKEND%%; }
    }
"""


class SiteOfBothVersions(Site):
    """PORT speaks HTTP/1, PORT1 HTTP/2, and PORT2 the same with little patience."""

    def __init__(self, lab, configuration=CONFIGURATION, **rest):
        super().__init__(lab, configuration, **rest)
        (self.server.directory / "html" / "large.bin").write_bytes(bytes(range(256)) * 8192)

    def wire(self, timeout=10, impatient=False, **rest):
        port = self.server.ports["PORT2" if impatient else "PORT1"]
        return HTTP2Wire(port, timeout, **rest)

    def unharmed(self):
        """Both versions answer on new connections, and nothing was smuggled to the peer; returns
        what else the peer saw."""
        seen = self.sentinel()
        with self.wire() as wire:
            answered = wire.get("/a.txt")
            assert (answered.status, answered.text) == (200, "a" * 1000), answered
        self.server.assert_unharmed()
        assert not [read for read in seen if "smuggled" in read.target], seen
        return seen


def flood(wire, piece, times, batch=200):
    """Sends a piece again and again until the server no longer takes it, reading nothing.
    Returns: how many were sent, and whether the server closed or has just stopped reading."""
    sent, data = 0, piece * batch
    wire.socket.settimeout(3)
    while sent < times:
        try:
            wire.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return sent, "closed"
        except socket.timeout:
            return sent, "stalled"
        sent += batch
    return sent, "sent"


class Memory:
    """Asserts that a server's memory is about the same at the end of a `with` block."""

    def __init__(self, server, slack=2048):
        self.server, self.slack = server, slack

    def __enter__(self):
        self.before = self.server.memory()
        return self

    def within(self, kilobytes):
        """Asserts that it has not grown by more than that now."""
        grown = self.server.memory() - self.before
        assert grown <= kilobytes, "grown by %d KB" % grown

    def __exit__(self, kind, *_):
        if kind is None:
            limit = self.before * 1.1 + self.slack
            until(lambda: self.server.memory() <= limit, 10, lambda: "%d KB before, %d after" % (
                self.before, self.server.memory()))


