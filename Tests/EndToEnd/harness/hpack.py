# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# HPACK (RFC 7541) for tests: an encoder that writes every field out as a literal, and a strict
# decoder for what servers send. It must not know what fields mean.

# How long the code of each byte is, and of the end of a string: A is five bits. The code is
# canonical, so its lengths say everything (appendix B).
_LENGTHS = (
    "ISXXXXXXXTZXXZXXXXXXXXZXXXXXXXXXBFFHIBDGFFDGDBBBAAABBBBBBBCDKBHFIBCCCCCCCCCC"
    "CCCCCCCCCCCCDCDIOIJBKABABABBBACCBBBABCBAABCCCCCKGJIXPRPPRRRSRSSSSSTSTTRSTSSS"
    "SQRSRSSTRQPRRSSQSRRTQRSSQQRQSRSSPRRRSRRSVVPORSRUVVVWWVTUOQVWWVWTQQVVXWWWPTPQ"
    "RQQSRRUUTTVSVWVVWWWWWXWWWWWVZ")

_STATIC = [tuple(line.partition(" ")[::2]) for line in """\
:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate""".split("\n")]


class HPACKError(AssertionError):
    """The server sent what no decoder may take."""


def _codes():
    """(length, code) → byte, from the lengths alone."""
    lengths = [ord(letter) - ord("A") + 5 for letter in _LENGTHS]
    codes, code, before = {}, 0, 0
    for byte in sorted(range(len(lengths)), key=lambda byte: (lengths[byte], byte)):
        code <<= lengths[byte] - before
        before = lengths[byte]
        codes[before, code] = byte
        code += 1
    return codes


_CODES = _codes()


def huffman_decoded(data):
    result, code, length = bytearray(), 0, 0
    for byte in data:
        for shift in range(7, -1, -1):
            code, length = code << 1 | byte >> shift & 1, length + 1
            if (length, code) in _CODES:
                if _CODES[length, code] == 256:
                    raise HPACKError("an end of string inside a string")
                result.append(_CODES[length, code])
                code = length = 0
    if length > 7 or code != (1 << length) - 1:
        raise HPACKError("padding of %d bits" % length)
    return bytes(result)


def integer(value, bits, first=0):
    """An integer with a prefix of so many bits, in the low end of a byte."""
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([first | value])
    data, value = bytearray([first | limit]), value - limit
    while value >= 128:
        data.append(value & 127 | 128)
        value >>= 7
    return bytes(data) + bytes([value])


def _bytes(text):
    return text.encode("latin-1") if isinstance(text, str) else text


def literal(name, value, first=0x10):
    """A field as it is: 0x10 never indexed, 0 not indexed, 0x40 put into the table."""
    name, value = _bytes(name), _bytes(value)
    return (bytes([first]) + integer(len(name), 7) + name + integer(len(value), 7) + value)


def encoded(fields):
    """A header block of literals."""
    return b"".join(literal(name, value) for name, value in fields)


class Decoder:
    """Header blocks of one direction of a connection, in their order."""

    def __init__(self, limit=4096):
        self.table, self.size, self.limit = [], 0, limit

    def _integer(self, data, at, bits):
        mask = (1 << bits) - 1
        value, at = data[at] & mask, at + 1
        if value < mask:
            return value, at
        shift = 0
        while True:
            if at >= len(data) or shift > 28:
                raise HPACKError("an integer that does not end")
            value += (data[at] & 127) << shift
            shift, at = shift + 7, at + 1
            if not data[at - 1] & 128:
                return value, at

    def _string(self, data, at):
        if at >= len(data):
            raise HPACKError("a block that ends before a string")
        is_huffman = data[at] & 128
        length, at = self._integer(data, at, 7)
        if at + length > len(data):
            raise HPACKError("a string that is longer than its block")
        text = data[at:at + length]
        return (huffman_decoded(text) if is_huffman else text).decode("latin-1"), at + length

    def _indexed(self, index):
        if not 0 < index <= len(_STATIC) + len(self.table):
            raise HPACKError("index %d" % index)
        return (_STATIC + self.table)[index - 1]

    def _shrink(self, limit):
        while self.size > limit:
            name, value = self.table.pop()
            self.size -= len(name) + len(value) + 32

    def decode(self, data):
        fields, at = [], 0
        while at < len(data):
            byte = data[at]
            if byte & 0x80:
                index, at = self._integer(data, at, 7)
                fields.append(self._indexed(index))
            elif byte & 0xE0 == 0x20:
                size, at = self._integer(data, at, 5)
                if size > self.limit or fields:
                    raise HPACKError("a table of %d bytes" % size)
                self._shrink(size)
            else:
                index, at = self._integer(data, at, 6 if byte & 0x40 else 4)
                name, at = (self._indexed(index)[0], at) if index else self._string(data, at)
                value, at = self._string(data, at)
                fields.append((name, value))
                if byte & 0x40:
                    self.table.insert(0, (name, value))
                    self.size += len(name) + len(value) + 32
                    self._shrink(self.limit)
        return fields
