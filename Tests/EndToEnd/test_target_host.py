# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What is asked for, and from whom: request targets and hosts (B01 to B06). The names of the
# cases are stable.

import pytest

from harness import Site, Wire, request

OURS = pytest.mark.ours


@pytest.fixture(scope="module")
def module_site(shared_lab):
    return Site(shared_lab)


def lines(*rows):
    return b"\r\n".join(r if isinstance(r, bytes) else r.encode("latin-1") for r in rows) + (
        b"\r\n\r\n")


def case(name, raw, *statuses, ours=False):
    return pytest.param(raw, statuses or (400,), id=name, marks=[OURS] if ours else [])


def host(value):
    return b"GET /proxy/x HTTP/1.1\r\nHost: " + value + b"\r\n\r\n"


HOSTS = [
    case("B01 no host", lines("GET /proxy/x HTTP/1.1")),
    case("B01 two hosts that differ", lines("GET /proxy/x HTTP/1.1", "Host: a", "Host: b")),
    case("B01 two hosts that agree", lines("GET /proxy/x HTTP/1.1", "Host: a", "Host: a")),
    case("B01 two hosts in HTTP/1.0", lines("GET /proxy/x HTTP/1.0", "Host: a", "Host: b")),
    *[case("B01 host %r" % value, host(value), ours=ours) for value, ours in [
        (b"a/b", False), (b"a@b", True), (b"a#b", True), (b"a?b", True), (b"a,b", True),
        (b"a\\b", True), (b"a b", False), (b"a\x00b", False), (b"a:99999", True), (b"[::1", True),
        (b"a:b", True), (b"a:80:80", True), (b"[::1]x", True), (b"a..b", False), (b"..", False),
        (b"a%00b", True), (b"a<b", True), (b'a"b', True), (b"http://a/", False), (b"a:-1", True),
        (b"a:+80", True), (b"[]", True), (b"[::1]]", True), (b"a\xffb", True)]],
]

TARGETS = [
    *[case("B03 %s %s" % (method, target), lines(
        "%s %s HTTP/1.1" % (method, target), "Host: localhost"), 400, 405)
      for method, target in [("GET", "*"), ("POST", "*"), ("HEAD", "*"),
                             ("CONNECT", "localhost:80"), ("CONNECT", "/proxy/x"),
                             ("CONNECT", "http://localhost/proxy/x"), ("CONNECT", "*")]],
    *[case("B04 target %r" % target, lines("GET %s HTTP/1.1" % target, "Host: localhost"))
      for target in ["admin", "haproxy.org:80", "localhost:80/proxy/x", "?a", "./a", "://a/b",
                     "http:", "http:/", "http:///a", "1http://a/b"]],
    case("B04 a backslash", lines("GET \\proxy\\x HTTP/1.1", "Host: localhost")),
    *[case("B05 target with %#04x" % code, b"GET /proxy/a" + bytes([code])
           + b"b HTTP/1.1\r\nHost: localhost\r\n\r\n", ours=code not in (0, 9, 32))
      for code in [0, 1, 9, 10, 11, 12, 13, 27, 31, 32, 127]],
    *[case("B06 %s as a file" % target, lines("GET %s HTTP/1.1" % target, "Host: localhost"))
      for target in ["/a%00.txt", "/%", "/%zz", "/a%0", "/a%0g", "/../a.txt", "/%2e%2e/a.txt",
                     "/a/../../b", "/..", "/%00"]],
    case("B06 a line end as a file", lines("GET /a%0d%0ab HTTP/1.1", "Host: localhost"), 400, 404),
]


@pytest.mark.parametrize("raw, statuses", HOSTS + TARGETS)
def test_a_doubtful_target_or_host_is_refused(site, raw, statuses):
    if 404 in statuses:
        # Not found is an answer like any other: the connection stays.
        assert site.exchange(raw, after=b"")[0].status in statuses
    else:
        site.refused(raw, statuses)


@pytest.mark.parametrize("value", ["", "localhost", "LOCALHOST", "localhost.", "localhost:8080",
                                   "[::1]", "[::1]:8080", "a_b", "xn--a", "127.0.0.1", "a-b.c"])
def test_b01_a_valid_host_is_served(site, value):
    first, _ = site.exchange(host(value.encode()), after=b"")
    assert first.status == 200 or (value == "" and first.status == 400)


def test_b01_http_1_0_needs_no_host(site):
    with Wire(site.server.port) as wire:
        answered = wire.send(b"GET /text HTTP/1.0\r\n\r\n").response()
        assert (answered.status, answered.text) == (200, "text")
        wire.closed()


@pytest.fixture(scope="module")
def hosts(shared_lab):
    return shared_lab.server("""
        server { listen 127.0.0.1:%%PORT%%; server_name a.test; return 200 "a $host $uri"; }
        server { listen 127.0.0.1:%%PORT%%; server_name b.test; return 200 "b $host $uri"; }
    """)


@pytest.mark.parametrize("target, field, expected", [
    ("http://b.test/x?y", "a.test", "b b.test /x"),
    ("http://b.test", "a.test", "b b.test /"),
    ("http://B.TEST:80/x", "a.test", "b b.test /x"),
    ("HTTP://b.test/x", "a.test", "b b.test /x"),
    ("http://b.test?y", "a.test", "b b.test /"),
    ("/x", "B.test", "b b.test /x"),
    ("/x", "b.test.", "b b.test /x"),
])
def test_b02_the_authority_of_the_target_wins(hosts, target, field, expected):
    answered = hosts.get(target, host=field)
    assert (answered.status, answered.text) == (200, expected)


def test_b02_the_peer_gets_the_same_authority(site):
    with Wire(site.server.port) as wire:
        wire.get("http://inner.test/proxy/x?y=z", host="outer.test")
    read = site.backend.requests[0]
    assert (read.target, read.get("Host")) == ("/proxy/x?y=z", "inner.test")


@pytest.mark.ours
def test_b03_options_of_everything_is_answered(site):
    answered = site.server.get("*", "OPTIONS")
    assert answered.status in (200, 204)


@pytest.mark.parametrize("target", ["/proxy/a\xe4b", "/proxy/\xff", "/proxy/%e4", "/proxy/a%2Fb"])
def test_b05_high_bytes_go_on_unchanged_or_encoded(site, target):
    first, _ = site.exchange(request(target), after=b"")
    if first.status == 200:
        seen = site.backend.requests[0].target
        assert seen in (target, target.replace("\xe4", "%E4").replace("\xff", "%FF"))
    else:
        assert first.status == 400 and "%" not in target


@pytest.mark.parametrize("target", ["/proxy/a%0d%0ab", "/proxy/a%0Ab", "/proxy/%2e%2e",
                                    "/proxy/a?%00", "/proxy/a?%zz", "/proxy/a?b=%", "/proxy/a//b",
                                    "/proxy/a/./b", "/proxy/a;b", "/proxy/a%20b"])
def test_b06_the_proxy_forwards_what_it_was_sent(site, target):
    first, _ = site.exchange(request(target), after=b"")
    seen = site.backend.requests
    assert first.status in (200, 400, 404), first
    if first.status == 200 and seen:
        assert seen[0].target == target and not seen[0].flaws
