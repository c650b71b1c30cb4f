# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A relay between the server and a peer that does to the bytes what networks and dying programs do:
# delays, single bytes, a cut, a reset, half a close, junk, silence. It must not know HTTP.

import ctypes
import socket
import struct
import threading
import time

_LIBC = ctypes.CDLL(None, use_errno=True)
# An address of no family: connecting to it dissolves a connection.
_UNSPECIFIED = struct.pack("H14x", socket.AF_UNSPEC)


class Fault:
    """What happens to the bytes of one direction.

    `delay`      seconds before each piece goes on
    `single`     every byte is a segment of its own
    `after`      how many bytes are let through before the fault happens
    `then`       None, "close", "reset", "half" (this direction ends, the other goes on), "stall"
    `junk`       bytes that are put in at that place
    """

    def __init__(self, delay=0.0, single=False, after=None, then=None, junk=b""):
        self.delay, self.single, self.after, self.then = delay, single, after, then
        self.junk = junk

    def __repr__(self):
        said = ", ".join("%s=%r" % pair for pair in vars(self).items() if pair[1] not in (
            None, 0.0, False, b""))
        return "Fault(%s)" % said


class FaultProxy:
    """Relays connections to `target`. `to_peer` and `to_server` are the faults of connections that
    are accepted from now on; `limit` is how many of those have them (all, unless set)."""

    def __init__(self, target, port=None):
        self.target = target
        self.to_peer = self.to_server = None
        self.limit = None
        self.accepted = 0
        self._stopped = threading.Event()
        self._sockets = set()
        self._lock = threading.Lock()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port or 0))
        self.listener.listen(512)
        self.port = self.listener.getsockname()[1]
        self.address = "127.0.0.1:%d" % self.port
        threading.Thread(target=self._accept, daemon=True).start()

    def __str__(self):
        return self.address

    def set(self, to_peer=None, to_server=None, limit=None):
        """Sets the faults of further connections, and ends those that are there."""
        self.to_peer, self.to_server, self.limit, self.accepted = to_peer, to_server, limit, 0
        self.drop()

    def stop(self):
        self._stopped.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.drop()

    def drop(self):
        """Ends every connection."""
        with self._lock:
            sockets, self._sockets = self._sockets, set()
        for one in sockets:
            _end(one)

    def _accept(self):
        while not self._stopped.is_set():
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            has_faults = self.limit is None or self.accepted <= self.limit
            try:
                host, _, port = self.target.rpartition(":")
                peer = socket.create_connection((host, int(port)), 5)
            except OSError:
                _reset(client)
                continue
            peer.settimeout(None)
            for one in client, peer:
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._sockets |= {client, peer}
            for source, sink, fault in ((client, peer, self.to_peer),
                                        (peer, client, self.to_server)):
                threading.Thread(
                    target=self._relay, daemon=True,
                    args=(source, sink, fault if has_faults else None)).start()

    def _relay(self, source, sink, fault):
        fault = fault or Fault()
        passed = 0
        try:
            while True:
                if fault.after == passed and (fault.then or fault.junk):
                    sink.sendall(fault.junk)
                    fault, ended = Fault(fault.delay, fault.single), self._do(
                        fault.then, source, sink)
                    if ended:
                        return
                room = 65536 if fault.after is None else min(65536, fault.after - passed)
                piece = source.recv(room)
                if not piece:
                    sink.shutdown(socket.SHUT_WR)
                    return
                self._pass(piece, sink, fault)
                passed += len(piece)
        except OSError:
            _end(source)
            _end(sink)

    def _pass(self, piece, sink, fault):
        if not fault.single:
            time.sleep(fault.delay)
            return sink.sendall(piece)
        for index in range(len(piece)):
            time.sleep(fault.delay or 0.0002)
            sink.sendall(piece[index:index + 1])

    def _do(self, what, source, sink):
        """Returns whether the direction is over."""
        if what == "reset":
            _reset(sink)
            _reset(source)
        elif what == "close":
            _end(sink)
            _end(source)
        elif what == "half":
            sink.shutdown(socket.SHUT_WR)
        elif what == "stall":
            self._stopped.wait(60)
        return what is not None


def _end(one):
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()


def _reset(one):
    """Ends a connection by a reset, though another thread may be reading from it: closing would
    wait for that one, and shutting down sends a FIN first."""
    if one.fileno() >= 0:
        _LIBC.connect(one.fileno(), _UNSPECIFIED, len(_UNSPECIFIED))
    one.close()
