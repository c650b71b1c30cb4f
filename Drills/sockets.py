# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# WebSockets that check every message, and know whether their end was that of their peer.

import base64
import os
import socket
import struct
import threading
import time

from contestants import Wire
from harness import WireError, request

_BINARY = 2


def _masked(payload):
    mask = os.urandom(4)
    size = len(payload)
    head = struct.pack("!BB", 0x80 | _BINARY, 0x80 | size) if size < 126 else struct.pack(
        "!BBH", 0x80 | _BINARY, 0x80 | 126, size)
    repeated = mask * (size // 4 + 1)
    return head + mask + bytes(a ^ b for a, b in zip(payload, repeated))


class Sockets:
    """Some WebSockets at work. `peer_ended_at` says when a peer, by its port, was last killed."""

    def __init__(self, port, count, peer_ended_at):
        self.port, self.peer_ended_at = port, peer_ended_at
        self.opened = self.messages = self.ended_with_peer = self.refused = 0
        self.failures = []
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(15)

    def _run(self):
        while not self.stopping.is_set():
            try:
                wire, peer = self._open()
            except (OSError, WireError):
                self.refused += 1
                time.sleep(0.1)
                continue
            try:
                self._echo(wire)
            except (OSError, WireError) as error:
                self._note_end(peer, error)
            finally:
                wire.close()

    def _open(self):
        wire = Wire(self.port, 10)
        try:
            wire.send(request("/api/socket", fields={
                "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode()}))
            head = wire.head()
            if head.status != 101:
                raise WireError("no switch of protocols: %d" % head.status)
        except (OSError, WireError):
            wire.close()
            raise
        self.opened += 1
        # The last of the peers that were asked.
        return wire, int(head.get("X-Peer", ":0").split(",")[-1].rpartition(":")[2])

    def _echo(self, wire):
        while not self.stopping.is_set():
            payload = os.urandom(1 + int.from_bytes(os.urandom(2), "big") % 2000)
            wire.socket.sendall(_masked(payload))
            head = wire.exactly(2)
            size = head[1] & 127
            if size == 126:
                size = struct.unpack("!H", wire.exactly(2))[0]
            got = wire.exactly(size)
            if head[0] != 0x80 | _BINARY or got != payload:
                # A peer that ends says goodbye first.
                if head[0] == 0x88:
                    raise WireError("closed")
                self.failures.append("another message came back")
                return
            self.messages += 1
            time.sleep(0.05)

    def _note_end(self, peer, error):
        if self.stopping.is_set():
            return
        time.sleep(0.3)
        ended = self.peer_ended_at.get(peer, 0)
        if time.monotonic() - ended < 12:
            self.ended_with_peer += 1
        elif not isinstance(error, socket.timeout) or ended == 0:
            self.failures.append("ended without its peer %d: %s" % (peer, error))
