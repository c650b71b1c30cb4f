# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A raw HTTP/2 client. It sends frames as they are given, also those that no client should send,
# and reads the server's with a strict parser: what RFC 9113 forbids a server is an error here.

import socket
import struct
import time

from .hpack import Decoder, encoded
from .wire import Wire, WireError

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, \
    CONTINUATION = range(10)
ALTSVC, ORIGIN, PRIORITY_UPDATE = 0x0A, 0x0C, 0x10
END_STREAM = ACK = 0x1
END_HEADERS, PADDED, HAS_PRIORITY = 0x4, 0x8, 0x20

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, \
    FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, \
    ENHANCE_YOUR_CALM, INADEQUATE_SECURITY, HTTP_1_1_REQUIRED = range(14)

HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, \
    MAX_HEADER_LIST_SIZE, _, ENABLE_CONNECT_PROTOCOL, NO_RFC7540_PRIORITIES = range(1, 10)


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    """The bytes of a frame; `length` lies about the payload's."""
    size = len(payload) if length is None else length
    return struct.pack("!BHBBL", size >> 16, size & 0xFFFF, kind, flags, stream) + payload


def settings(*pairs):
    return frame(SETTINGS, payload=b"".join(struct.pack("!HL", *pair) for pair in pairs))


def window_update(stream, increment):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack("!L", increment))


def rst_stream(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, struct.pack("!L", code))


def fields_of(target="/", method="GET", authority="localhost", scheme="http", fields=()):
    """The fields of a well-formed request."""
    pairs = fields.items() if isinstance(fields, dict) else fields
    return [(":method", method), (":scheme", scheme), (":path", target),
            (":authority", authority), *pairs]


def headers(stream, fields, ends=True, flags=END_HEADERS):
    """A HEADERS frame with these fields, or with a block that is given as bytes."""
    block = fields if isinstance(fields, bytes) else encoded(fields)
    return frame(HEADERS, flags | (END_STREAM if ends else 0), stream, block)


class Frame:
    """One frame that the server sent."""

    def __init__(self, kind, flags, stream, payload):
        self.kind, self.flags, self.stream, self.payload = kind, flags, stream, payload

    @property
    def code(self):
        """The error code of RST_STREAM and GOAWAY."""
        at = 4 if self.kind == GOAWAY else 0
        return struct.unpack_from("!L", self.payload, at)[0]

    @property
    def last_stream(self):
        return struct.unpack_from("!L", self.payload)[0] & 0x7FFFFFFF

    def __repr__(self):
        return "<frame %d flags %x stream %d %r>" % (
            self.kind, self.flags, self.stream, self.payload[:80])


class Stream:
    """What one stream has brought so far."""

    def __init__(self):
        self.interim, self.fields, self.trailers = [], None, []
        self.content, self.ended, self.reset = bytearray(), False, None

    @property
    def status(self):
        return self.fields and int(self.fields[0][1])

    def all(self, name):
        return [value for key, value in self.fields if key == name]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    @property
    def text(self):
        return self.content.decode("utf-8", "replace")

    @property
    def is_over(self):
        return self.ended or self.reset is not None

    def __repr__(self):
        return "<stream %r ended %r reset %r %r>" % (
            self.fields, self.ended, self.reset, bytes(self.content[:100]))


class HTTP2Wire(Wire):
    """One HTTP/2 connection. Frames are read by `step`, which notes what they say of each stream
    and of the connection; content is acknowledged unless `credits` is off."""

    def __init__(self, address, timeout=10, first=None, tls=None, **rest):
        super().__init__(address, timeout, **rest)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.streams, self.seen, self.goaway = {}, [], None
        self.settings, self.credits, self.next_stream = {}, True, 1
        self.decoder, self._block, self.answers_pings = Decoder(), None, True
        if first is None:
            first = PREFACE + settings((ENABLE_PUSH, 0))
        if first:
            self.send(first)

    # Sending

    def ask(self, target="/", method="GET", fields=(), content=None, **rest):
        """Sends a request on a new stream, and returns its number."""
        stream, self.next_stream = self.next_stream, self.next_stream + 2
        self.send(headers(stream, fields_of(target, method, fields=fields, **rest),
                          ends=content is None))
        if content is not None:
            for at in range(0, max(len(content), 1), 16384):
                piece = content[at:at + 16384]
                self.send(frame(DATA, END_STREAM if at + 16384 >= len(content) else 0, stream,
                                piece))
        return stream

    # Reading

    def frame(self, timeout=None):
        """The next frame; None at the end of the connection."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while len(self.buffered) < 9:
            if not self._more(deadline):
                if self.buffered:
                    raise WireError("ended inside a frame: %r" % bytes(self.buffered[:100]))
                return None
        high, low, kind, flags, stream = struct.unpack_from("!BHBBL", self.buffered)
        size = high << 16 | low
        if size > 16384:
            raise WireError("a frame of %d bytes" % size)
        while len(self.buffered) < 9 + size:
            if not self._more(deadline):
                raise WireError("ended inside a frame: %r" % bytes(self.buffered[:100]))
        payload = bytes(self.buffered[9:9 + size])
        del self.buffered[:9 + size]
        return Frame(kind, flags, stream & 0x7FFFFFFF, payload)

    def step(self, timeout=None):
        """Reads a frame and notes what it says; None at the end of the connection."""
        read = self.frame(timeout)
        if read is None:
            return None
        self.seen.append(read)
        if self._block is not None and read.kind != CONTINUATION:
            raise WireError("a head that is interrupted by %r" % read)
        note = {DATA: self._data, HEADERS: self._headers, CONTINUATION: self._continuation,
                RST_STREAM: self._reset, SETTINGS: self._settings, PING: self._ping,
                GOAWAY: self._goaway}.get(read.kind)
        if note:
            note(read)
        return read

    def _stream(self, number):
        return self.streams.setdefault(number, Stream())

    def _data(self, read):
        stream = self._stream(read.stream)
        if stream.fields is None or stream.is_over:
            raise WireError("content before a head or after the end: %r" % read)
        payload = read.payload
        if read.flags & PADDED:
            payload = payload[1:len(payload) - payload[0]]
        stream.content += payload
        stream.ended = bool(read.flags & END_STREAM)
        if read.payload and self.credits:
            self.send(window_update(0, len(read.payload)))
            if not stream.ended:
                self.send(window_update(read.stream, len(read.payload)))

    def _headers(self, read):
        payload = read.payload
        if read.flags & PADDED:
            payload = payload[1:len(payload) - payload[0]]
        if read.flags & HAS_PRIORITY:
            payload = payload[5:]
        self._block = (read.stream, read.flags, payload)
        if read.flags & END_HEADERS:
            self._head()

    def _continuation(self, read):
        if self._block is None or self._block[0] != read.stream:
            raise WireError("a continuation of nothing: %r" % read)
        number, flags, payload = self._block
        self._block = (number, flags, payload + read.payload)
        if read.flags & END_HEADERS:
            self._head()

    def _head(self):
        number, flags, block = self._block
        self._block = None
        fields, stream = self.decoder.decode(block), self._stream(number)
        for name, value in fields:
            if name != name.lower() or any(c in value for c in "\r\n\0"):
                raise WireError("a field %r: %r" % (name, value))
            if name in ("connection", "transfer-encoding", "keep-alive", "upgrade"):
                raise WireError("a field for one connection: %r: %r" % (name, value))
        if stream.is_over:
            raise WireError("a head after the end: %r" % fields)
        if stream.fields is not None:
            if not flags & END_STREAM or any(name.startswith(":") for name, _ in fields):
                raise WireError("not trailers: %r" % fields)
            stream.trailers = fields
        elif [name for name, _ in fields if name.startswith(":")] != [":status"] \
                or fields[0][0] != ":status":
            raise WireError("not one status in the first place: %r" % fields)
        elif fields[0][1].startswith("1"):
            stream.interim.append(fields)
        else:
            stream.fields = fields
        stream.ended = bool(flags & END_STREAM)

    def _reset(self, read):
        self._stream(read.stream).reset = read.code

    def _settings(self, read):
        if read.flags & ACK:
            return
        for at in range(0, len(read.payload), 6):
            name, value = struct.unpack_from("!HL", read.payload, at)
            self.settings[name] = value
        self.send(frame(SETTINGS, ACK))

    def _ping(self, read):
        if not read.flags & ACK and self.answers_pings:
            self.send(frame(PING, ACK, payload=read.payload))

    def _goaway(self, read):
        self.goaway = read

    def until(self, condition, timeout=None):
        """Reads frames until the condition holds; an error when the connection ends before."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0 or self.step(left) is None:
                raise WireError("it did not come: %r %r" % (self.seen[-5:], self.streams))
        return self

    def answer(self, stream, timeout=None):
        """The whole answer on a stream."""
        self.until(lambda: self._stream(stream).is_over, timeout)
        assert self.streams[stream].reset is None, self.streams[stream]
        return self.streams[stream]

    def get(self, target="/", **rest):
        return self.answer(self.ask(target, **rest))

    def drain(self, timeout=None):
        """Reads until the server closes; an error when it does not."""
        deadline = time.monotonic() + (timeout or self.timeout)
        try:
            while self.step(max(deadline - time.monotonic(), 0.001)) is not None:
                pass
        except ConnectionResetError:
            pass
        return self

    def pinged(self, timeout=None):
        """Waits until the server has read everything that was sent so far, and lives."""
        data = struct.pack("!Q", time.monotonic_ns() & (1 << 64) - 1)
        self.send(frame(PING, payload=data))
        self.until(lambda: any(read.kind == PING and read.flags & ACK and read.payload == data
                               for read in self.seen[-64:]), timeout)
        return self

    def stays_silent(self, for_seconds=0.1):
        """Asserts that no further frame comes for a moment, and that the connection stays."""
        try:
            read = self.step(for_seconds)
        except WireError as error:
            if "nothing more" in str(error):
                return self
            raise
        raise WireError("expected silence, got %r" % read)
