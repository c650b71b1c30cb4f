# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A peer that can be told exactly what to do: it records every byte that it receives, reads
# requests with a strict parser, and sends scripted bytes. What it says of a request's flaws is
# how the tests know that the server never passes on what it should have refused or mended.

import os
import re
import socket
import threading
import time

_REQUEST_LINE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [^ \x00-\x1f\x7f]+ HTTP/1\.[01]\Z")
_FIELD_LINE = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t \x21-\x7e\x80-\xff]*?)[ \t]*\Z")


def answer(content=b"", status="200 OK", fields=(), framing="length", version="1.1"):
    """The bytes of a well-formed answer."""
    if isinstance(content, str):
        content = content.encode()
    pairs = list(fields.items() if isinstance(fields, dict) else fields)
    head = "HTTP/%s %s\r\n" % (version, status)
    head += "".join("%s: %s\r\n" % pair for pair in pairs)
    if framing == "length":
        head += "Content-Length: %d\r\n" % len(content)
    if framing == "chunked":
        head += "Transfer-Encoding: chunked\r\n"
        content = (b"%x\r\n%s\r\n" % (len(content), content) if content else b"") + b"0\r\n\r\n"
    return head.encode("latin-1") + b"\r\n" + content


class Request:
    """A request as the peer saw it."""

    def __init__(self, connection, head):
        self.connection, self.head = connection, head
        self.flaws, self.fields = [], []
        self.content, self.trailers = b"", []
        self.complete = False
        lines = head[:-4].split(b"\r\n") if head.endswith(b"\r\n\r\n") else head.split(b"\n")
        if not head.endswith(b"\r\n\r\n"):
            self.flaws.append("the head does not end in CRLF CRLF")
        self.line = lines[0].decode("latin-1")
        if not _REQUEST_LINE.match(lines[0]):
            self.flaws.append("request line %r" % lines[0])
        self.method, _, rest = self.line.partition(" ")
        self.target, _, self.version = rest.rpartition(" ")
        for line in lines[1:]:
            match = _FIELD_LINE.match(line)
            if match:
                self.fields.append((match[1].decode("latin-1"), match[2].decode("latin-1")))
            else:
                self.flaws.append("field line %r" % line)
        lengths, codings = self.all("Content-Length"), self.all("Transfer-Encoding")
        if lengths and codings or len(lengths) > 1 or len(codings) > 1:
            self.flaws.append("framing %r %r" % (lengths, codings))
        if len(self.all("Host")) > 1:
            self.flaws.append("hosts %r" % self.all("Host"))

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def __contains__(self, name):
        return bool(self.all(name))

    def __repr__(self):
        return "<%s %r %r%s%s>" % (
            self.line, self.fields, self.content[:100], "" if self.complete else " incomplete",
            " flaws %r" % self.flaws if self.flaws else "")


class Connection:
    """One connection that the peer accepted."""

    def __init__(self, backend, accepted, index):
        self.backend, self.socket, self.index = backend, accepted, index
        self.received = bytearray()
        self.buffered = bytearray()
        self.requests = []
        self.ended = self.closed = False
        self.failure = None

    def receive(self):
        """Reads once; empty at the end."""
        try:
            piece = self.socket.recv(65536)
        except OSError:
            piece = b""
        self.received += piece
        self.buffered += piece
        if not piece:
            self.ended = True
        return piece

    def take(self, count):
        while len(self.buffered) < count:
            if not self.receive():
                return None
        data = bytes(self.buffered[:count])
        del self.buffered[:count]
        return data

    def take_through(self, mark):
        while mark not in self.buffered:
            if not self.receive():
                return None
        return self.take(self.buffered.index(mark) + len(mark))

    def send(self, data):
        """Sends; False when the server is gone."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def close(self):
        self.closed = True
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()

    def reset(self):
        self.closed = True
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def wait_for_end(self, timeout=10):
        """Waits until the server closes its side; False when it does not."""
        self.socket.settimeout(timeout)
        try:
            while self.socket.recv(65536):
                pass
        except socket.timeout:
            return False
        except OSError:
            pass
        self.ended = True
        return True

    def read_request(self):
        """The next request with all of its content; None at the end of the stream."""
        head = b""
        while not head:
            ends = [self.buffered.find(mark) + len(mark)
                    for mark in (b"\r\n\r\n", b"\n\n", b"\n\r\n") if mark in self.buffered]
            if ends:
                head = self.take(min(ends))
            elif not self.receive():
                return None
        read = Request(self, head)
        self.requests.append(read)
        with self.backend.lock:
            # One that was forgotten meanwhile belongs to an earlier question.
            if self in self.backend.connections:
                self.backend.requests.append(read)
        if self.backend.reads_content:
            self.read_content(read)
        return read

    def read_content(self, read):
        length, coding = read.get("Content-Length"), read.get("Transfer-Encoding")
        if coding:
            self._read_chunks(read)
        elif length:
            if read.get("Expect", "").lower() == "100-continue":
                self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            content = self.take(int(length)) if length.isdigit() else None
            read.content = content if content is not None else bytes(self.buffered)
            read.complete = content is not None
        else:
            read.complete = True
        return read.complete

    def _read_chunks(self, read):
        while True:
            line = self.take_through(b"\r\n")
            if line is None:
                return
            if not re.fullmatch(rb"[0-9A-Fa-f]+\r\n", line):
                read.flaws.append("chunk size line %r" % line)
                return
            size = int(line, 16)
            if size == 0:
                break
            data = self.take(size + 2)
            if data is None:
                return
            if data[-2:] != b"\r\n":
                read.flaws.append("chunk end %r" % data[-2:])
            read.content += data[:-2]
        while True:
            line = self.take_through(b"\r\n")
            if line is None:
                return
            if line == b"\r\n":
                break
            read.trailers.append(line)
        read.complete = True


class Backend:
    """A scripted peer. The script is bytes, a list of them (one per request, the last again and
    again), or a function of (request, connection) that returns bytes, or None when it has sent
    what it wanted by itself; after `close=True` each connection ends with its first answer. With an
    `ssl.SSLContext` it speaks TLS; a connection whose handshake failed says why."""

    def __init__(self, script=None, close=False, reads_content=True, path=None, port=None,
                 host="127.0.0.1", tls=None):
        self.script = answer(b"backend") if script is None else script
        self.tls = tls
        self.closes, self.reads_content = close, reads_content
        self.lock = threading.Lock()
        self.requests, self.connections = [], []
        self._answers = 0
        self._stopped = False
        self.path = path
        if path:
            self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.listener.bind(str(path))
            os.chmod(path, 0o777)
            self.address, self.port = "unix:%s" % path, None
        else:
            from .ports import free_port
            self.port = port or free_port()
            self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind((host, self.port))
            self.address = "%s:%d" % (host, self.port)
        self.listener.listen(512)
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def __str__(self):
        return self.address

    @property
    def received(self):
        """All bytes, of all connections."""
        return b"".join(connection.received for connection in list(self.connections))

    def forget(self, script=None):
        """Drops what was recorded, ends old connections, and takes a new script."""
        with self.lock:
            old, self.connections, self.requests = self.connections, [], []
            self._answers = 0
            if script is not None:
                self.script = script
        for connection in old:
            connection.close()

    def refuse(self):
        """Accepts no further connections."""
        self._stopped = True
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()

    def stop(self):
        self.refuse()
        self.forget()

    def wait_for(self, count, timeout=10):
        """Waits until that many requests have arrived (complete or not)."""
        deadline = time.monotonic() + timeout
        while len(self.requests) < count:
            assert time.monotonic() < deadline, "the peer saw %r only" % self.requests
            time.sleep(0.005)
        return self.requests

    def _accept(self):
        while not self._stopped:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            if self.path is None:
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                connection = Connection(self, accepted, len(self.connections))
                self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _next(self, read, connection):
        script = self.script
        if callable(script):
            return script(read, connection)
        if isinstance(script, (list, tuple)):
            with self.lock:
                index = min(self._answers, len(script) - 1)
                self._answers += 1
            script = script[index]
            return script(read, connection) if callable(script) else script
        return script

    def _secure(self, connection):
        try:
            connection.socket = self.tls.wrap_socket(connection.socket, server_side=True)
        except OSError as failure:
            connection.failure = failure
            return False
        return True

    def _serve(self, connection):
        if self.tls and not self._secure(connection):
            return connection.close()
        try:
            while True:
                read = connection.read_request()
                if read is None or (self.reads_content and not read.complete):
                    break
                data = self._next(read, connection)
                if data is not None and not connection.send(data):
                    break
                # What a tunnel has left is no request.
                if self.closes or connection.closed:
                    break
        except (OSError, ValueError):
            pass
        connection.close()
