# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A release that is switched two hundred times while it is asked for: whatever comes is whole, of a
# release that was there at that time, and carries the entity tag that belongs to these bytes.
#
# All releases have the same file sizes and the same times, so that nothing but content tells them
# apart.

import ctypes
import os
import random
import subprocess
import threading
import time
import zlib

import pytest

from harness import Wire, request, tree, until
from harness.frontend import script, style

pytestmark = pytest.mark.ours

RELEASES = 12
CONFIGURATION = """
    types { text/html html; text/css css; application/javascript js; application/json json; }
    gzip on; gzip_types text/css application/javascript; gzip_vary on; gzip_min_length 100;
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/site/current;
        keepalive_requests 1000000;
        location /below/ { alias %%DIR%%/site/current/; }
        %%MORE%%
    }
"""
# How long an answer may still be of the release before. Units: seconds.
LATE = 1.0
# How many answers may be of the release before, when they are asked for a hundredth of a second
# apart or more.
LATE_ANSWERS = 100
AT_FDCWD, RENAME_EXCHANGE = -100, 2


def release(number):
    """The files of one release; of the same sizes as those of any other."""
    source = random.Random(number)
    mark = "release %04d" % number
    return {
        "index.html": (
            "<!doctype html><title>%s</title><script src=/assets/app-Xy%04dZq.js></script>"
            % (mark, number)),
        "style.css": ("/* %s */" % mark).encode() + style(source, 12_000),
        "assets/app-Xy%04dZq.js" % number: ("// %s\n" % mark).encode() + script(source, 30_000),
        "assets/shared-Ab12Cd34.js": script(random.Random("shared"), 9_000),
        "data.json": '{"release": "%s"}' % mark,
        "large.bin": mark.encode() * 60_000,
    }


class Switch:
    """Changes which release is the current one, and remembers when."""

    def __init__(self, site):
        self.site, self.random = site, random.Random("switch")
        self.slots = {number: number for number in range(RELEASES)}
        self.history = []
        for number in range(RELEASES):
            tree(site / ("r%d" % number), release(number))

    def began(self, number):
        """The time of a switch is from before it to behind it."""
        self.history.append([number, time.monotonic(), None])

    def done(self):
        if len(self.history) > 1:
            self.history[-2][2] = time.monotonic()

    def was_current(self, number, since):
        """Whether the release was the current one at some time after `since`."""
        return any(one == number and (ended is None or ended >= since)
                   for one, _, ended in list(self.history))

    def to(self, how):
        slot = self.random.choice([slot for slot, number in self.slots.items()
                                   if not self.history or number != self.history[-1][0]])
        number = self.slots[slot]
        self.began(number)
        getattr(self, how)(slot)
        self.done()
        return number

    def symlink(self, slot):
        os.symlink("r%d" % slot, self.site / "new")
        os.rename(self.site / "new", self.site / "current")

    def command(self, slot):
        subprocess.run(["ln", "-sfn", "r%d" % slot, str(self.site / "current")], check=True)

    def exchange(self, slot):
        """Renames two directories at once, so that there is no moment without one."""
        paths = [os.fsencode(self.site / name) for name in ("current", "r%d" % slot)]
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.renameat2(AT_FDCWD, paths[0], AT_FDCWD, paths[1], RENAME_EXCHANGE) != 0:
            raise OSError(ctypes.get_errno(), "renameat2")
        self.slots[slot] = self.history[-2][0]

    def rename(self, slot):
        """Two renames, and a moment without a current release between them."""
        os.rename(self.site / "current", self.site / "old")
        os.rename(self.site / ("r%d" % slot), self.site / "current")
        os.rename(self.site / "old", self.site / ("r%d" % slot))
        self.slots[slot] = self.history[-2][0]

    def first(self, how):
        self.began(0)
        if how in ("symlink", "command"):
            os.symlink("r0", self.site / "current")
        else:
            os.rename(self.site / "r0", self.site / "current")
            del self.slots[0]
            self.slots[1] = 1


def decoded(answered):
    if answered.get("Content-Encoding") == "gzip":
        return zlib.decompress(answered.content, 31)
    assert "Content-Encoding" not in answered, answered
    return answered.content


def opaque(tag):
    """What is left of a tag when a better encoding takes the place of a first one."""
    return tag.removeprefix("W/")


class Reader(threading.Thread):
    """A client that keeps its connection, knows what it may get, and believes nothing."""

    def __init__(self, test, number):
        super().__init__(daemon=True)
        self.test, self.random = test, random.Random(number)
        self.tags, self.problem, self.latest = {}, None, 0

    def run(self):
        try:
            with Wire(self.test.port, 20) as self.wire:
                while not self.test.ending.is_set():
                    self.one()
        except Exception as problem:
            self.problem = problem
            self.test.ending.set()

    def one(self):
        name = self.random.choice(self.test.names(self.latest))
        prefix = self.random.choice(["/", "/", "/below/"])
        coding = self.random.choice([None, "gzip"])
        fields = {} if coding is None else {"Accept-Encoding": coding}
        tags = self.tags.setdefault((name, coding), ['"never"'])
        if self.random.random() < 0.4:
            fields["If-None-Match"] = self.random.choice(tags)
        sent = time.monotonic()
        self.wire.send(request(prefix + ("" if name == "index.html" else name), fields=fields))
        answered = self.wire.response()
        self.check(name, answered, fields.get("If-None-Match"), sent - LATE)
        if answered.status == 200 and "ETag" in answered:
            tags[:] = [answered["ETag"], *tags[:4]]

    def check(self, name, answered, asked_for, since):
        test = self.test
        if answered.status == 404 and test.may_be_missing(name):
            test.missing += 1
            return
        if answered.status == 304:
            # Where it is the same as another coding's, a tag may be answered with that one's.
            content = test.content_of.get((name, asked_for))
            assert content is not None and opaque(answered["ETag"]) == opaque(asked_for), (
                name, answered)
            test.unmodified += 1
        else:
            assert answered.status == 200, (name, answered)
            content = decoded(answered)
            if "ETag" in answered:
                test.learn(name, answered, content)
        numbers = test.releases_of.get((name, content))
        assert numbers, "%s: bytes of no release, %r" % (name, answered)
        assert name.startswith("assets/") or any(
            test.switch.was_current(number, since) for number in numbers), (
                "%s of release %s is late: %r" % (name, numbers, answered))
        if name == "index.html":
            self.latest = numbers[0]
        test.answers += 1


class Trial:
    """One run: a server, its releases, and clients that ask for them."""

    def __init__(self, lab, how, more="", grace=False):
        self.server = lab.server(CONFIGURATION, start=False, more=more)
        self.how, self.grace, self.ending = how, grace, threading.Event()
        self.switch = Switch(self.server.directory / "site")
        self.switch.first(how)
        self.loaded = set()
        self.answers = self.missing = self.unmodified = 0
        self.content_of, self.bytes_of, self.releases_of = {}, {}, {}
        for number in range(RELEASES):
            for name, content in release(number).items():
                content = content if isinstance(content, bytes) else content.encode()
                self.releases_of.setdefault((name, content), []).append(number)
        self.port = self.server.start().port
        self.load(0)

    def names(self, latest):
        names = ["index.html", "style.css", "data.json", "assets/shared-Ab12Cd34.js"] * 5
        names.append("large.bin")
        return names + (["assets/app-Xy%04dZq.js" % latest] * 5 if latest in self.loaded else [])

    def load(self, number):
        """Somebody's browser has all of this release."""
        if self.grace:
            for prefix in ("", "/below"):
                assert self.server.get(
                    "%s/assets/app-Xy%04dZq.js" % (prefix, number)).status == 200
            self.loaded.add(number)

    def may_be_missing(self, name):
        return self.how == "rename" and not (self.grace and name.startswith("assets/"))

    def learn(self, name, answered, content):
        """A tag stands for the same bytes for ever, in the same coding."""
        tag = answered["ETag"]
        assert self.content_of.setdefault((name, tag), content) == content, (name, tag)
        if not tag.startswith("W/"):
            whole = self.bytes_of.setdefault((name, tag), answered.content)
            assert whole == answered.content, "%s: two contents for %s" % (name, tag)

    def switch_once(self):
        """Switches, and asks until the new release is served; returns how many answers were of
        another one."""
        number, late = self.switch.to(self.how), 0
        wanted = release(number)["index.html"]
        while not self.ending.is_set() and self.server.get("/").text != wanted:
            late += 1
            assert late < LATE_ANSWERS, "release %d is not served" % number
            time.sleep(0.01)
        self.load(number)
        return late

    def run(self, times, clients=6):
        readers = [Reader(self, number) for number in range(clients)]
        for reader in readers:
            reader.start()
        late = 0
        for _ in range(times):
            late += 0 if self.ending.is_set() else self.switch_once()
        self.ending.set()
        for reader in readers:
            reader.join(30)
            if reader.problem:
                raise reader.problem
        assert self.answers > times and self.unmodified > times / 20
        assert late <= times, "%d answers came from releases before" % late
        self.server.assert_unharmed()


@pytest.mark.slow
@pytest.mark.parametrize("how, times", [
    ("symlink", 200), ("exchange", 200), ("command", 40), ("rename", 60)])
def test_a_release_is_switched_under_load(lab, how, times):
    Trial(lab, how).run(times)


@pytest.mark.slow
@pytest.mark.parametrize("how, times", [("symlink", 100), ("exchange", 100), ("rename", 40)])
def test_assets_of_the_release_before_are_still_there(lab, how, times):
    """Whoever has the page of a release gets its scripts, while the next ones are switched on."""
    Trial(lab, how, more="asset_grace 1h;", grace=True).run(times)
