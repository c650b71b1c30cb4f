# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Sessions of `stream`: every byte passes, in both directions, whatever either side does, and the
# log says what has passed.

import pathlib
import random
import socket
import struct
import threading
import time

import pytest

from harness import UNDER_TEST
from harness.server import StartFailed, until

FORMAT = 'log_format m "$status $bytes_received $bytes_sent $upstream_bytes_sent ' \
         '$upstream_bytes_received $upstream_addr";'


class Peer:
    """Takes connections, and does with each of them what a function says."""

    def __init__(self, serve):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.serve, self.seen = serve, []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.settimeout(20)
        with connection:
            try:
                self.serve(connection, self.seen)
            except OSError:
                pass

    def stop(self):
        # A thread that accepts does not hear of a close.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()


def echo(connection, seen):
    while data := connection.recv(65536):
        seen.append(data)
        connection.sendall(data)


def collect(connection, seen):
    """Reads to the end, then says how much it was."""
    total = 0
    while data := connection.recv(65536):
        total += len(data)
        seen.append(data)
    connection.sendall(b"got %d" % total)


@pytest.fixture
def peer(lab):
    def make(serve):
        made = Peer(serve)
        lab.started.insert(0, made)
        return made
    return make


# Debian's nginx has it as a module of its own.
MODULE = pathlib.Path("/usr/lib/nginx/modules/ngx_stream_module.so")

pytestmark = pytest.mark.skipif(
    UNDER_TEST == "nginx" and not MODULE.exists(), reason="nginx has no stream module here")


def stream(lab, text, http="", **names):
    module = "load_module %s;\n" % MODULE if UNDER_TEST == "nginx" else ""
    return lab.server(http, main=module + "stream {\n" + text + "\n}\n", **names)


def dial(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.settimeout(20)
    return connection


def read_all(connection):
    data = b""
    while True:
        try:
            part = connection.recv(65536)
        except ConnectionResetError:
            return data
        if not part:
            return data
        data += part


def ask(port, data=b""):
    with dial(port) as connection:
        connection.sendall(data)
        return read_all(connection)


def log(server, lines=1, name="stream.log"):
    path = server.directory / name
    until(lambda: path.exists() and len(path.read_text().splitlines()) >= lines, 10,
          lambda: "no line in %s\n%s" % (name, server.errors()))
    return path.read_text().splitlines()


def test_what_is_sent_comes_back_byte_for_byte(lab, peer):
    there = peer(echo)
    server = stream(lab, FORMAT + """
        server { listen 127.0.0.1:%%PORT%%; proxy_pass 127.0.0.1:%%PEER%%;
                 access_log %%DIR%%/stream.log m; }""", peer=there.port)
    data = random.Random(7).randbytes(3 << 20)
    with dial(server.port) as connection:
        def send():
            connection.sendall(data)
        sender = threading.Thread(target=send)
        sender.start()
        received = b""
        while len(received) < len(data):
            received += connection.recv(65536)
        sender.join()
    assert received == data
    count = len(data)
    assert log(server) == ["200 %d %d %d %d 127.0.0.1:%d" % (
        count, count, count, count, there.port)]


def test_a_text_is_sent_and_ends_the_session(lab):
    server = stream(lab, """
        map $remote_addr $who { 127.0.0.1 me; default you; }
        server { listen 127.0.0.1:%%PORT%%; set $a "$who"; return "$a $protocol $status"; }""")
    assert ask(server.port) == b"me TCP 000"
    # What the client has said does not destroy the answer.
    assert ask(server.port, b"x" * 4096) == b"me TCP 000"


def test_half_close_lets_the_answer_through(lab, peer):
    there = peer(collect)
    server = stream(lab, """
        server { listen 127.0.0.1:%%PORT%%; proxy_pass 127.0.0.1:%%PEER%%; proxy_half_close on; }
        server { listen 127.0.0.1:%%PORT1%%; proxy_pass 127.0.0.1:%%PEER%%; }""",
        peer=there.port)
    with dial(server.port) as connection:
        connection.sendall(b"x" * 100000)
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == b"got 100000"
    # Without it the session ends with the first side that ends.
    with dial(server.ports["PORT1"]) as connection:
        connection.sendall(b"x")
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == b""


def test_the_next_peer_is_tried(lab, peer):
    there = peer(echo)
    server = stream(lab, FORMAT + """
        access_log %%DIR%%/stream.log m;
        upstream u { server 127.0.0.1:%%PORT9%% max_fails=0; server 127.0.0.1:%%PEER%% backup; }
        server { listen 127.0.0.1:%%PORT%%; proxy_pass u; }
        server { listen 127.0.0.1:%%PORT1%%; proxy_pass u; proxy_next_upstream off; }
        server { listen 127.0.0.1:%%PORT2%%; proxy_pass u; proxy_next_upstream_tries 1; }""",
        peer=there.port)
    dead = "127.0.0.1:%d" % server.ports["PORT9"]
    with dial(server.port) as connection:
        connection.sendall(b"hello")
        assert connection.recv(100) == b"hello"
    assert log(server)[0].endswith("%s, 127.0.0.1:%d" % (dead, there.port))
    assert ask(server.ports["PORT1"]) == b""
    assert ask(server.ports["PORT2"]) == b""
    assert log(server, 3)[1:] == ["502 0 0 0 0 " + dead] * 2


@pytest.mark.ours
def test_a_header_of_the_proxy_protocol_is_read_and_written(lab, peer):
    def tell(connection, seen):
        data = b""
        while not data.endswith(b"end"):
            data += connection.recv(4096)
        connection.sendall(data)
    there = peer(tell)
    server = stream(lab, """
        server { listen 127.0.0.1:%%PORT%% proxy_protocol; set_real_ip_from 127.0.0.0/8;
                 proxy_pass 127.0.0.1:%%PEER%%; proxy_protocol on; }
        server { listen 127.0.0.1:%%PORT1%%; proxy_pass 127.0.0.1:%%PEER%%; proxy_protocol v2; }
        server { listen 127.0.0.1:%%PORT2%% proxy_protocol;
                 return "$proxy_protocol_addr $proxy_protocol_server_port $remote_addr"; }""",
        peer=there.port)
    head = b"PROXY TCP4 192.0.2.1 192.0.2.2 1234 5678\r\n"
    assert ask(server.ports["PORT2"], head) == b"192.0.2.1 5678 127.0.0.1"
    with dial(server.port) as connection:
        for byte in head + b"some":
            connection.sendall(bytes([byte]))
        connection.sendall(b"end")
        sent = connection.recv(4096)
        assert sent == b"PROXY TCP4 192.0.2.1 127.0.0.1 1234 %d\r\nsomeend" % server.port
    with dial(server.ports["PORT1"]) as connection:
        connection.sendall(b"end")
        sent = connection.recv(4096)
        assert sent[:16] == b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x13"
        assert sent[16:24] == b"\x7f\0\0\1\x7f\0\0\1"
        assert struct.unpack("!HH", sent[24:28]) == (
            connection.getsockname()[1], server.ports["PORT1"])
        assert sent[28:31] == b"\x03\0\4" and sent[35:] == b"end"


@pytest.mark.parametrize("head", [
    b"GET / HTTP/1.0\r\n\r\n", b"PROXY TCP4 1.2.3.4\r\n", b"PROXY INVALID",
    b"\r\n\r\n\0\r\nQUIP\n"])
def test_who_sends_no_header_is_refused(lab, head):
    server = stream(lab, FORMAT + """
        server { listen 127.0.0.1:%%PORT%% proxy_protocol; return x;
                 access_log %%DIR%%/stream.log m; }""")
    assert ask(server.port, head) == b""
    assert log(server)[0].startswith("400 ")


def test_a_denied_client_gets_nothing(lab):
    server = stream(lab, FORMAT + """
        access_log %%DIR%%/stream.log m;
        server { listen 127.0.0.1:%%PORT%%; deny all; return x; }
        server { listen 127.0.0.1:%%PORT1%%; allow 127.0.0.0/8; deny all; return x; }""")
    assert ask(server.port) == b""
    assert ask(server.ports["PORT1"]) == b"x"
    assert [line.split()[0] for line in log(server, 2)] == ["403", "200"]
    assert "access forbidden by rule" in server.errors()


def test_only_so_many_sessions_at_once(lab, peer):
    there = peer(echo)
    server = stream(lab, FORMAT + """
        access_log %%DIR%%/stream.log m;
        limit_conn_zone $binary_remote_addr zone=z:1m;
        server { listen 127.0.0.1:%%PORT%%; limit_conn z 1; proxy_pass 127.0.0.1:%%PEER%%; }""",
        peer=there.port)
    with dial(server.port) as first:
        first.sendall(b"a")
        assert first.recv(10) == b"a"
        assert ask(server.port) == b""
        assert log(server)[0].startswith("503 ")
    log(server, 2)
    with dial(server.port) as again:
        again.sendall(b"b")
        assert again.recv(10) == b"b"


def test_a_session_that_rests_ends(lab, peer):
    there = peer(echo)
    server = stream(lab, FORMAT + """
        server { listen 127.0.0.1:%%PORT%%; proxy_timeout 300ms; proxy_pass 127.0.0.1:%%PEER%%;
                 access_log %%DIR%%/stream.log m; }""", peer=there.port)
    with dial(server.port) as connection:
        connection.sendall(b"a")
        assert connection.recv(10) == b"a"
        assert read_all(connection) == b""
    assert log(server)[0].startswith("200 1 1 1 1 ")
    assert "connection timed out (110: Connection timed out)" in server.errors()


def test_rates_hold_both_directions(lab, peer):
    there = peer(echo)
    server = stream(lab, """
        server { listen 127.0.0.1:%%PORT%%; proxy_upload_rate 2k; proxy_pass 127.0.0.1:%%PEER%%; }
        server { listen 127.0.0.1:%%PORT1%%; proxy_download_rate 2k;
                 proxy_pass 127.0.0.1:%%PEER%%; }""", peer=there.port)
    for port in server.port, server.ports["PORT1"]:
        with dial(port) as connection:
            connection.sendall(b"x" * 5000)
            began, received = time.monotonic(), b""
            while len(received) < 5000:
                received += connection.recv(65536)
            # Two or three seconds' worth: it cannot have come at once.
            assert time.monotonic() - began > 1
            assert received == b"x" * 5000


@pytest.mark.ours
def test_a_connection_is_handed_to_another_listener(lab):
    server = stream(lab, """
        server { listen 127.0.0.1:%%PORT%%; pass 127.0.0.1:%%PORT2%%; }
        server { listen 127.0.0.1:%%PORT1%%; pass 127.0.0.1:%%PORT1%%; }
        server { listen 127.0.0.1:%%PORT3%%; pass 127.0.0.1:%%PORT%%; }""", http="""
        server { listen 127.0.0.1:%%PORT2%%; location / { return 200 "by http"; } }""")
    for port in server.port, server.ports["PORT3"]:
        answer = ask(port, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and answer.endswith(b"by http")
    assert ask(server.ports["PORT1"]) == b""
    assert "stream pass cycle" in server.errors()


def hello(name=None, protocols=(), version13=False):
    """A ClientHello as browsers send it, in one record."""
    def block(size, data):
        return len(data).to_bytes(size, "big") + data
    extensions = b""
    if name:
        host = b"\0" + block(2, name)
        extensions += b"\0\0" + block(2, block(2, host))
    if protocols:
        extensions += b"\0\x10" + block(2, block(2, b"".join(block(1, p) for p in protocols)))
    if version13:
        extensions += b"\0\x2b" + block(2, block(1, b"\3\4"))
    body = (b"\3\3" + bytes(32) + block(1, b"") + block(2, b"\x13\1") + block(1, b"\0")
            + block(2, extensions))
    return b"\x16\3\1" + block(2, b"\1" + block(3, body))


PREREAD = """
    ssl_preread on;
    server { listen 127.0.0.1:%%PORT%%; server_name default.test;
             return "$server_name|$ssl_preread_server_name|$ssl_preread_alpn_protocols|"
                    "$ssl_preread_protocol"; }
    server { listen 127.0.0.1:%%PORT%%; server_name a.test *.b.test;
             return "a|$ssl_preread_server_name"; }
    server { listen 127.0.0.1:%%PORT%%; server_name "~^(?<n>[a-z]+)[.]c[.]test$"; return "c $n"; }
"""


@pytest.mark.ours
def test_a_client_hello_is_read_without_being_answered(lab):
    server = stream(lab, PREREAD.replace('|"\n                    "$', '|$'))
    one = hello(b"Other.test", [b"h2", b"http/1.1"])
    assert ask(server.port, one) == b"default.test|Other.test|h2,http/1.1|TLSv1.2"
    assert ask(server.port, hello(b"a.test", version13=True)) == b"a|a.test"
    assert ask(server.port, hello(b"x.B.test")) == b"a|x.B.test"
    assert ask(server.port, hello(b"web.c.test")) == b"c web"
    assert ask(server.port, hello(version13=True)) == b"default.test|||TLSv1.3"
    assert ask(server.port, b"GET / HTTP/1.0\r\n\r\n") == b"default.test|||"
    with dial(server.port) as connection:
        for byte in hello(b"a.test"):
            connection.sendall(bytes([byte]))
        assert read_all(connection) == b"a|a.test"


def test_what_was_read_ahead_is_passed_on(lab, peer):
    there = peer(echo)
    server = stream(lab, """
        ssl_preread on;
        map $ssl_preread_server_name $to { a.test 127.0.0.1:%%PEER%%; default 127.0.0.1:1; }
        server { listen 127.0.0.1:%%PORT%%; proxy_pass $to; }""", peer=there.port)
    sent = hello(b"a.test") + b"and more"
    with dial(server.port) as connection:
        connection.sendall(sent)
        received = b""
        while len(received) < len(sent):
            received += connection.recv(65536)
        assert received == sent


def test_what_is_read_ahead_is_bounded(lab):
    server = stream(lab, FORMAT + """
        server { listen 127.0.0.1:%%PORT%%; ssl_preread on; preread_buffer_size 64; return x;
                 access_log %%DIR%%/stream.log m; }
        server { listen 127.0.0.1:%%PORT1%%; ssl_preread on; preread_timeout 200ms; return x;
                 access_log %%DIR%%/stream.log m; }""")
    assert ask(server.port, hello(b"a" * 100)) == b""
    assert ask(server.ports["PORT1"], hello(b"a.test")[:20]) == b""
    assert [line.split()[0] for line in log(server, 2)] == ["400", "200"]
    assert "preread buffer full" in server.errors()


def test_sessions_outlive_a_reload(lab, peer):
    there = peer(echo)
    server = stream(lab, """
        server { listen 127.0.0.1:%%PORT%%; proxy_pass 127.0.0.1:%%PEER%%; }""", peer=there.port)
    with dial(server.port) as connection:
        connection.sendall(b"before")
        assert connection.recv(100) == b"before"
        server.reload()
        connection.sendall(b"after")
        assert connection.recv(100) == b"after"
        with dial(server.port) as another:
            another.sendall(b"new")
            assert another.recv(100) == b"new"


@pytest.mark.parametrize("text, message", [
    ("server { listen 1; }", "no handler for server"),
    ("server { return x; }", 'no "listen" is defined for server'),
    ("server { listen 1; return $uri; }", 'unknown "uri" variable'),
    ("server { listen 1; proxy_pass nobody; }", 'no port in upstream "nobody"'),
    ("server { listen 1; return a; return b; }", "duplicate"),
    ("server { listen 1; access_log a.log; return a; }", "log format is not specified"),
    ("server { listen 1; location / { } }", '"location" directive is not allowed here'),
])
def test_a_wrong_stream_is_told(lab, text, message):
    server = stream(lab, text, start=False)
    with pytest.raises(StartFailed) as failure:
        server.start()
    assert message in str(failure.value)


class DatagramPeer:
    """Answers each datagram with as many as a function says."""

    def __init__(self, answers):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port, self.seen = self.socket.getsockname()[1], []
        self.answers = answers
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            data, client = self.socket.recvfrom(65535)
            if data == b"stop":
                return
            self.seen.append((data, client))
            for answer in self.answers(data):
                self.socket.sendto(answer, client)

    def stop(self):
        self.socket.sendto(b"stop", self.socket.getsockname())


@pytest.fixture
def datagrams(lab):
    def make(answers=lambda data: [data]):
        made = DatagramPeer(answers)
        lab.started.insert(0, made)
        return made
    return make


def datagram_client(port):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.connect(("127.0.0.1", port))
    made.settimeout(20)
    return made


@pytest.mark.ours
def test_each_datagram_is_one_on_the_other_side_too(lab, datagrams):
    there = datagrams(lambda data: [data, b"", data[::-1]])
    server = stream(lab, FORMAT + """
        server { listen 127.0.0.1:%%PORT%% udp; proxy_pass 127.0.0.1:%%PEER%%;
                 proxy_responses 3; access_log %%DIR%%/stream.log m; }""", peer=there.port)
    with datagram_client(server.port) as client:
        large = random.Random(3).randbytes(60000)
        client.send(large)
        assert [client.recv(65535) for _ in range(3)] == [large, b"", large[::-1]]
    assert log(server) == ["200 60000 120000 60000 120000 127.0.0.1:%d" % there.port]
    assert "udp done, packets from/to client:1/3, bytes from/to client:60000/120000" \
        in server.errors()


def test_datagrams_of_a_client_are_one_session(lab, datagrams):
    there = datagrams()
    server = stream(lab, FORMAT + """
        access_log %%DIR%%/stream.log m;
        server { listen 127.0.0.1:%%PORT%% udp; proxy_pass 127.0.0.1:%%PEER%%;
                 proxy_timeout 500ms; }
        server { listen 127.0.0.1:%%PORT1%% udp; proxy_pass 127.0.0.1:%%PEER%%;
                 proxy_requests 2; proxy_responses 1; }""", peer=there.port)
    with datagram_client(server.port) as one, datagram_client(server.port) as two:
        for number in range(5):
            for client, name in (one, b"one"), (two, b"two"):
                client.send(b"%s %d" % (name, number))
                assert client.recv(100) == b"%s %d" % (name, number)
    assert len({client for _, client in there.seen}) == 2
    assert sorted(log(server, 2)) == ["200 25 25 25 25 127.0.0.1:%d" % there.port] * 2
    with datagram_client(server.ports["PORT1"]) as client:
        for number in range(4):
            client.send(b"%d" % number)
            assert client.recv(100) == b"%d" % number
    assert log(server, 4)[2:] == ["200 2 2 2 2 127.0.0.1:%d" % there.port] * 2


@pytest.mark.ours
def test_a_datagram_that_is_too_long_with_its_header_is_no_fault_of_the_peer(lab, datagrams):
    there = datagrams(lambda data: [data[-5:]])
    server = stream(lab, FORMAT + """
        server { listen 127.0.0.1:%%PORT%% udp; proxy_pass 127.0.0.1:%%PEER%%;
                 proxy_protocol on; access_log %%DIR%%/stream.log m; proxy_responses 1; }""",
        peer=there.port)
    with datagram_client(server.port) as client:
        client.send(bytes(65507))
        client.send(b"hello")
        assert client.recv(100) == b"hello"
    assert [data[:6] for data, _ in there.seen] == [b"PROXY "]
    assert log(server)[0].startswith("200 5 5 ")
    assert "a datagram is too long for upstream" in server.errors()


def test_a_silent_peer_of_datagrams_fails(lab, datagrams):
    there = datagrams(lambda data: [])
    server = stream(lab, FORMAT + """
        access_log %%DIR%%/stream.log m;
        server { listen 127.0.0.1:%%PORT%% udp; proxy_pass 127.0.0.1:%%PEER%%;
                 proxy_timeout 200ms; proxy_responses 1; }""", peer=there.port)
    with datagram_client(server.port) as client:
        client.send(b"x")
        assert log(server)[0].startswith("502 1 0 1 0 ")
    assert "upstream timed out (110: Connection timed out)" in server.errors()


def test_a_text_answers_a_datagram_from_where_it_was_sent_to(lab):
    server = stream(lab, """
        server { listen %%PORT%% udp; return "$protocol $server_addr:$server_port"; }
        server { listen 127.0.0.2:%%PORT%% udp; return "two"; }
        server { listen 127.0.0.1:%%PORT%%; return "$protocol"; }""")
    for host, text in ("127.0.0.1", b"UDP 127.0.0.1:%d" % server.port), ("127.0.0.2", b"two"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(20)
            # Connected, it takes what comes from there and from nowhere else.
            client.connect((host, server.port))
            client.send(b"?")
            assert client.recv(100) == text
    assert ask(server.port) == b"TCP"


@pytest.mark.ours
def test_datagrams_are_served_across_a_reload(lab, datagrams):
    there = datagrams()
    server = stream(lab, """
        server { listen 127.0.0.1:%%PORT%% udp; proxy_pass 127.0.0.1:%%PEER%%; }""",
        peer=there.port)
    with datagram_client(server.port) as client:
        client.send(b"before")
        assert client.recv(100) == b"before"
        old = set(server.workers())
        server.reload()
        until(lambda: not old & set(server.workers()), 20, "the old worker stayed")
        client.send(b"after")
        assert client.recv(100) == b"after"
