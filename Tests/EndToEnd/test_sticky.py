# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Clients that stay with the peer that they had: by our cookie, by a route, by what a peer said.

import hashlib
import re
import subprocess
import time

import pytest

from harness import answer, until

pytestmark = pytest.mark.ours

CONFIGURATION = """
    upstream cookies {
        server 127.0.0.1:%%A%%; server 127.0.0.1:%%B%%; server 127.0.0.1:%%C%% route=c %%DRAIN%%;
        sticky cookie srv;
    }
    upstream attributes {
        server 127.0.0.1:%%A%% route=a;
        sticky cookie srv expires=1h domain=.$host path=/x httponly secure samesite=$arg_s;
    }
    upstream for_ever { server 127.0.0.1:%%A%% route=a; sticky cookie srv expires=max; }
    upstream routes {
        server 127.0.0.1:%%A%% route=a; server 127.0.0.1:%%B%% route=b;
        server 127.0.0.1:%%C%% route=c;
        sticky route $cookie_route $arg_route;
    }
    upstream learnt {
        server 127.0.0.1:%%A%%; server 127.0.0.1:%%B%%; server 127.0.0.1:%%C%% %%DRAIN%%;
        sticky learn create=$upstream_cookie_sid lookup=$cookie_sid zone=learnt:64k;
    }
    upstream early {
        server 127.0.0.1:%%A%%; server 127.0.0.1:%%B%%;
        sticky learn create=$upstream_http_x_sid lookup=$arg_sid zone=early:64k header
                     timeout=1s;
    }
    upstream gone {
        server 127.0.0.1:1 route=gone; server 127.0.0.1:%%B%% route=b;
        sticky cookie srv;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        proxy_hold 0;
        location /cookies/ { proxy_pass http://cookies; }
        location /attributes/ { proxy_pass http://attributes; }
        location /for_ever/ { proxy_pass http://for_ever; }
        location /routes/ { proxy_pass http://routes; }
        location /learnt/ { proxy_pass http://learnt; }
        location /early/ { proxy_pass http://early; }
        location /gone/ { proxy_pass http://gone; }
    }
"""


class Place:
    def __init__(self, lab):
        self.peers = {name: lab.backend(self.script(name)).port for name in "abc"}
        self.server = lab.server(CONFIGURATION, drain="", **self.peers)

    def script(self, name):
        def script(read, connection):
            fields = []
            match = re.search("say=([a-z0-9]+)", read.target)
            if match:
                fields = [("Set-Cookie", "sid=" + match[1]), ("X-Sid", match[1])]
            return answer(name, fields=fields)
        return script

    def ask(self, target, cookie=None):
        return self.server.get(target, fields={"Cookie": cookie} if cookie else {})

    def names(self, target, cookie=None, count=9):
        return "".join(self.ask(target, cookie).content.decode() for _ in range(count))

    def reload(self, drain):
        self.server.names["drain"] = drain
        self.server.configure(CONFIGURATION)
        before = set(self.server.workers())
        self.server.reload()
        until(lambda: not before & set(self.server.workers()), 20, "the old ones stay")


@pytest.fixture
def place(lab):
    return Place(lab)


def cookie_of(answered):
    return answered["Set-Cookie"].partition(";")[0]


def test_our_cookie_binds_a_client(place):
    answered = [place.ask("/cookies/") for _ in range(3)]
    assert sorted(a.content for a in answered) == [b"a", b"b", b"c"]
    for one in answered:
        name = one.content.decode()
        port = place.peers[name]
        route = hashlib.md5(b"127.0.0.1:%d" % port).hexdigest() if name != "c" else "c"
        assert one["Set-Cookie"] == "srv=" + route
        assert place.names("/cookies/", cookie_of(one)) == name * 9
    # The others take turns meanwhile; an unknown one is as none.
    assert set(place.names("/cookies/")) == set("abc")
    assert set(place.names("/cookies/", "srv=unknown")) == set("abc")


def test_a_peer_that_drains_serves_those_whom_it_has(place):
    cookies = {}
    for _ in range(3):
        answered = place.ask("/cookies/")
        cookies[answered.content.decode()] = cookie_of(answered)
    place.reload("drain")
    for name, cookie in cookies.items():
        assert place.names("/cookies/", cookie) == name * 9
    assert set(place.names("/cookies/")) == set("ab")
    place.reload("down")
    assert "c" not in place.names("/cookies/", cookies["c"])


def test_a_client_whose_peer_is_gone_gets_another_one_and_its_cookie(place):
    answered = place.ask("/gone/", "srv=gone")
    assert (answered.status, answered.content) == (200, b"b")
    assert answered["Set-Cookie"] == "srv=b"


def test_the_attributes_of_our_cookie(place):
    def cookie(target):
        return place.ask(target)["Set-Cookie"]
    date = r"[A-Z][a-z]{2}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT"
    assert re.fullmatch(
        "srv=a; expires=%s; max-age=3600; domain=.localhost; httponly; secure; samesite=lax; "
        "path=/x" % date, cookie("/attributes/?s=lax")), cookie("/attributes/?s=lax")
    assert "; samesite=strict" in cookie("/attributes/?s=hostile%0d%0aX:y")
    assert "samesite" not in cookie("/attributes/")
    assert cookie("/for_ever/") == (
        "srv=a; expires=Thu, 31-Dec-37 23:55:55 GMT; max-age=315360000")


def test_a_variable_names_the_peer(place):
    assert place.names("/routes/?route=b") == "b" * 9
    assert place.names("/routes/?route=b", "route=c") == "c" * 9
    assert set(place.names("/routes/?route=x")) == set("abc")
    assert "Set-Cookie" not in place.ask("/routes/")


def test_what_a_peer_said_is_remembered(place):
    said = {}
    for number in range(6):
        said["s%d" % number] = place.names("/learnt/?say=s%d" % number, count=1)
    assert set(said.values()) == set("abc")
    for sid, name in said.items():
        assert place.names("/learnt/", "sid=" + sid) == name * 9
    assert set(place.names("/learnt/", "sid=unknown")) == set("abc")
    # Also by the processes that come after a reload.
    place.reload("")
    for sid, name in said.items():
        assert place.names("/learnt/", "sid=" + sid) == name * 9
    place.reload("drain")
    for sid, name in said.items():
        assert place.names("/learnt/", "sid=" + sid) == name * 9
    assert "c" not in place.names("/learnt/")


def test_a_session_that_nobody_uses_is_forgotten(place):
    name = place.names("/early/?say=s", count=1)
    assert place.names("/early/?sid=s") == name * 9
    time.sleep(2)
    other = "b" if name == "a" else "a"
    # It takes its turn like others.
    until(lambda: other in place.names("/early/?sid=s", count=2), 5)


def test_many_sessions_have_room_in_a_little_memory(place):
    for number in range(3000):
        place.ask("/learnt/?say=n%d" % number)
    name = place.names("/learnt/?say=last", count=1)
    assert place.names("/learnt/", "sid=last") == name * 9


REFUSED = {
    "sticky;": "arguments", "sticky cookie;": "arguments", "sticky hash x;": "unknown parameter",
    "sticky cookie x expires=y;": "invalid \"expires\"", "sticky cookie x path=;": "no value",
    "sticky cookie x secure secure;": "duplicate", "sticky cookie x max;": "unknown parameter",
    "sticky cookie x samesite=often;": "samesite", "sticky route a;": "invalid variable",
    "sticky learn create=$a;": "is not specified", "sticky learn lookup=$a zone=z:1m;": "create",
    "sticky learn create=$a lookup=$a;": "zone", "sticky learn create=a lookup=$a zone=z:1m;":
    "invalid variable", "sticky learn create=$a lookup=$a zone=z;": "zone size",
    "sticky learn create=$a lookup=$a zone=z:1k;": "too small",
    "sticky learn create=$a lookup=$a zone=z:1m timeout=x;": "timeout",
    "sticky route $a; sticky route $a;": "duplicate",
}


@pytest.mark.parametrize("line", REFUSED)
def test_mistakes_are_refused(lab, line):
    server = lab.server(
        "map $uri $a { default 1; }\nupstream u { server 127.0.0.1:1; %s }" % line, start=False)
    tested = subprocess.run(
        server.arguments("-t"), cwd=server.directory, capture_output=True, text=True)
    assert tested.returncode == 1 and REFUSED[line] in tested.stderr, tested.stderr
