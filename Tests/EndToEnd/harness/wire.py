# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A raw client. It sends bytes as they are given, and reads answers with a strict parser of its
# own: whatever a careful client could stumble over is an error here, so that a test that reads
# an answer has also checked its framing.

import re
import socket
import time

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9]) ([\t \x21-\x7e\x80-\xff]*)\Z")
_FIELD_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_FIELD_VALUE = re.compile(rb"[\t \x21-\x7e\x80-\xff]*\Z")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}(;[^\r\n]*)?\Z")


class WireError(AssertionError):
    """The server broke the protocol, or answered too late."""


class Response:
    """One answer: its status, field lines in order, content, and how it was framed."""

    def __init__(self, version, status, reason, fields):
        self.version, self.status, self.reason, self.fields = version, status, reason, fields
        self.content, self.trailers, self.framing = b"", [], "none"
        self.interim = []

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def __getitem__(self, name):
        values = self.all(name)
        assert len(values) == 1, "%s: %r in %r" % (name, values, self)
        return values[0]

    def __contains__(self, name):
        return bool(self.all(name))

    @property
    def closes(self):
        """Whether the answer says that the connection ends after it."""
        tokens = {t.strip().lower() for v in self.all("Connection") for t in v.split(",")}
        if "close" in tokens or self.framing == "close":
            return True
        return self.version == 0 and "keep-alive" not in tokens

    @property
    def text(self):
        return self.content.decode("utf-8", "replace")

    def __repr__(self):
        return "<%d %r %r %r>" % (self.status, self.reason, self.fields, self.content[:200])


def request(target="/", method="GET", host="localhost", version="1.1", fields=(), content=None):
    """The bytes of a well-formed request; a Content-Length is added when there is content."""
    lines = ["%s %s HTTP/%s" % (method, target, version)]
    if host is not None:
        lines.append("Host: " + host)
    pairs = fields.items() if isinstance(fields, dict) else fields
    lines += ["%s: %s" % pair for pair in pairs]
    if content is not None and not any("transfer-encoding" in line.lower() for line in lines):
        lines.append("Content-Length: %d" % len(content))
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (content or b"")


class Wire:
    """One connection to a server, by port, by (host, port), or by the path of a Unix socket."""

    def __init__(self, address, timeout=10, receive_buffer=None):
        if isinstance(address, int):
            address = ("127.0.0.1", address)
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        if not isinstance(address, str) and ":" in address[0]:
            family = socket.AF_INET6
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(address)
        if family != socket.AF_UNIX:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.timeout = timeout
        self.buffered = bytearray()
        self.ended = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection with a RST instead of a FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    # Sending

    def send(self, data):
        """Sends all of it; a server that has closed already is not an error here."""
        if isinstance(data, str):
            data = data.encode("latin-1")
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return self

    def send_pieces(self, pieces, pause=0.002):
        """Sends each piece as a segment of its own."""
        for piece in pieces:
            self.send(piece)
            time.sleep(pause)
        return self

    def send_bytewise(self, data, pause=0.0005):
        return self.send_pieces([data[i:i + 1] for i in range(len(data))], pause)

    def send_split(self, data, at, pause=0.002):
        return self.send_pieces([data[:at], data[at:]], pause)

    def finish_sending(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return self

    # Reading

    def _more(self, deadline):
        """Reads once; False at the end of the stream."""
        if self.ended:
            return False
        left = deadline - time.monotonic()
        if left <= 0:
            raise WireError("nothing more within %s s; have %r" % (
                self.timeout, bytes(self.buffered[:300])))
        self.socket.settimeout(left)
        try:
            piece = self.socket.recv(65536)
        except socket.timeout:
            raise WireError("nothing more within %s s; have %r" % (
                self.timeout, bytes(self.buffered[:300]))) from None
        except ConnectionResetError:
            piece = b""
        if not piece:
            self.ended = True
            return False
        self.buffered += piece
        return True

    def _line(self, deadline):
        while True:
            end = self.buffered.find(b"\n")
            if end >= 0:
                break
            if len(self.buffered) > 1 << 20:
                raise WireError("a line of more than a MiB")
            if not self._more(deadline):
                raise WireError("ended inside a line: %r" % bytes(self.buffered[:300]))
        line = bytes(self.buffered[:end])
        del self.buffered[:end + 1]
        if not line.endswith(b"\r") or b"\r" in line[:-1]:
            raise WireError("a line that does not end in CRLF alone: %r" % line[:300])
        return line[:-1]

    def exactly(self, count, timeout=None):
        deadline = time.monotonic() + (timeout or self.timeout)
        while len(self.buffered) < count:
            if not self._more(deadline):
                raise WireError("ended after %d of %d bytes" % (len(self.buffered), count))
        data = bytes(self.buffered[:count])
        del self.buffered[:count]
        return data

    def until(self, mark, timeout=None):
        """All bytes up to and with the mark."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while mark not in self.buffered:
            if not self._more(deadline):
                raise WireError("ended before %r: %r" % (mark, bytes(self.buffered[:300])))
        return self.exactly(self.buffered.index(mark) + len(mark))

    def rest(self, timeout=None):
        """All bytes until the server closes."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while self._more(deadline):
            pass
        data = bytes(self.buffered)
        self.buffered.clear()
        return data

    def _fields(self, deadline):
        fields = []
        while True:
            line = self._line(deadline)
            if not line:
                return fields
            name, colon, value = line.partition(b":")
            if not colon or not _FIELD_NAME.match(name):
                raise WireError("not a field line: %r" % line[:300])
            value = value.strip(b" \t")
            if not _FIELD_VALUE.match(value):
                raise WireError("a control character in %r" % line[:300])
            fields.append((name.decode("latin-1"), value.decode("latin-1")))

    def head(self, timeout=None):
        """A response head only; its content is left on the wire."""
        deadline = time.monotonic() + (timeout or self.timeout)
        line = self._line(deadline)
        match = _STATUS_LINE.match(line)
        if not match:
            raise WireError("not a status line: %r" % line[:300])
        return Response(
            int(match[1]), int(match[2]), match[3].decode("latin-1"), self._fields(deadline))

    def response(self, method="GET", timeout=None):
        """One final answer, with the interim ones before it in `interim`."""
        deadline = time.monotonic() + (timeout or self.timeout)
        interim = []
        while True:
            answer = self.head(max(deadline - time.monotonic(), 0.001))
            if answer.status // 100 != 1 or answer.status == 101:
                break
            interim.append(answer)
        answer.interim = interim
        self._content(answer, method, deadline)
        return answer

    def _content(self, answer, method, deadline):
        lengths, codings = answer.all("Content-Length"), answer.all("Transfer-Encoding")
        if lengths and codings:
            raise WireError("both a length and a transfer coding: %r" % answer)
        if len(set(lengths)) > 1 or len(lengths) > 1:
            raise WireError("more than one length: %r" % answer)
        if lengths and not re.fullmatch("[0-9]{1,18}", lengths[0]):
            raise WireError("not a length: %r" % answer)
        bare = answer.status in (204, 304) or answer.status // 100 == 1
        if bare and (codings or (answer.status == 204 and lengths)):
            raise WireError("framing on a status without content: %r" % answer)
        if method == "HEAD" or bare:
            return
        if codings:
            if [c.lower() for c in codings] != ["chunked"]:
                raise WireError("an unknown coding: %r" % answer)
            if answer.version == 0:
                raise WireError("chunked in HTTP/1.0: %r" % answer)
            answer.framing = "chunked"
            self._chunks(answer, deadline)
        elif lengths:
            answer.framing = "length"
            answer.content = self.exactly(
                int(lengths[0]), max(deadline - time.monotonic(), 0.001))
        else:
            answer.framing = "close"
            answer.content = self.rest(max(deadline - time.monotonic(), 0.001))

    def _chunks(self, answer, deadline):
        content = bytearray()
        while True:
            line = self._line(deadline)
            if not _CHUNK_SIZE.match(line):
                raise WireError("not a chunk size: %r" % line[:100])
            size = int(line.split(b";")[0], 16)
            if size == 0:
                break
            content += self.exactly(size, max(deadline - time.monotonic(), 0.001))
            if self.exactly(2, max(deadline - time.monotonic(), 0.001)) != b"\r\n":
                raise WireError("chunk data without CRLF")
        answer.content = bytes(content)
        answer.trailers = self._fields(deadline)

    def closed(self, timeout=None):
        """Asserts that the server closes, and sends nothing more before it does."""
        extra = self.rest(timeout)
        if extra:
            raise WireError("more came before the end: %r" % extra[:500])
        return self

    def open(self, for_seconds=0.05):
        """Asserts that the connection stays open and silent for a moment."""
        self.socket.settimeout(for_seconds)
        try:
            piece = self.socket.recv(65536)
        except (socket.timeout, BlockingIOError):
            return self
        except ConnectionResetError:
            piece = b""
        raise WireError("expected silence, got %r" % piece[:300] if piece else "was closed")

    # Both

    def get(self, target="/", method="GET", timeout=None, **rest):
        """A request and its answer."""
        self.send(request(target, method, **rest))
        return self.response(method, timeout)
