# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# HTTP/1 framing: where a request ends. A server and its peer that disagree about that let one
# client put words into another's mouth, so whatever is doubtful is refused, the connection is
# closed, and the peer sees nothing. The names of the cases (A01 to A27) are stable.

import time

import pytest

from harness import SMUGGLED, UNDER_TEST, Site, Wire, WireError, answer, request

OURS = pytest.mark.ours


@pytest.fixture(scope="module")
def module_site(shared_lab):
    return Site(shared_lab)


def post(*lines, content=b"", target="/proxy/x", version="1.1"):
    """A POST with these field lines as they are."""
    head = [("POST %s HTTP/%s" % (target, version)).encode(), b"Host: localhost"]
    head += [line.encode("latin-1") if isinstance(line, str) else line for line in lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + content


def chunked(content, *lines):
    return post("Transfer-Encoding: chunked", *lines, content=content)


def case(name, raw, *statuses, ours=False):
    return pytest.param(raw, statuses or (400,), id=name, marks=[OURS] if ours else [])


LENGTHS = [
    case("A01 length and chunked", post(
        "Content-Length: 5", "Transfer-Encoding: chunked", content=b"0\r\n\r\n")),
    case("A01 chunked and length", post(
        "Transfer-Encoding: chunked", "Content-Length: 5", content=b"0\r\n\r\n")),
    case("A02 two lengths that differ", post(
        "Content-Length: 5", "Content-Length: 6", content=b"hello")),
    case("A02 two lengths that agree", post(
        "Content-Length: 5", "Content-Length: 5", content=b"hello")),
    case("A02 a list of lengths", post("Content-Length: 5, 5", content=b"hello")),
    *[case("A03 length %r" % value, post(b"Content-Length: " + value, content=b"hello"))
      for value in [b"+5", b"-5", b"0x5", b"5_0", b"5e0", b'"5"', b"5;", b"5 5", b"5.0",
                    b"\xd9\xa5", b"5\x0b", b"5,"]],
    case("A03 empty length", post("Content-Length:", content=b"hello")),
    case("A03 blank length", post("Content-Length:   ", content=b"hello")),
    *[case("A04 length %s" % name, post("Content-Length: " + value, content=b"hello"), 400, 413)
      for name, value in [("2^63", "9223372036854775808"), ("2^64+5", "18446744073709551621"),
                          ("of 30 digits", "9" * 30), ("2^63-1", "9223372036854775807")]],
]

CODINGS = [
    *[case("A05 coding %r" % value, post(
        "Transfer-Encoding: " + value, content=b"0\r\n\r\n"), 400, 501)
      for value in ["xchunked", "identity", "chunked;a=b", "gzip", "gzip, chunked", "chunked, gzip",
                    "chunked identity", '"chunked"']],
    *[case("A06 coding %r" % value, post(
        "Transfer-Encoding: " + value, content=b"0\r\n\r\n"), 400, 501)
      for value in ["chunked, chunked", ",chunked", "chunked,", "", ","]],
    case("A06 two coding lines", post(
        "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", content=b"0\r\n\r\n")),
    case("A06 two different coding lines", post(
        "Transfer-Encoding: chunked", "Transfer-Encoding: identity", content=b"0\r\n\r\n"),
        400, 501),
    *[case("A07 coding %r" % value, post(
        b"Transfer-Encoding: " + value, content=b"0\r\n\r\n"), 400, 501)
      for value in [b"\x0bchunked", b"chunked\x0c", b"chunked\x00", b"\xc2\xa0chunked",
                    b"chunked\xc2\x85", b"chun\xe2\x84\xaaed", b"\xa0chunked", b"chunked\x01"]],
    case("A08 chunked in HTTP/1.0", post(
        "Transfer-Encoding: chunked", content=b"0\r\n\r\n", version="1.0"), ours=True),
    case("A09 a space before the colon", post(
        "Transfer-Encoding : chunked", content=b"0\r\n\r\n")),
    case("A09 a tab before the colon", post("Transfer-Encoding\t: chunked", content=b"0\r\n\r\n")),
    case("A09 a first line with a space", b"POST /proxy/x HTTP/1.1\r\n Host: localhost\r\n\r\n"),
    case("A09 a first line with a tab", b"POST /proxy/x HTTP/1.1\r\n\tHost: localhost\r\n\r\n"),
    case("A09 a folded line", post(
        "Transfer-Encoding: chunked", " , identity", content=b"0\r\n\r\n")),
    case("A09 a folded coding", post("X: a", "\tb", content=b"")),
    case("A09 a folded name", post("Transfer-Encoding:", " chunked", content=b"0\r\n\r\n")),
]

CHUNKS = [
    # The largest size there is may be written, but nobody takes so much.
    case("A10 chunk size 2^63-1", chunked(b"7fffffffffffffff\r\nhello"), 400, 413),
    *[case("A10 chunk size %r" % size, chunked(size + b"\r\nhello\r\n0\r\n\r\n"), ours=ours)
      for size, ours in [(b"0x5", False), (b"+5", False), (b"-5", False), (b"5_0", False),
                         (b" 5", False), (b"", False), (b"0" * 16 + b"5", True),
                         (b"1" + b"0" * 16, False), (b"8000000000000000", False),
                         (b"ffffffffffffffff", False), (b"g", False), (b"\xef\xbc\x95", False)]],
    *[case("A11 chunk extension %r" % text, chunked(b"5" + text + b"\r\nhello\r\n0\r\n\r\n"),
           ours=True)
      for text in [b";\x01", b";a=\x00", b";a\rb", b";a\nb", b";\x7f"]],
    case("A11 an extension of 64 KiB", chunked(
        b"5;a=" + b"b" * 65536 + b"\r\nhello\r\n0\r\n\r\n"), 400, 413, ours=True),
    case("A11 small chunks with large extensions", chunked(
        (b"1;" + b"b" * 4096 + b"\r\nx\r\n") * 64 + b"0\r\n\r\n"), 400, 413, ours=True),
    *[case("A12 chunk data ends with %r" % end, chunked(b"5\r\nhello" + end + b"0\r\n\r\n"),
           ours=ours)
      for end, ours in [(b"\n", True), (b"\r", True), (b"XX", False), (b"", False),
                        (b"\r\r\n", False), (b" \r\n", False)]],
    case("A12 a chunk size line that ends in LF", chunked(b"5\nhello\r\n0\r\n\r\n"), ours=True),
    case("A12 a last chunk that ends in LF", chunked(b"5\r\nhello\r\n0\n\n"), ours=True),
    case("A12 a chunk size line that ends in CR", chunked(b"5\rhello\r\n0\r\n\r\n"), ours=True),
]

HEADS = [
    *[case("A14 a bare CR %s" % name, raw, 400, 505, ours=ours) for name, raw, ours in [
        ("in a value", post("X: a\rb"), True),
        ("in a name", post("X\ra: b"), False),
        ("in the target", b"GET /proxy/\rx HTTP/1.1\r\nHost: localhost\r\n\r\n", False),
        ("after the version", b"GET /proxy/x HTTP/1.1\r\rHost: localhost\r\n\r\n", False),
        ("before LF twice", post("X: a\r"), True),
        ("as a line end", b"GET /proxy/x HTTP/1.1\rHost: localhost\r\r", False)]],
    *[case("A22 field name %r" % name, post(name + b": b"), ours=ours)
      for name, ours in [(b"", False), (b"a(", True), (b"a)", True), (b"[a]", True), (b"a@b", True),
                         (b"a,b", True), (b"a;b", True), (b"a b", False), (b"a\x80", True),
                         (b"\xc3\xa4", True), (b"a\x00b", False), (b'"a"', True), (b"a/b", True),
                         (b"{a}", True), (b"a=b", True), (b"a\\b", True), (b"a\x7f", True)]],
    case("A22 a line without a colon", post("hello"), ours=True),
    case("A22 a line of one colon", post(":")),
    *[case("A23 value with %#04x" % code, post(b"X: a" + bytes([code]) + b"b"),
           ours=code not in (0, 10, 13))
      for code in [0, 1, 2, 7, 8, 11, 12, 14, 27, 31, 127]],
    case("A25 a method of 10 KiB", b"G" * 10240 + b" /proxy/x HTTP/1.1\r\nHost: a\r\n\r\n",
         400, 414, 501),
    *[case("A25 method %r" % method, method + b" /proxy/x HTTP/1.1\r\nHost: localhost\r\n\r\n",
           400, 405, 501)
      for method in [b"G=", b'G"', b"G:", b"<G>", b"G\x00", b"G\x80", b"G(", b"", b"G\\"]],
    case("A26 many empty lines", b"\r\n" * 10000 + b"GET /proxy/x HTTP/1.1\r\nHost: a\r\n\r\n",
         400, None, ours=True),
]

LINES = [
    *[case("A20 %r" % line, line + b"\r\nHost: localhost\r\n\r\n", 400, 505, ours=ours)
      for line, ours in [
          (b"GET /proxy/x", True), (b"GET", False), (b"GET /proxy/x ", True),
          (b"GET /proxy/x http/1.1", False), (b"GET /proxy/x HTTP/2.0", False),
          (b"GET /proxy/x HTTP/3.0", False), (b"GET /proxy/x HTTP/0.9", False),
          (b"GET /proxy/x HTTP/1.", False), (b"GET /proxy/x HTTP/1", False),
          (b"GET /proxy/x HTTP/11.1", False), (b"GET /proxy/x HTTP/1.1x", False),
          (b"GET /proxy/x HTTP/+1.1", False), (b"GET /proxy/x HTTP/1,1", False),
          (b"GET /proxy/x HTTP /1.1", False), (b"GET /proxy/x HTTP/1.1 a", False),
          (b"GET  /proxy/x HTTP/1.1", True), (b"GET /proxy/x  HTTP/1.1", True),
          (b"GET\t/proxy/x HTTP/1.1", False), (b"GET /proxy/x\tHTTP/1.1", False),
          (b" GET /proxy/x HTTP/1.1", False), (b"GET /proxy/x HTTP/1.1\x00", False)]],
    case("A20 a bare HTTP/0.9 request", b"GET /proxy/x\r\n\r\n", 400, 505, ours=True),
    case("A21 the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 405, 505, None),
]


@pytest.mark.parametrize("raw, statuses", LENGTHS + CODINGS + HEADS + LINES)
def test_a_doubtful_head_is_refused(site, raw, statuses):
    site.refused(raw, statuses)


@pytest.mark.parametrize("raw, statuses", CHUNKS)
def test_a_doubtful_chunk_is_refused(site, raw, statuses):
    site.refused(raw, statuses, reached=True)


@pytest.mark.parametrize("raw, statuses", [
    pytest.param(*p.values, id=p.id, marks=p.marks) for p in LENGTHS + CODINGS + CHUNKS])
def test_files_refuse_the_same(site, raw, statuses):
    """Whether content is forwarded or thrown away, it has one end."""
    raw = raw.replace(b"POST /proxy/x ", b"GET /a.txt ")
    first, after = site.exchange(raw)
    assert first is not None
    if first.status in statuses:
        assert first.closes and after == b""
    else:
        # The file was answered before its request's content was looked at: then the fault must
        # end the connection, and the request after it is never read.
        assert (first.status, first.content) == (200, b"a" * 1000), first
    assert not [read for read in site.sentinel() if "smuggled" in read.target]


@pytest.mark.parametrize("version", ["HTTP/1.2", "HTTP/1.9"])
def test_a20_a_later_minor_version_is_served_as_1_1(site, version):
    with Wire(site.server.port) as wire:
        wire.send(b"GET /a.txt %s\r\nHost: localhost\r\n\r\n" % version.encode())
        answered = wire.response()
        assert answered.status in (200, 400, 505) and answered.version == 1


def test_a20_version_1_32_is_refused_or_served_as_1_1(site):
    first, _ = site.exchange(b"GET /a.txt HTTP/1.32\r\nHost: localhost\r\n\r\n", after=b"")
    assert first.status in (200, 400, 505)


@pytest.mark.parametrize("head", [
    b"GET /proxy/x HTTP/1.1\nHost: localhost\nX-A: b\n\n",
    b"GET /proxy/x HTTP/1.1\r\nHost: localhost\nX-A: b\r\n\n",
    b"GET /proxy/x HTTP/1.1\nHost: localhost\r\nX-A: b\n\r\n",
])
def test_a13_a_bare_lf_ends_a_line_and_is_never_forwarded(site, head):
    with Wire(site.server.port) as wire:
        answered = wire.send(head).response()
        assert (answered.status, answered.text) == (200, "peer /proxy/x")
    assert site.backend.requests[0].get("X-A") == "b"
    assert b"\n" not in site.backend.received.replace(b"\r\n", b"")


FORBIDDEN_TRAILERS = ["Content-Length: 3", "Transfer-Encoding: chunked", "Host: evil",
                      "Authorization: Basic eDp5", "Connection: close", "Content-Type: a/b"]


@pytest.mark.parametrize("line", FORBIDDEN_TRAILERS)
def test_a15_trailers_are_never_merged_into_the_head(site, line):
    raw = chunked(b"5\r\nhello\r\n0\r\n%s\r\n\r\n" % line.encode())
    with Wire(site.server.port) as wire:
        answered = wire.send(raw).response()
    assert answered.status in (200, 400)
    name, _, value = line.partition(": ")
    for read in site.backend.requests:
        assert value not in read.all(name) or (name, value) in [
            ("Transfer-Encoding", "chunked"), ("Connection", "close")], read
        assert not [t for t in read.trailers if t.lower().startswith(name.lower().encode())], read


@pytest.mark.ours
@pytest.mark.parametrize("trailers", [
    b"".join(b"X-%d: a\r\n" % i for i in range(5000)), b"X: " + b"a" * 200_000 + b"\r\n"],
    ids=["many", "large"])
def test_a15_trailers_are_bounded(site, trailers):
    site.refused(chunked(b"5\r\nhello\r\n0\r\n" + trailers + b"\r\n"), (400, 413, 431),
                 reached=True)


@pytest.mark.parametrize("bad", [b"X : a\r\n", b"X\r\n", b": a\r\n", b"X: \x00\r\n", b" X: a\r\n"])
@pytest.mark.ours
def test_a15_a_faulty_trailer_is_refused(site, bad):
    site.refused(chunked(b"5\r\nhello\r\n0\r\n" + bad + b"\r\n"), (400,), reached=True)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("target", ["/proxy/x", "/a.txt", "/text"])
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_a16_content_of_any_method_is_content(site, method, target, coding):
    """The content looks like a request: it must be consumed, or the connection closed."""
    framing = {"Transfer-Encoding": "chunked"} if coding == "chunked" else {}
    content = SMUGGLED if coding == "length" else (
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED))
    with Wire(site.server.port) as wire:
        wire.send(request(target, method, fields=framing, content=content))
        first = wire.response(method)
        assert first.status in (200, 405, 400, 411, 413)
        if not first.closes:
            try:
                second = wire.get("/text")
                assert second.text == "text"
            except WireError as error:
                assert "ended inside a line: b''" in str(error)
        else:
            wire.closed()
    seen = site.sentinel()
    assert not [read for read in seen if "smuggled" in read.target]
    for read in seen:
        assert read.complete and read.content == SMUGGLED, read


def test_a17_the_client_is_told_to_continue(site):
    with Wire(site.server.port) as wire:
        wire.send(post("Content-Length: 5", "Expect: 100-continue"))
        assert wire.head(5).status == 100
        answered = wire.send(b"hello").response()
        assert answered.status == 200
    assert site.backend.requests[0].content == b"hello" and site.backend.requests[0].complete


def test_a17_content_that_comes_at_once_is_read(site):
    with Wire(site.server.port) as wire:
        answered = wire.send(
            post("Content-Length: 5", "Expect: 100-Continue", content=b"hello")).response()
        assert answered.status == 200
    assert site.backend.requests[0].content == b"hello"


def test_a17_an_unknown_expectation_is_417(site):
    with Wire(site.server.port) as wire:
        answered = wire.send(post("Content-Length: 5", "Expect: x", content=b"hello")).response()
        assert answered.status == (200 if UNDER_TEST == "nginx" else 417)


@pytest.mark.ours
def test_a17_a_final_answer_before_the_content_closes(site):
    """The client may or may not send its content now, so nobody can say what comes next."""
    with Wire(site.server.port) as wire:
        wire.send(post("Content-Length: %d" % len(SMUGGLED), "Expect: 100-continue",
                       target="/text"))
        answered = wire.response()
        assert answered.status == 200 and not answered.interim
        assert answered.closes
        wire.send(SMUGGLED).closed()
    assert not [read for read in site.sentinel() if "smuggled" in read.target]


@pytest.mark.ours
def test_a17_an_early_final_answer_of_the_peer_closes(site):
    site.backend.reads_content = False
    try:
        site.backend.script = lambda read, connection: answer(
            b"no", "403 Forbidden") if "sentinel" not in read.target else answer(
            "peer " + read.target)
        with Wire(site.server.port) as wire:
            wire.send(post("Content-Length: 100000", "Expect: 100-continue"))
            answered = wire.response()
            if answered.interim:
                wire.send(b"x" * 10)
            assert answered.status == 403 and answered.content == b"no"
            assert answered.closes
            wire.send(SMUGGLED).closed()
        assert not [read for read in site.sentinel() if "smuggled" in read.target]
    finally:
        site.backend.reads_content = True


def pipeline(count):
    """Requests of many kinds in one go, and what each answer must be."""
    kinds = [
        (request("/text"), "text"),
        (request("/proxy/%d", fields={"X-A": "b"}), "peer /proxy/%d"),
        (request("/a.txt"), "a" * 1000),
        (post("Content-Length: 5", content=b"hello", target="/proxy/p%d"), "peer /proxy/p%d"),
        (post("Transfer-Encoding: chunked", content=b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
              target="/proxy/c%d"), "peer /proxy/c%d"),
    ]
    raw, expected = b"", []
    for index in range(count):
        sent, text = kinds[index % len(kinds)]
        raw += sent.replace(b"%d", b"%d" % index)
        expected.append(text.replace("%d", str(index)))
    return raw, expected


@pytest.mark.parametrize("count", [2, 5, 100])
def test_a18_pipelined_requests_are_answered_in_order(site, count):
    raw, expected = pipeline(count)
    with Wire(site.server.port) as wire:
        wire.send(raw)
        assert [wire.response().text for _ in range(count)] == expected
        wire.open()


def test_a18_every_split_gives_the_same_answers(site):
    raw, expected = pipeline(5)
    for at in range(1, len(raw)):
        with Wire(site.server.port) as wire:
            wire.send_split(raw, at, pause=0.001)
            assert [wire.response().text for _ in expected] == expected, "split at %d" % at


def test_a18_bytes_one_by_one_give_the_same_answers(site):
    raw, expected = pipeline(5)
    with Wire(site.server.port) as wire:
        wire.send_bytewise(raw)
        assert [wire.response().text for _ in expected] == expected


@pytest.mark.parametrize("target", ["/text", "/a.txt", "/missing"])
@pytest.mark.parametrize("size", [100, 100_000])
def test_a19_unread_content_is_never_a_request(site, target, size):
    content = (SMUGGLED * (size // len(SMUGGLED) + 1))[:size]
    with Wire(site.server.port) as wire:
        wire.send(request(target, "POST", content=content))
        first = wire.response("POST")
        assert first.status in (200, 404, 405)
        if first.closes:
            wire.closed()
        else:
            assert wire.get("/text").text == "text"
    assert not site.sentinel()


def test_a19_too_much_content_is_413_and_closes(site):
    site.refused(post("Content-Length: 1000000", content=b"x" * 1000), (413,))


def test_a19_too_much_chunked_content_is_413_and_closes(site):
    piece = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    site.refused(chunked(piece * 12 + b"0\r\n\r\n"), (413,), reached=True)


@pytest.mark.parametrize("raw, statuses", [
    pytest.param(post(*["X-%d: a" % i for i in range(101)]), (431,), id="101 fields",
                 marks=OURS),
    pytest.param(post("X: " + "a" * 65536), (400, 431), id="a field of 64 KiB"),
    pytest.param(post("X: " + "a" * (1 << 20)), (400, 431), id="a field of 1 MiB"),
    pytest.param(post("X" + "a" * 65536 + ": a"), (400, 431), id="a name of 64 KiB"),
    pytest.param(post(*["X-%d: %s" % (i, "a" * 4000) for i in range(40)]), (400, 431),
                 id="160 KB of fields"),
    pytest.param(b"GET /proxy/" + b"a" * 65536 + b" HTTP/1.1\r\nHost: a\r\n\r\n", (414,),
                 id="a target of 64 KiB"),
    pytest.param(b"GET /proxy/" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: a\r\n\r\n", (414,),
                 id="a target of 1 MiB"),
])
def test_a24_heads_are_bounded(site, raw, statuses):
    if UNDER_TEST != "nginx":
        statuses = tuple(status for status in statuses if status != 400)
    site.refused(raw, statuses)


@pytest.mark.parametrize("start", [b"GET /proxy/x HTTP/1.1\r\nX: ", b"GET /proxy/"],
                         ids=["field", "target"])
def test_a24_the_limit_is_answered_without_the_end_of_the_line(site, start):
    with Wire(site.server.port, 5) as wire:
        wire.send(start + b"a" * 70000)
        began = time.monotonic()
        answered = wire.response()
        assert answered.status in (400, 414, 431) and time.monotonic() - began < 2
    assert not site.sentinel()


@pytest.mark.parametrize("count", [1, 2])
def test_a26_an_empty_line_before_a_request_is_accepted(site, count):
    with Wire(site.server.port) as wire:
        answered = wire.send(b"\r\n" * count + request("/text")).response()
        assert answered.text == "text"


@pytest.mark.parametrize("raw", [
    post("Content-Length: 100", content=b"x" * 50),
    chunked(b"5\r\nhello\r\n"),
    chunked(b"64\r\nhello"),
    chunked(b"5\r\nhello\r\n0\r\n"),
    chunked(b"5\r\nhello\r\n0\r\nX: a\r\n"),
], ids=["length", "no last chunk", "inside a chunk", "no end", "inside trailers"])
@pytest.mark.parametrize("leave", ["close", "half close", "reset"])
def test_a27_half_a_request_is_never_a_whole_one(site, raw, leave):
    wire = Wire(site.server.port)
    wire.send(raw)
    time.sleep(0.02)
    if leave == "half close":
        wire.finish_sending()
        data = wire.rest()
        assert not data or data.startswith(b"HTTP/1.1 400"), data
    if leave == "reset":
        wire.reset()
    wire.close()
    assert not [read for read in site.sentinel() if read.complete]


@pytest.mark.ours
def test_g_memory_comes_back(site):
    """After thousands of refused requests the server holds what it held before them."""
    raws = [p.values[0] for p in LENGTHS + CODINGS + HEADS + LINES]

    def all_of_them():
        for raw in raws:
            with Wire(site.server.port) as wire:
                wire.send(raw[:100_000])
    for _ in range(3):
        all_of_them()
    site.sentinel()
    before = site.server.memory()
    for _ in range(10):
        all_of_them()
    site.sentinel()
    assert site.server.memory() < before * 1.1 + 500
