# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The same configuration and the same bytes, given to nginx and to the server under test: what
# must be equal of the two answers, and of what their peers saw, in a form that can be compared.

import gzip
import re
import time

from .backend import Backend, answer
from .files import tree
from .server import Nginx, Server
from .wire import Response, Wire, WireError, request

# What differs by its nature, and what another field says already.
NEVER_COMPARED = {"server", "date", "connection"}
# A page of the server's own: its words are compared, not its markup.
PAGE = re.compile(
    rb"\A(?:<!doctype html>)?\s*<html[^>]*>\s*<head>.*?<title>(.*?)</title>", re.I | re.S)


class Ask:
    """One request, or several on one connection. Where it names a difference, by its title in
    docs/differences.md, only ours is asked, and must answer with that status. What is asked of the
    peer at once may reach it in any order."""

    def __init__(self, target="/", method="GET", name=None, raw=None, differs=None, status=None,
                 at_once=False, **rest):
        self.at_once = at_once
        self.method = method
        self.raw = request(target, method, **rest) if raw is None else raw
        self.differs, self.status = differs, status
        fields = "".join(" %s:%s" % pair for pair in dict(rest.get("fields", {})).items())
        host = " " + rest["host"] if rest.get("host") else ""
        self.name = name or "%s %s%s%s" % (method, target, fields, host)

    def __repr__(self):
        return self.name


class Example:
    """A configuration, its files, what else is done to their folder, and the requests to
    compare. What both may write as an alert is named."""

    def __init__(self, name, http, asks, files=None, script=None, main="", extra=None,
                 prepare=None, alerts=()):
        self.name, self.http, self.main = name, http, main
        self.prepare, self.alerts = prepare, alerts
        self.files, self.script = files or {}, script
        self.extra = extra or {}
        self.asks = [ask if isinstance(ask, Ask) else Ask(ask) for ask in asks]


def mirror(read, connection):
    """What the peer saw, as its answer."""
    return answer(b"peer", fields=[("X-Target", read.target)])


class Side:
    """One of the two servers, with a peer of its own."""

    def __init__(self, lab, kind, example):
        self.backend = Backend(example.script or mirror)
        lab.started.append(self.backend)
        # nginx never waits for a peer that refuses connections.
        waits = "" if kind.kind == "nginx" else "proxy_hold 0;\n"
        self.server = lab.server(
            waits + example.http, kind=kind, start=False, main=example.main,
            backend=self.backend.address)
        self.server.allowed_alerts = example.alerts
        tree(self.server.directory / "html", example.files)
        tree(self.server.directory, {
            name: self.server.fill(text) for name, text in example.extra.items()})
        if example.prepare:
            example.prepare(self.server.directory / "html")
        self.server.start()
        self.etags = {}

    def neutral(self, text):
        """Without what is this side's own: its ports and its folder."""
        for name, port in [*self.server.ports.items(), ("BACKEND", self.backend.port)]:
            # Other numbers may have the same digits in them.
            text = re.sub(r"(?<!\d)%d(?!\d)" % port, name, text)
        return text.replace(str(self.server.directory), "DIR")

    def fill(self, raw):
        """%%ETAG:/path%% becomes that file's entity tag here."""
        def etag(match):
            path = match[1].decode()
            if path not in self.etags:
                self.etags[path] = self.server.get(path)["ETag"]
            return self.etags[path].encode()
        return re.sub(rb"%%ETAG:([^%]*)%%", etag, raw)

    def ask(self, ask):
        self.backend.forget()
        answers = []
        with Wire(self.server.port, 10) as wire:
            wire.send(self.fill(ask.raw))
            methods = ask.method.split(",")
            for method in methods:
                try:
                    answered = wire.response(method)
                except WireError as error:
                    if "ended inside a line: b''" not in str(error):
                        raise
                    answers.append("closed")
                    break
                answers.append(self.comparable(answered, method))
                if answered.closes:
                    wire.closed()
                    break
        seen = [self.seen(read) for read in self.backend.requests]
        return answers, sorted(seen, key=lambda read: read["target"]) if ask.at_once else seen

    def comparable(self, answered: Response, method):
        fields = [(name, self.neutral(value)) for name, value in answered.fields
                  if name.lower() not in NEVER_COMPARED]
        content = answered.content
        if answered.get("Content-Encoding") == "gzip" and content and answered.status != 206:
            content = gzip.decompress(content)
        boundary = re.search("; boundary=(.*)", answered.get("Content-Type", ""))
        if boundary:
            content = content.replace(boundary[1].encode(), b"BOUNDARY")
            fields = [(name, value.replace(boundary[1], "BOUNDARY")) for name, value in fields]
        page = PAGE.match(content)
        if page:
            content = page[1]
        # The answer to HEAD has the length of a page that cannot be seen.
        kind = (answered.get("Content-Type") or "").partition(";")[0]
        if page or method == "HEAD" and answered.status >= 300 and kind == "text/html":
            fields = [(n, v) for n, v in fields if n.lower() not in (
                "content-length", "transfer-encoding")]
        fields = [(n, re.sub(r'\A(W/)?"[^"]+"\Z', r'\1"*"', v) if n == "ETag" else v)
                  for n, v in fields]
        return {"status": (answered.status, answered.reason), "version": answered.version,
                "fields": sorted(fields), "closes": answered.closes,
                "framing": answered.framing if not page else "any",
                "content": self.neutral(content.decode("latin-1")),
                "trailers": [(name, self.neutral(value)) for name, value in answered.trailers]}

    def seen(self, read):
        """What the peer saw; how the connection is used and how content is framed is ours."""
        ours = {"connection", "content-length", "transfer-encoding"}
        assert not read.flaws, read
        return {"method": read.method, "target": read.target,
                "fields": sorted((n.lower(), self.neutral(v)) for n, v in read.fields
                                 if n.lower() not in ours),
                "content": read.content}


class Pair:
    def __init__(self, lab, example):
        self.nginx = Side(lab, Nginx, example)
        self.ours = Side(lab, Server, example)

    def compare(self, ask):
        ours = self.ours.ask(ask)
        if ask.differs:
            assert ours[0][0]["status"][0] == ask.status
            # What was cut off may still be on its way to the peer; it is not the next one's.
            time.sleep(0.05)
            return
        theirs = self.nginx.ask(ask)
        for _ in range(3):
            # Between the two a second may have begun that an Expires counts from.
            if ours == theirs or "'Expires'" not in repr(ours):
                break
            ours, theirs = self.ours.ask(ask), self.nginx.ask(ask)
        assert ours == theirs, "ours %r\ntheirs %r" % (ours, theirs)
