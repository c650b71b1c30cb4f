# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Thousands of generated requests for the files of a built frontend: what is asked, over connections
# that are kept, and what of an answer can be compared with another server's.

import gzip
import os
import random
import re

from .compare import NEVER_COMPARED, PAGE
from .frontend import frontend
from .wire import Wire, WireError, request

# The head of a listing but for its title; ours says more.
LISTING = re.compile(rb"\A<html>\r\n<head>(<title>Index of [^<]*</title>).*?</head>", re.S)
UNRESERVED = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/!$&'()*+,;=:@"
TIMES = {"same": "Tue, 14 Nov 2023 22:13:20 GMT", "before": "Tue, 14 Nov 2023 22:13:19 GMT",
         "after": "Thu, 14 Nov 2024 22:13:20 GMT"}
ENCODINGS = ["gzip", "gzip, deflate, br", "gzip, deflate, br, zstd", "br", "identity", "*", "",
             "deflate", "gzip;q=0", "gzip;q=0.5", "gzip;q=0.001, identity;q=0.5", "GZIP", "x-gzip",
             "identity;q=0", "*;q=0", "gzip;q=1.5", "gzip ; q=1", "br;q=1, gzip;q=0.2", "gzipx",
             "gzip;q=0.0, *"]
TAGS = ["{tag}", "W/{tag}", '"x"', '"x", {tag}', "*", "x", "", '{tag}, "x"', '"', "{tag}x"]
DATES = [*TIMES.values(), "yesterday", "Tuesday, 14-Nov-23 22:13:20 GMT",
         "Tue Nov 14 22:13:20 2023", "Thu, 01 Jan 1970 00:00:00 GMT", "1700000000"]
RANGES = ["bytes=0-4", "bytes=5-", "bytes=-3", "bytes=0-0", "bytes=0-", "bytes=100-199",
          "bytes=-100", "bytes=999999999-", "bytes=-0", "bytes=5-2", "bytes=a-b", "bytes=", "bytes",
          "items=0-4", "bytes=-", "bytes= 0-4", "bytes=0-9223372036854775808",
          "bytes=9223372036854775807-", "bytes=-99999999999999999999", "bytes=0-4x", "bytes=0-4,"]
SEVERAL = ["bytes=0-0,2-3", "bytes=0-4,-2", "bytes=0-1,1-2,2-3", "bytes=-1,0-0", "bytes=0-,0-",
           "bytes=5-9, 0-3", "bytes=0-0,999999999-", "bytes=999999998-,999999999-", "bytes=0-0,x"]


class Question:
    """One generated request. `path` is the file it is for, where it is for one."""

    def __init__(self, target, method="GET", path=None, version="1.1", fields=()):
        self.target, self.method, self.path, self.version = target, method, path, version
        self.fields = dict(fields)
        self.raw = request(target, method, version=version, fields=self.fields,
                           content=b"ab" if method in ("POST", "PUT") else None)

    def __repr__(self):
        return "%s %s HTTP/%s %r" % (self.method, self.target, self.version, self.fields)


def escaped(path, also=b""):
    return "".join(chr(byte) if byte in UNRESERVED and byte not in also else "%%%02X" % byte
                   for byte in os.fsencode(path))


class Questions:
    """Makes questions, the same in every run."""

    def __init__(self, seed):
        self.source = random.Random(seed)
        self.files = [name for name in frontend() if not os.fsdecode(name).endswith("/")]
        self.small = [name for name in self.files if len(frontend()[name]) < 200_000]
        self.folders = sorted({
            os.path.dirname(os.fsdecode(name)) for name in frontend()} - {""})

    def file(self, folder=""):
        name = self.source.choice(self.small if self.source.random() < 0.98 else self.files)
        return name, folder + escaped(name)

    def variant(self, target):
        """The same target, or nearly, in other letters."""
        source = self.source
        place = source.choice([i for i, c in enumerate(target) if c == "/"])
        letter = source.randrange(1, len(target)) if len(target) > 1 else 0
        return source.choice([
            target[:place] + "/" + target[place:], target[:place] + "/." + target[place:],
            target[:place] + "/none/.." + target[place:], target + "/", target + "?v=1",
            target + "?", target + "%00", target + ".gz",
            target[:letter] + target[letter:].swapcase(),
            target[:letter] + "%%%02x" % ord(target[letter]) + target[letter + 1:], target + "/x",
            target[:letter], target + "%20", target[:place] + "%2f" + target[place + 1:],
            target + "#part", target[:place] + "/..%2f.." + target[place:], target + "%",
        ])

    def path(self, folder=""):
        """Any target: files, folders, what is not there, and how they can be misspelt."""
        draw = self.source.random()
        if draw < 0.45:
            name, target = self.file(folder)
            return Question(target, self.method(), name, self.version())
        if draw < 0.60:
            target = folder + escaped(self.source.choice(self.folders)) + self.source.choice(
                ["", "/", "/?x", "?x=y", "/index.html", "/none"])
        elif draw < 0.90:
            target = self.variant(self.file(folder)[1])
        else:
            target = folder + self.source.choice(
                ["", "none", "none/", "none.js", "assets/none-Ab3dE5gH.js", "a/b/c", ".env",
                 ".git/"])
        if " " in target:
            target = target.replace(" ", "%20")
        return Question(target, self.method(), None, self.version())

    def folder(self, folder=""):
        target = folder + escaped(self.source.choice([*self.folders, "", "empty", "nested/empty"]))
        target += self.source.choice(["", "/", "/", "/", "/?x=y", "/."])
        return Question(target, self.method(), None, self.version())

    def method(self):
        return self.source.choice(
            ["GET"] * 14 + ["HEAD"] * 4 + ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])

    def version(self):
        return "1.0" if self.source.random() < 0.05 else "1.1"

    def encoding(self, folder=""):
        name, target = self.file(folder)
        fields = {"Accept-Encoding": self.source.choice(ENCODINGS)}
        return Question(target, self.source.choice(["GET", "GET", "HEAD"]), name, "1.1", fields)

    def condition(self, folder=""):
        name, target = self.file(folder)
        fields = {}
        for field in self.source.sample(
                ["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"],
                self.source.choice([1, 1, 1, 2])):
            fields[field] = self.source.choice(
                DATES if field.endswith("Since") else TAGS)
        return Question(target, self.source.choice(["GET", "GET", "HEAD"]), name, "1.1", fields)

    def range(self, folder="", ranges=RANGES):
        name, target = self.file(folder)
        fields = {"Range": self.source.choice(ranges)}
        if self.source.random() < 0.3:
            fields["If-Range"] = self.source.choice(
                ["{tag}", "W/{tag}", '"x"', "x", *TIMES.values()])
        if self.source.random() < 0.1:
            fields["If-None-Match"] = self.source.choice(["{tag}", '"x"'])
        method = self.source.choice(["GET"] * 8 + ["HEAD", "POST"])
        return Question(target, method, name, "1.1", fields)

    def several(self, folder=""):
        return self.range(folder, SEVERAL)


class Asked:
    """A server that is asked over connections that are kept, and the entity tags of its files."""

    def __init__(self, server, folder="/"):
        self.server, self.wire, self.early_ends = server, None, 0
        self.tags = {}
        for name in frontend():
            if not os.fsdecode(name).endswith("/"):
                answered = self.answer(Question(folder + escaped(name), "HEAD"))
                self.tags[name] = answered.get("ETag", '"none"')

    def answer(self, question):
        raw = question.raw.replace(b"{tag}", self.tags.get(question.path, '"none"').encode())
        kept = self.wire is not None
        self.wire = self.wire or Wire(self.server.port, 20)
        self.wire.send(raw)
        try:
            answered = self.wire.response(question.method)
        except WireError as problem:
            if not (kept and "ended inside a line: b''" in str(problem)):
                raise AssertionError("%r: %s" % (question, problem)) from problem
            # Closed after an answer that had not said so, as any server may.
            self.end()
            self.early_ends += 1
            return self.answer(question)
        if answered.closes:
            self.wire.closed()
            self.end()
        return answered

    def end(self):
        if self.wire is not None:
            self.wire.close()
        self.wire = None

    def comparable(self, question, answered):
        """What must be equal of two answers."""
        fields = {}
        for name, value in answered.fields:
            if name.lower() not in NEVER_COMPARED:
                fields.setdefault(name.lower(), []).append(
                    value.replace(str(self.server.port), "PORT"))
        content = answered.content
        if "etag" in fields:
            own = self.tags.get(question.path)
            fields["etag"] = ["own" if fields["etag"][0].removeprefix("W/") == own else "other"]
        if fields.get("content-encoding") == ["gzip"]:
            content = gzip.decompress(content) if content else content
            self.forget(fields, "content-length", "transfer-encoding", "etag", "accept-ranges")
        kind = fields.get("content-type", [""])[0]
        if kind.startswith("multipart/byteranges; boundary="):
            # Not from `kind`: its digits may look like a port.
            boundary = answered["Content-Type"].partition("=")[2].encode()
            content = content.replace(boundary, b"BOUNDARY")
            fields["content-type"] = ["multipart/byteranges"]
            self.forget(fields, "content-length")
        if LISTING.match(content):
            content = LISTING.sub(rb"\1", content)
            self.forget(fields, "content-length", "transfer-encoding")
        page = PAGE.match(content) if answered.status >= 300 else None
        if page or answered.status >= 300 and kind.startswith("text/html"):
            content = page[1] if page else b""
            self.forget(fields, "content-length", "transfer-encoding")
        return {"status": answered.status, "fields": fields, "content": content,
                "closes": answered.closes}

    @staticmethod
    def forget(fields, *names):
        for name in names:
            fields.pop(name, None)


def described(comparable, other):
    """An answer in a line; its content from a little before the place where another's differs."""
    content, place = comparable["content"], 0
    while content[:place + 20] == other["content"][:place + 20] and place < len(content):
        place += 20
    place = max(place - 20, 0)
    return "%d %s %d bytes, from %d %r" % (
        comparable["status"], sorted(comparable["fields"].items()), len(content), place,
        content[place:place + 80])
