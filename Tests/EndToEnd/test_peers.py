# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Peers that are slow, broken, hostile or gone (H01 to H11). Whatever a peer does, the client gets
# a right answer or sees that there is none, and the next client is not harmed. The names of the
# cases are stable.

import time

import pytest

from harness import UNDER_TEST, Site, Wire, WireError, answer, free_port, request

OURS = pytest.mark.ours

CONFIGURATION = """
    upstream peers { server %%BACKEND%% max_fails=0; keepalive 8; }
    server {
        listen 127.0.0.1:%%PORT%%;
        proxy_connect_timeout 1s;
        proxy_read_timeout 1s;
        proxy_send_timeout 1s;
        location /proxy/ {
            proxy_pass http://peers;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
"""


def scripted(raw, end=False):
    """A script that answers with raw bytes, but serves the sentinel as it should."""
    def script(read, connection):
        if "sentinel" in read.target:
            return answer("peer " + read.target)
        connection.send(raw)
        if end:
            connection.close()
        return None
    return script


@pytest.fixture(scope="module")
def module_site(shared_lab):
    return Site(shared_lab, CONFIGURATION)


def ask(site, raw, method="GET", end=False, target="/proxy/x"):
    site.backend.script = scripted(raw, end)
    with Wire(site.server.port) as wire:
        return wire.get(target, method)


def case(name, raw, ours=False):
    return pytest.param(raw, id=name, marks=[OURS] if ours else [])


OK = b"HTTP/1.1 200 OK\r\n"

BROKEN = [
    case("H01 length and chunked",
         OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ours=True),
    case("H01 two lengths",
         OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", ours=True),
    case("H01 a signed length", OK + b"Content-Length: +5\r\n\r\nhello", ours=True),
    case("H01 a huge length", OK + b"Content-Length: 99999999999999999999\r\n\r\nhello", ours=True),
    case("H01 an unknown coding", OK + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", ours=True),
    case("H01 chunked twice",
         OK + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n", ours=True),
    case("H01 NUL in a value", OK + b"X: a\x00b\r\nContent-Length: 0\r\n\r\n"),
    case("H01 CR in a value", OK + b"X: a\rb\r\nContent-Length: 0\r\n\r\n", ours=True),
    case("H01 a space before the colon", OK + b"X : a\r\nContent-Length: 0\r\n\r\n", ours=True),
    case("H01 a folded line", OK + b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n", ours=True),
    case("H01 a line without a colon", OK + b"hello\r\nContent-Length: 0\r\n\r\n", ours=True),
    case("H01 a head of 1 MiB", OK + b"X: " + b"a" * (1 << 20) + b"\r\nContent-Length: 0\r\n\r\n"),
    *[case("H01 %r" % line, line + b"\r\nContent-Length: 0\r\n\r\n", ours=True)
      for line in [b"200 OK", b"HTTP/1.1 20 OK", b"HTTP/1.1 099 OK", b"HTTP/1.1 1000 OK",
                   b"HTTP/1.1 abc OK", b"HTTP/1.1", b"HTTP/2.0 200 OK", b"hello",
                   b"HTTP/1.1  200 OK", b"http/1.1 200 OK", b"HTTP/1.1 -200 OK"]],
    case("H02 101 that nobody asked for", b"HTTP/1.1 101 Switching Protocols\r\n"
         b"Connection: upgrade\r\nUpgrade: x\r\n\r\nhello", ours=True),
]


@pytest.mark.parametrize("raw", BROKEN)
def test_h01_a_broken_answer_is_502(site, raw):
    answered = ask(site, raw)
    assert answered.status == 502, answered
    # Its connection is not used again.
    site.sentinel()
    assert all(len(c.requests) == 1 for c in site.backend.connections if c.requests)


@pytest.mark.parametrize("raw", [
    case("no size", b"\r\nhello\r\n0\r\n\r\n"), case("not a size", b"xyz\r\nhello\r\n0\r\n\r\n"),
    case("too large a size", b"fffffffffffffffff\r\nhello\r\n"),
    case("no CRLF after the data", b"5\r\nhelloXX0\r\n\r\n"),
    case("the end is missing", b"5\r\nhello\r\n"), case("half a chunk", b"20\r\nhello"),
])
def test_h01_h03_a_broken_chunk_ends_the_answer_visibly(site, raw):
    site.backend.script = scripted(OK + b"Transfer-Encoding: chunked\r\n\r\n" + raw, end=True)
    with Wire(site.server.port) as wire:
        wire.send(request("/proxy/x"))
        try:
            assert wire.response().status == 502
        except WireError as error:
            assert "ended" in str(error)


@pytest.mark.ours
def test_h01_a_bare_lf_of_the_peer_is_not_passed_on(site):
    answered = ask(site, b"HTTP/1.1 200 OK\nX: a\nContent-Length: 2\n\nok")
    assert answered.status == 502 or (answered["X"], answered.content) == ("a", b"ok")


@pytest.mark.ours
def test_h02_interim_answers_are_bounded(site):
    few = ask(site, b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + answer(b"ok"))
    assert (few.status, few.content) == (200, b"ok")
    flood = ask(site, b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" * 1000 + answer(b"ok"))
    assert flood.status == 502 and len(flood.interim) <= 10


def test_h03_more_than_its_length_is_never_relayed(site):
    with Wire(site.server.port) as wire:
        site.backend.script = scripted(answer(b"hello") + answer(b"poison"))
        assert wire.get("/proxy/x").content == b"hello"
        time.sleep(0.02)
        assert wire.get("/proxy/sentinel").text == "peer /proxy/sentinel"
    assert site.server.get("/proxy/sentinel2").text == "peer /proxy/sentinel2"


@pytest.mark.parametrize("raw", [
    OK + b"Content-Length: 100\r\n\r\nhello",
    b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nhello",
], ids=["1.1", "1.0"])
def test_h03_less_than_its_length_ends_the_connection(site, raw):
    with pytest.raises(WireError, match="ended after"):
        ask(site, raw, end=True)


@pytest.mark.parametrize("method, raw, status, content", [
    ("GET", b"HTTP/1.1 204 No Content\r\n\r\npoison", 204, b""),
    ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\npoison", 304, b""),
    ("HEAD", OK + b"Content-Length: 6\r\n\r\npoison", 200, b""),
    ("HEAD", OK + b"Transfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n", 200, b""),
], ids=["204", "304", "HEAD", "HEAD chunked"])
def test_h04_content_where_there_must_be_none(site, method, raw, status, content):
    site.backend.script = scripted(raw)
    with Wire(site.server.port) as wire:
        answered = wire.get("/proxy/x", method)
        assert (answered.status, answered.content) == (status, content)
        time.sleep(0.02)
        following = wire.get("/proxy/sentinel")
        assert following.text == "peer /proxy/sentinel"


@pytest.mark.parametrize("raw, content", [
    (OK + b"\r\nuntil the end", b"until the end"),
    (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", b"until the end"),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n"
     b"3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n", b"abcde"),
    pytest.param(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", b"ok", marks=OURS),
    (b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", b"ok"),
    (OK + b"Content-Length: 0\r\n\r\n", b""),
])
def test_every_right_framing_is_relayed(site, raw, content):
    answered = ask(site, raw, end=b"Length" not in raw and b"chunked" not in raw)
    assert (answered.status, answered.content) == (200, content)


def stale_after_one(read, connection):
    """Answers the first request of a connection, and dies when it sees the second."""
    if len(connection.requests) == 1:
        return answer("peer " + read.target)
    connection.reset()
    return None


def test_h05_a_stale_connection_is_tried_again(site):
    site.backend.script = stale_after_one
    with Wire(site.server.port) as wire:
        for number in range(6):
            answered = wire.get("/proxy/%d" % number)
            assert (answered.status, answered.text) == (200, "peer /proxy/%d" % number)


def test_h05_nothing_is_tried_again_once_an_answer_has_begun(site):
    def script(read, connection):
        if "sentinel" in read.target or len(connection.requests) == 1:
            return answer("peer " + read.target)
        connection.send(OK + b"Content-Length: 100\r\n\r\nhalf")
        connection.close()
        return None
    site.backend.script = script
    with Wire(site.server.port) as wire:
        assert wire.get("/proxy/a").status == 200
        with pytest.raises(WireError):
            wire.get("/proxy/b")
    assert [read.target for read in site.backend.requests].count("/proxy/b") == 1


def test_h06_a_post_is_never_sent_twice(site):
    site.backend.script = stale_after_one
    with Wire(site.server.port) as wire:
        assert wire.get("/proxy/a").status == 200
        answered = wire.get("/proxy/b", "POST", content=b"hello")
        assert answered.status in (200, 502)
    assert [read.target for read in site.backend.requests].count("/proxy/b") == 1


def test_h06_a_post_fails_when_the_only_peer_dies_with_it(site):
    site.backend.script = lambda read, connection: (
        connection.reset() if "sentinel" not in read.target else answer("peer " + read.target))
    answered = site.server.get("/proxy/b", "POST", content=b"hello")
    assert answered.status == 502
    assert [read.target for read in site.backend.requests] == ["/proxy/b"]


@pytest.mark.ours
def test_h07_a_line_end_in_a_variable_splits_no_answer(lab):
    server = lab.server("""
        server {
            listen 127.0.0.1:%%PORT%%;
            location /add { add_header X-A "a$arg_a"; add_header X-U $uri; return 204; }
            location /go { return 302 /to$uri; }
            location /code/ { return 301 http://localhost$uri; }
        }
    """)
    for target in ["/add?a=%0d%0aSet-Cookie:x", "/add/%0d%0aSet-Cookie:%20x", "/go%0d%0aX:%20y",
                   "/code/%0d%0aX:%20y", "/code/%0aX:%20y", "/go%0dX"]:
        answered = server.get(target)
        assert "Set-Cookie" not in answered and "X" not in answered, (target, answered)
        assert answered.status in (204, 301, 302, 400, 500)


def test_h08_what_only_a_peer_may_say_is_ignored_from_a_client(lab):
    site = Site(lab, """
        server {
            listen 127.0.0.1:%%PORT%%;
            location /proxy/ { proxy_pass http://%%BACKEND%%; }
            location /inside/ { internal; return 200 "inside"; }
        }
    """)
    answered = site.server.get("/proxy/x", fields=[
        ("X-Accel-Redirect", "/inside/"), ("X-Accel-Buffering", "no"),
        ("X-Sendfile", "/etc/passwd")])
    assert answered.text == "peer /proxy/x"
    assert site.server.get("/inside/").status == 404


def test_h09_the_client_cannot_strip_or_add_hop_by_hop_fields(site):
    with Wire(site.server.port) as wire:
        wire.get("/proxy/x", fields=[
            ("Connection", "X-Forwarded-For, Host, Content-Length, X-Gone, keep-alive"),
            ("X-Forwarded-For", "1.2.3.4"), ("Keep-Alive", "timeout=5"),
            ("Proxy-Connection", "keep-alive"), ("TE", "trailers"), ("Upgrade", "h2c"),
            ("Proxy-Authorization", "Basic eDp5"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")])
    read = site.backend.requests[0]
    assert read.get("Host") and not read.flaws
    for name in ["Keep-Alive", "Upgrade"]:
        assert name not in read, read
    if UNDER_TEST != "nginx":
        for name in ["Proxy-Connection", "TE", "HTTP2-Settings"]:
            assert name not in read, read
        assert read.get("X-Forwarded-For") == "1.2.3.4"
    assert "close" not in read.get("Connection", "")


def test_h09_hop_by_hop_fields_of_the_peer_stay_there(site):
    answered = ask(site, OK + b"Connection: X-Private, keep-alive\r\nKeep-Alive: timeout=5\r\n"
                   b"Content-Length: 2\r\n\r\nok")
    assert answered.content == b"ok" and "Keep-Alive" not in answered
    assert "X-Private" not in answered.get("Connection", "")


@pytest.mark.ours
def test_h10_the_proxy_field_is_dropped(site):
    with Wire(site.server.port) as wire:
        wire.get("/proxy/x", fields=[("Proxy", "http://evil"), ("X-Good", "a")])
    assert "Proxy" not in site.backend.requests[0]
    assert site.backend.requests[0].get("X-Good") == "a"


def test_h10_names_with_underscores_are_dropped(site):
    with Wire(site.server.port) as wire:
        wire.get("/proxy/x", fields=[("X_Real_IP", "1.2.3.4"), ("Content_Length", "5")])
    read = site.backend.requests[0]
    assert "X_Real_IP" not in read and "Content_Length" not in read


def test_h10_forwarded_for_is_appended(lab):
    site = Site(lab, """
        server {
            listen 127.0.0.1:%%PORT%%;
            location /proxy/ {
                proxy_pass http://%%BACKEND%%;
                proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                proxy_set_header X-Real-IP $remote_addr;
            }
        }
    """)
    site.server.get("/proxy/x", fields=[("X-Forwarded-For", "1.2.3.4"), ("X-Real-IP", "1.2.3.4")])
    read = site.backend.requests[0]
    assert read.all("X-Forwarded-For") == ["1.2.3.4, 127.0.0.1"]
    assert read.all("X-Real-IP") == ["127.0.0.1"]


def test_h11_a_refused_connection_is_502(lab):
    server = lab.server("""
        server { listen 127.0.0.1:%%PORT%%; location / { proxy_pass http://127.0.0.1:%%DEAD%%; } }
    """, dead=free_port())
    answered = server.get("/")
    assert answered.status == 502 and "502 Bad Gateway" in answered.text
    server.wait_for_error(r"111: Connection refused.* while connecting to upstream")


@pytest.mark.parametrize("raw", [b"", OK, b"HTTP/1.1 200 OK\r\nContent-Le"])
def test_h11_a_peer_that_ends_before_its_head_is_502(site, raw):
    assert ask(site, raw, end=True).status == 502


def test_h11_a_silent_peer_is_504(site):
    began = time.monotonic()
    assert ask(site, b"").status == 504
    assert 0.8 < time.monotonic() - began < 5
    site.server.wait_for_error(r"110: Connection timed out.* while reading response header")


def test_h11_a_peer_that_stops_in_its_content_ends_the_answer(site):
    with pytest.raises(WireError, match="ended after"):
        ask(site, OK + b"Content-Length: 100\r\n\r\nhalf")


def test_h11_another_peer_takes_over_and_the_first_comes_back(lab):
    port = free_port()
    backup = lab.backend(lambda read, connection: answer("second"))
    server = lab.server("""
        upstream peers {
            server 127.0.0.1:%%FIRST%% max_fails=1 fail_timeout=1s;
            server %%SECOND%%;
        }
        server { listen 127.0.0.1:%%PORT%%; location / { proxy_pass http://peers; } }
    """, main="worker_processes 1;", first=port, second=backup.address)
    assert [server.get("/").text for _ in range(6)] == ["second"] * 6
    lab.backend(lambda read, connection: answer("first"), port=port)
    deadline = time.monotonic() + 5
    while server.get("/").text != "first":
        assert time.monotonic() < deadline, "the first peer did not come back"
        time.sleep(0.05)


@pytest.mark.ours
def test_h11_when_all_have_failed_one_that_is_back_is_found(lab):
    ports = [free_port(), free_port()]
    server = lab.server("""
        upstream peers { server 127.0.0.1:%%FIRST%%; server 127.0.0.1:%%SECOND%%; }
        server { listen 127.0.0.1:%%PORT%%; location / { proxy_pass http://peers; } }
    """, first=ports[0], second=ports[1])
    assert server.get("/").status == 502
    lab.backend(lambda read, connection: answer("back"), port=ports[1])
    assert [server.get("/").text for _ in range(4)] == ["back"] * 4


@pytest.mark.parametrize("method, status", [("PUT", 200), ("POST", 502)])
def test_h06_content_is_sent_again_only_where_that_does_no_harm(lab, method, status):
    first = lab.backend(lambda read, connection: connection.reset())
    second = lab.backend(lambda read, connection: answer(read.content))
    server = lab.server("""
        upstream peers { server %%FIRST%% weight=1000; server %%SECOND%%; }
        server { listen 127.0.0.1:%%PORT%%; location / { proxy_pass http://peers; } }
    """, first=first.address, second=second.address)
    answered = server.get("/", method, content=b"hello" * 100)
    assert answered.status == status
    assert [read.content for read in second.requests] == ([b"hello" * 100] if status == 200 else [])


@pytest.mark.parametrize("weights, expected", [
    ((5, 1, 1), "aabacaa"), ((3, 1), "aaba"), ((1, 1), "ab"), ((2, 2, 1), "abcab"),
])
def test_weights_follow_the_smooth_sequence(lab, weights, expected):
    peers = [lab.backend(lambda read, connection, name=name: answer(name)) for name in "abc"]
    rows = " ".join("server %s weight=%d;" % pair for pair in zip(peers, weights))
    server = lab.server("""
        upstream peers { %%ROWS%% }
        server { listen 127.0.0.1:%%PORT%%; location / { proxy_pass http://peers; } }
    """, main="worker_processes 1;", rows=rows)
    with server.connect() as wire:
        assert "".join(wire.get("/").text for _ in expected * 3) == expected * 3


def test_a_client_that_leaves_cancels_its_request(site):
    ends = []
    site.backend.script = lambda read, connection: (
        answer("peer " + read.target) if "sentinel" in read.target
        else ends.append(connection.wait_for_end(5)))
    wire = Wire(site.server.port)
    wire.send(request("/proxy/x"))
    site.backend.wait_for(1)
    wire.close()
    deadline = time.monotonic() + 5
    while not ends:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert ends == [True]


def test_large_content_comes_through_whole_both_ways(lab):
    site = Site(lab, CONFIGURATION.replace("listen", "client_max_body_size 0; listen"))
    site.backend.script = lambda read, connection: answer(
        read.content) if read.content else answer("peer " + read.target)
    content = bytes(range(256)) * 40_000
    for framing in ["length", "chunked"]:
        if framing == "length":
            raw = request("/proxy/x", "POST", content=content)
        else:
            pieces = [content[i:i + 70_000] for i in range(0, len(content), 70_000)]
            raw = request("/proxy/x", "POST", fields={"Transfer-Encoding": "chunked"}) + b"".join(
                b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"
        with Wire(site.server.port, 30) as wire:
            answered = wire.send(raw).response()
        assert answered.content == content


def test_h06_an_error_page_at_another_peer_gets_the_method_and_the_content(lab):
    first = lab.backend(answer("gone", "503 Service Unavailable"))
    second = lab.backend(lambda read, connection: answer(read.method + " " + read.target))
    server = lab.server("""
        server {
            listen 127.0.0.1:%%PORT%%;
            proxy_intercept_errors on;
            location /named { proxy_pass http://%%FIRST%%; error_page 503 = @second; }
            location /path { proxy_pass http://%%FIRST%%; error_page 503 = /other; }
            location /other { proxy_pass http://%%SECOND%%; }
            location @second { proxy_pass http://%%SECOND%%; }
        }
    """, first=first.address, second=second.address)
    assert server.get("/named", "POST", content=b"hello").text == "POST /named"
    assert second.requests[0].content == b"hello"
    assert server.get("/path", "POST", content=b"hello").text == "GET /other"


@pytest.mark.ours
def test_h06_an_error_page_never_gets_half_of_the_content(lab):
    first = lab.backend(answer("gone", "503 Service Unavailable"))
    second = lab.backend(lambda read, connection: answer(read.method + " " + read.target))
    server = lab.server("""
        server {
            listen 127.0.0.1:%%PORT%%;
            proxy_intercept_errors on;
            client_max_body_size 0;
            location / { proxy_pass http://%%FIRST%%; error_page 503 = @second; }
            location @second { proxy_pass http://%%SECOND%%; }
        }
    """, first=first.address, second=second.address)
    assert server.get("/", "POST", content=b"x" * 300_000).status == 502
    assert not second.requests
