# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Attacks on TLS: old versions and weak ciphers, records and handshakes that are broken on purpose,
# floods of what costs the sender nothing, and sessions of one virtual host shown to another. The
# names of the cases (G02 to G10) are stable.

import contextlib
import os
import pathlib
import select
import socket
import ssl
import struct
import subprocess
import threading
import time

import pytest

from harness import Wire, request, tree, until
from harness.authority import Authority

OURS = pytest.mark.ours
TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3

ALERT, HANDSHAKE, CONTENT = 21, 22, 23
FATAL = 2
HANDSHAKE_FAILURE, BAD_RECORD_MAC, PROTOCOL_VERSION, UNRECOGNIZED_NAME = 40, 20, 70, 112

CONFIGURATION = """
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate %%CERTIFICATES%%/open.example.ec.pem;
    ssl_certificate_key %%CERTIFICATES%%/open.example.ec.key;
    server {
        listen 127.0.0.1:%%PORT%% ssl;
        listen 127.0.0.1:%%PORT1%%;
        server_name open.example;
        root %%DIR%%/html;
        location /proxy/ { proxy_pass http://%%BACKEND%%; }
        location /reused { return 200 "$ssl_session_reused"; }
    }
    server {
        listen 127.0.0.1:%%PORT%% ssl;
        server_name closed.example;
        ssl_certificate %%CERTIFICATES%%/closed.example.ec.pem;
        ssl_certificate_key %%CERTIFICATES%%/closed.example.ec.key;
        ssl_client_certificate %%CERTIFICATES%%/ca.pem;
        ssl_verify_client on;
        location / { return 200 "secret $ssl_client_verify"; }
    }
    server {
        listen 127.0.0.1:%%PORT2%% ssl;
        client_header_timeout 1s;
        keepalive_timeout 1s;
        location / { return 200 text; }
    }
    server {
        listen 127.0.0.1:%%PORT3%% ssl default_server;
        ssl_reject_handshake on;
    }
    server {
        listen 127.0.0.1:%%PORT3%% ssl;
        server_name open.example;
        location / { return 200 text; }
    }
"""


class Secured:
    """The server, its authority, and what must hold after each attack."""

    def __init__(self, lab):
        self.backend = lab.backend()
        self.authority = Authority(lab.folder() / "certificates")
        self.authority.issue("open.example", "localhost", "127.0.0.1")
        self.authority.issue("closed.example")
        self.visitor = self.authority.issue("visitor")
        self.server = lab.server(CONFIGURATION, start=False, backend=self.backend.address,
                                 certificates=self.authority.folder)
        tree(self.server.directory / "html", {"a.txt": "a" * 1000})
        self.server.start()

    def raw(self, timeout=10, port="PORT"):
        return Wire(self.server.ports[port], timeout)

    def connect(self, name="open.example", context=None, session=None, port="PORT", **rest):
        """A client of TLS whose handshake is done."""
        wire = self.raw(port=port)
        context = context or self.authority.client(**rest)
        wire.socket = context.wrap_socket(wire.socket, server_hostname=name, session=session)
        return wire

    def processor_seconds(self):
        """What the workers have used so far."""
        ticks = 0
        for pid in self.server.workers():
            fields = pathlib.Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def unharmed(self):
        """Answers new clients, with TLS and without, and is not busy with anything."""
        for version in TLS12, TLS13:
            with self.connect(version=version) as wire:
                answered = wire.get("/a.txt", host="open.example")
                assert (answered.status, answered.content) == (200, b"a" * 1000), answered
        with self.raw(port="PORT1") as wire:
            assert wire.get("/a.txt", host="open.example").status == 200
        before = self.processor_seconds()
        time.sleep(0.3)
        assert self.processor_seconds() - before < 0.2, "it turns in circles"
        self.server.assert_unharmed()
        assert "PRIVATE KEY" not in self.server.errors() + self.server.printed()


@pytest.fixture(scope="module")
def module_site(shared_lab):
    return Secured(shared_lab)


@pytest.fixture
def site(module_site):
    yield module_site
    module_site.unharmed()


# Raw TLS

def record(kind, payload, version=0x0301, length=None):
    return struct.pack("!BHH", kind, version, len(payload) if length is None else length) + payload


def vector(data, width):
    return len(data).to_bytes(width, "big") + data


def extension(kind, data):
    return struct.pack("!H", kind) + vector(data, 2)


def server_name(name, kind=0):
    return extension(0, vector(bytes([kind]) + vector(name, 2), 2))


MODERN = (0x1301, 0x1302, 0xC02B, 0xC02F, 0xC02C, 0xC030)
GROUPS = extension(10, vector(b"\0\x1d\0\x17", 2))
SIGNATURES = extension(13, vector(b"\x04\x03\x08\x04\x04\x01", 2))


def hello(version=0x0303, ciphers=MODERN, extensions=GROUPS + SIGNATURES, methods=b"\0",
          session=b""):
    """A ClientHello, as a handshake message without a record around it."""
    body = (struct.pack("!H", version) + b"r" * 32 + vector(session, 1)
            + vector(b"".join(struct.pack("!H", cipher) for cipher in ciphers), 2)
            + vector(methods, 1) + vector(extensions, 2))
    return b"\1" + vector(body, 3)


def answer_to(site, data, port="PORT"):
    """The first record of the server's answer, as (kind, payload); None when it closes."""
    with site.raw(port=port) as wire:
        wire.send(data)
        wire.finish_sending()
        rest = wire.rest()
    if len(rest) < 5:
        return None
    kind, _, length = struct.unpack_from("!BHH", rest)
    return kind, rest[5:5 + length]


def assert_refused(answered, *codes):
    """A fatal alert with one of the codes, or closed without a word."""
    if answered is not None:
        kind, payload = answered
        assert kind == ALERT and payload[0] == FATAL and payload[1] in codes, answered


# G02: what is old or weak

@pytest.mark.parametrize("version", [0x0300, 0x0301, 0x0302])
def test_old_versions_are_refused(site, version):
    """G02."""
    ciphers = (0xC013, 0xC014, 0x002F, 0x0035, 0xC009, 0xC00A)
    assert_refused(answer_to(site, record(HANDSHAKE, hello(version, ciphers))),
                   PROTOCOL_VERSION, HANDSHAKE_FAILURE)


@pytest.mark.parametrize("version", [0x0304, 0x0303, 0x0305, 0x7F1C, 0xFFFF])
def test_versions_of_the_future_are_settled(site, version):
    """G03: whoever names a higher one gets the highest that both know."""
    kind, payload = answer_to(site, record(HANDSHAKE, hello(version)))
    assert kind == HANDSHAKE and payload[0] == 2 and payload[4:6] == b"\3\3"


def test_a_hello_of_version_2_is_refused(site):
    """G02: SSLv2, as scanners send it."""
    body = b"\1\0\2" + struct.pack("!HHH", 9, 0, 16) + b"\x07\0\xc0\x05\0\x80\x03\0\x80" + b"c" * 16
    answered = answer_to(site, struct.pack("!H", 0x8000 | len(body)) + body)
    assert answered is None or answered[0] != HANDSHAKE


WEAK = {
    "NULL": (0x0001, 0x0002, 0x003B, 0xC006, 0xC010), "RC4": (0x0004, 0x0005, 0xC007, 0xC011),
    "3DES": (0x000A, 0xC008, 0xC012), "EXPORT": (0x0003, 0x0006, 0x0008, 0x0014),
    "anonymous": (0x0034, 0x006C, 0x00A6, 0xC018, 0xC019), "DES": (0x0009, 0x0015),
    "none at all": (0xFFFE,), "the signals alone": (0x00FF, 0x5600),
}


@pytest.mark.parametrize("name", WEAK)
def test_weak_ciphers_are_refused(site, name):
    """G02."""
    assert_refused(answer_to(site, record(HANDSHAKE, hello(ciphers=WEAK[name]))),
                   HANDSHAKE_FAILURE, 86)


def test_content_is_never_compressed(site):
    """G02: DEFLATE is offered, and not taken."""
    kind, payload = answer_to(site, record(HANDSHAKE, hello(methods=b"\1\0")))
    assert kind == HANDSHAKE and payload[0] == 2
    at = 4 + 2 + 32
    at += 1 + payload[at]
    assert payload[at + 2] == 0


def s_client(site, *options, send=b"", port="PORT"):
    """What `openssl s_client` prints; each line of `send` is given to it by itself."""
    process = subprocess.Popen(
        ["openssl", "s_client", "-connect", "127.0.0.1:%d" % site.server.ports[port],
         "-servername", "open.example", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    out = []
    reader = threading.Thread(target=lambda: out.extend(iter(process.stdout.readline, b"")))
    reader.start()
    try:
        until(lambda: any(b"---" in line for line in out[10:]) or process.poll() is not None, 10)
        time.sleep(0.1)
        for line in send if isinstance(send, list) else [send]:
            process.stdin.write(line)
            process.stdin.flush()
            time.sleep(0.002)
        process.stdin.close()
        process.wait(10)
    except BrokenPipeError:
        process.wait(10)
    finally:
        process.kill()
        reader.join()
    return b"".join(out).decode("utf-8", "replace")


def test_a_client_cannot_renegotiate(site):
    """G02."""
    printed = s_client(site, "-tls1_2", send=[b"R\n", b"GET / HTTP/1.0\r\n\r\n"])
    assert "RENEGOTIATING" in printed and "no renegotiation" in printed, printed


# G03, G08: records and handshakes that are broken

class Puppet:
    """A client whose records go through our hands before they are sent."""

    def __init__(self, site, version=None, port="PORT"):
        self.wire = site.raw(port=port)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = site.authority.client(version=version).wrap_bio(
            self.incoming, self.outgoing, server_hostname="open.example")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wire.close()

    def handshake(self, change=lambda data, turn: data):
        """Shakes hands; `change` sees what is sent each time, and its number."""
        turn = 0
        while True:
            try:
                self.object.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                done = False
            data = self.outgoing.read()
            if data:
                self.wire.send(change(data, turn))
                turn += 1
            if done:
                return self
            self.receive()

    def receive(self):
        piece = self.wire.socket.recv(65536)
        if piece:
            self.incoming.write(piece)
        else:
            self.incoming.write_eof()

    def sealed(self, data):
        """The records of these bytes."""
        self.object.write(data)
        return self.outgoing.read()

    def read(self):
        while True:
            try:
                return self.object.read(65536)
            except ssl.SSLWantReadError:
                self.receive()


def in_records_of(size):
    """Cuts the handshake messages of a client's first flight into records of that size."""
    def change(data, turn):
        if turn > 0:
            return data
        kind, version, length = struct.unpack_from("!BHH", data)
        body = data[5:5 + length]
        return b"".join(record(kind, body[at:at + size], version)
                        for at in range(0, length, size)) + data[5 + length:]
    return change


@pytest.mark.parametrize("version", [TLS12, TLS13])
@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_a_hello_in_tiny_records_is_understood(site, version, size):
    """G08."""
    with Puppet(site, version).handshake(in_records_of(size)) as client:
        client.wire.send(client.sealed(request("/a.txt", host="open.example")))
        assert client.read().startswith(b"HTTP/1.1 200 ")


def test_a_hello_in_single_bytes_is_understood(site):
    """G08: one byte in each segment."""
    with Puppet(site) as client:
        def change(data, turn):
            if turn == 0:
                client.wire.send_bytewise(data)
                return b""
            return data
        client.handshake(change)
        client.wire.send(client.sealed(request("/a.txt", host="open.example")))
        assert client.read().startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_an_altered_finish_is_refused(site, version):
    """G03."""
    def change(data, turn):
        return data if turn == 0 else data[:-1] + bytes([data[-1] ^ 1])
    with Puppet(site, version) as client:
        with pytest.raises((ssl.SSLError, AssertionError, OSError)):
            client.handshake(change)
            client.wire.send(client.sealed(request("/a.txt", host="open.example")))
            assert client.read().startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("version", [TLS12, TLS13])
@pytest.mark.parametrize("place", [5, 20, -1])
def test_an_altered_record_is_refused(site, version, place):
    """G03: nothing of it is taken for a request."""
    with Puppet(site, version).handshake() as client:
        data = bytearray(client.sealed(request("/a.txt", host="open.example")))
        data[place] ^= 0x80
        client.wire.send(bytes(data))
        with pytest.raises((ssl.SSLError, OSError), match="(?i)bad record mac|decrypt|reset"):
            while client.read():
                pass


BROKEN = {
    "a record that is too long": record(HANDSHAKE, b"x" * 18000),
    "a record that says it is too long": record(HANDSHAKE, b"\1", length=0xFFFF),
    "a record of an unknown kind": record(99, b"x" * 10),
    "content before a handshake": record(CONTENT, b"x" * 100),
    "a finish in the first place": record(HANDSHAKE, b"\x14\0\0\x0c" + b"x" * 12),
    "a change of ciphers in the first place": record(20, b"\1"),
    "an alert in the first place": record(ALERT, b"\2\x28"),
    "a hello that is too long": record(HANDSHAKE, b"\1\xff\xff\xff" + b"x" * 1000),
    "a hello of nothing": record(HANDSHAKE, b"\1\0\0\0"),
    "a hello that is cut off": record(HANDSHAKE, hello()[:40]),
    "a hello whose lengths lie": record(HANDSHAKE, hello().replace(vector(GROUPS + SIGNATURES, 2),
                                                                  b"\xff\xff")),
    "a hello without ciphers": record(HANDSHAKE, hello(ciphers=())),
    "a hello without methods": record(HANDSHAKE, hello(methods=b"")),
    "a session of 255 bytes": record(HANDSHAKE, hello(session=b"s" * 255)),
    "two of one extension": record(HANDSHAKE, hello(extensions=GROUPS + GROUPS)),
    "zeros": b"\0" * 1000, "noise": bytes(range(1, 256)) * 8, "one byte": b"\x16",
    "a record without a body": b"\x16\3\1\2\0", "blank lines": b"\r\n" * 100,
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_handshake_is_closed(site, name):
    """G03."""
    with site.raw() as wire:
        wire.send(BROKEN[name])
        wire.finish_sending()
        rest = wire.rest()
        assert not rest.startswith(b"\x16"), rest[:50]


@pytest.mark.parametrize("begun", [b"", b"\x16", record(HANDSHAKE, hello())[:30],
                                   record(HANDSHAKE, hello())])
def test_a_handshake_that_does_not_go_on_is_closed(site, begun):
    """G08: in the time for a head."""
    with site.raw(port="PORT2") as wire:
        wire.send(begun)
        wire.rest(8)


@OURS
@pytest.mark.parametrize("begun", ["", "GET / HTTP/1.1\r\n"])
def test_a_head_over_tls_that_does_not_go_on_is_closed(site, begun):
    with site.connect(port="PORT2") as wire:
        wire.send(begun)
        rest = wire.rest(8)
        assert not rest or b" 408 " in rest


CHEAP = {
    "warnings": record(ALERT, b"\1\x5a"), "warnings of closing": record(ALERT, b"\1\0"),
    "empty records": record(HANDSHAKE, b""), "changes of ciphers": record(20, b"\1"),
    "empty content": record(CONTENT, b""),
}


@pytest.mark.parametrize("name", CHEAP)
@pytest.mark.parametrize("begun", [b"", record(HANDSHAKE, hello())[:30],
                                   record(HANDSHAKE, hello())],
                         ids=["before", "within", "after"])
def test_a_flood_of_records_ends(site, name, begun):
    """G08."""
    with site.raw() as wire:
        wire.send(begun)
        wire.socket.settimeout(5)
        try:
            for _ in range(100):
                wire.socket.sendall(CHEAP[name] * 1000)
        except (BrokenPipeError, ConnectionResetError, socket.timeout):
            pass
        wire.rest(10)


def test_a_flood_of_key_updates_ends(site):
    """G08: it is served or closed, and not busy for ever."""
    printed = s_client(site, "-tls1_3", send=[b"K\n"] * 200)
    assert "CONNECTED" in printed


# G04: sessions of others

@OURS
@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_a_session_of_one_host_is_not_taken_by_another(site, version):
    """G04: the first asks for no certificate, the second for one."""
    context = site.authority.client(version=version)
    with site.connect(context=context) as wire:
        assert wire.get("/reused", host="open.example").text == "."
        session = wire.socket.session
    with site.connect(context=context, session=session) as wire:
        assert wire.get("/reused", host="open.example").text == "r"
    with site.connect("closed.example", context, session) as wire:
        assert not wire.socket.session_reused
        answered = wire.get("/", host="closed.example")
        assert answered.status == 400 and "secret" not in answered.text


@OURS
@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_a_connection_of_one_host_does_not_serve_another(site, version):
    """G04: the name of the handshake decides who may ask."""
    with site.connect(version=version) as wire:
        answered = wire.get("/", host="closed.example")
        assert answered.status == 421 and "secret" not in answered.text
    with site.connect("closed.example", version=version, certificate=site.visitor) as wire:
        assert wire.get("/", host="closed.example").text == "secret SUCCESS"
        assert wire.get("/a.txt", host="open.example").status == 200


# G05: names

NAMES = {
    "unknown": b"nobody.example", "with a NUL": b"open.example\0.evil.example", "empty": b"",
    "an address": b"127.0.0.1", "of 255 bytes": b"a" * 255, "of 10 KB": b"a" * 10000,
    "of 65 KB": b"a" * 65000, "with blanks": b"open example", "bytes": bytes(range(128, 256)),
    "a path": b"../../etc/passwd", "with a dot at the end": b"open.example.", "a dot": b".",
    "a star": b"*.example",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_that_are_none_do_no_harm(site, name):
    """G05: the default server answers, or nobody."""
    message = hello(extensions=server_name(NAMES[name])[:65000] + GROUPS + SIGNATURES
                    if len(NAMES[name]) < 60000 else server_name(NAMES[name]))
    data = b"".join(record(HANDSHAKE, message[at:at + 16384])
                    for at in range(0, len(message), 16384))
    answered = answer_to(site, data)
    assert answered is None or answered[0] in (ALERT, HANDSHAKE), answered


@pytest.mark.parametrize("data", [
    extension(0, b""), extension(0, b"\0\0"), extension(0, b"\0\5\0\0\1"),
    extension(0, b"\xff\xff"),
    server_name(b"a") + server_name(b"b"), server_name(b"open.example", kind=7),
    extension(0, vector(b"\0" + vector(b"a", 2) + b"\0" + vector(b"b", 2), 2))])
def test_broken_names_do_no_harm(site, data):
    """G05."""
    answered = answer_to(site, record(HANDSHAKE, hello(extensions=data + GROUPS + SIGNATURES)))
    assert answered is None or answered[0] in (ALERT, HANDSHAKE), answered


def test_unknown_names_are_refused_where_that_is_wanted(site):
    """G05."""
    assert answer_to(site, record(HANDSHAKE, hello(
        extensions=server_name(b"nobody.example") + GROUPS + SIGNATURES)),
        "PORT3") == (ALERT, bytes([FATAL, UNRECOGNIZED_NAME]))
    with site.connect(port="PORT3") as wire:
        assert wire.get("/", host="open.example").text == "text"


# G06: requests before the handshake is done

def test_early_data_is_off(site, tmp_path):
    """G06: a ticket promises none, and what is sent all the same is not read."""
    ticket = tmp_path / "session"
    printed = s_client(site, "-tls1_3", "-sess_out", str(ticket), "-ign_eof",
                       send=b"GET /a.txt HTTP/1.0\r\n\r\n")
    assert "Max Early Data: 0" in printed
    early = tmp_path / "early"
    early.write_bytes(b"GET /proxy/early HTTP/1.0\r\n\r\n")
    printed = s_client(site, "-tls1_3", "-sess_in", str(ticket), "-early_data", str(early))
    assert "Early data was accepted" not in printed
    assert not site.backend.requests


# G07: handshakes in masses

def test_masses_of_handshakes_hold_up_nobody(site):
    """G07, in short: requests on connections that are open are answered all the while."""
    flood = [subprocess.Popen(
        ["openssl", "s_time", "-new", "-time", "3", "-connect",
         "127.0.0.1:%d" % site.server.port], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(4)]
    answered = 0
    try:
        with site.connect() as secured, site.raw(port="PORT1") as plain:
            while any(process.poll() is None for process in flood):
                assert secured.get("/a.txt", host="open.example", timeout=5).status == 200
                assert plain.get("/a.txt", host="open.example", timeout=5).status == 200
                answered += 1
                time.sleep(0.01)
    finally:
        for process in flood:
            process.kill()
            process.communicate()
    assert answered > 20


@pytest.fixture
def crowded(lab):
    """A server of one thread that begins one handshake at a time."""
    authority = Authority(lab.folder() / "certificates")
    authority.issue("open.example", kind="rsa")
    return lab.server("""
        server {
            listen 127.0.0.1:%%PORT%% ssl;
            listen 127.0.0.1:%%PORT1%%;
            ssl_certificate %%CERTIFICATES%%/open.example.rsa.pem;
            ssl_certificate_key %%CERTIFICATES%%/open.example.rsa.key;
            location / { return 200 text; }
        }
    """, main="worker_processes 1;", certificates=authority.folder,
        events="worker_connections 1024; ssl_handshakes_per_turn 1;")


def order_of_answers(wires, last):
    """Which of the wires is answered first, second, … up to `last`."""
    poll = select.epoll()
    numbers = {wire.socket.fileno(): index for index, wire in enumerate(wires)}
    for number in numbers:
        poll.register(number, select.EPOLLIN | select.EPOLLONESHOT)
    order = []
    while last not in order:
        found = poll.poll(10)
        assert found, "nobody is answered any more"
        order += [numbers[number] for number, _ in found]
    return order


@OURS
def test_handshakes_are_taken_in_turn_and_others_in_between(crowded):
    """G07: who asks after two hundred have begun is answered before most of them."""
    count, first = 200, record(HANDSHAKE, hello())
    with contextlib.ExitStack() as stack:
        plain = stack.enter_context(Wire(crowded.ports["PORT1"], 10))
        assert plain.get("/", host="open.example").status == 200
        wires = [stack.enter_context(Wire(crowded.port, 10)) for _ in range(count)]
        for wire in wires:
            wire.send(first)
        plain.send(b"GET / HTTP/1.1\r\nHost: open.example\r\n\r\n")
        order = order_of_answers([*wires, plain], count)
        assert len(order) < count * 3 // 4, "all handshakes came first"
        order += [index for index in order_of_answers(wires, count - 1) if index not in order]
    shaken = [index for index in order if index != count]
    # Roughly: a busy machine hands over segments, and shows answers, in bursts. At random more than
    # half would be that far from their place, last in first out three quarters.
    late = sum(1 for place, index in enumerate(shaken) if abs(place - index) > count // 4)
    assert late < count // 4, shaken


# G10: tickets

@OURS
def test_tickets_are_taken_by_every_thread(lab):
    """G10."""
    authority = Authority(lab.folder() / "certificates")
    authority.issue("open.example")
    server = lab.server("""
        server {
            listen 127.0.0.1:%%PORT%% ssl;
            ssl_certificate %%CERTIFICATES%%/open.example.ec.pem;
            ssl_certificate_key %%CERTIFICATES%%/open.example.ec.key;
            location / { return 200 "$ssl_session_reused"; }
        }
    """, main="worker_processes 4;", certificates=authority.folder)
    context = authority.client(version=TLS13)

    def ask(session=None):
        with server.connect() as wire:
            wire.socket = context.wrap_socket(wire.socket, server_hostname="open.example",
                                              session=session)
            return wire.get("/").text, wire.socket.session

    text, session = ask()
    assert text == "."
    assert [ask(session)[0] for _ in range(20)] == ["r"] * 20


@OURS
def test_tickets_are_taken_after_a_reload(lab):
    """G10."""
    authority = Authority(lab.folder() / "certificates")
    authority.issue("open.example")
    server = lab.server("""
        server {
            listen 127.0.0.1:%%PORT%% ssl;
            ssl_certificate %%CERTIFICATES%%/open.example.ec.pem;
            ssl_certificate_key %%CERTIFICATES%%/open.example.ec.key;
            location / { return 200 "$ssl_session_reused $pid"; }
        }
    """, certificates=authority.folder)
    context = authority.client(version=TLS13)

    def ask(session=None):
        with server.connect() as wire:
            wire.socket = context.wrap_socket(wire.socket, server_hostname="open.example",
                                              session=session)
            return *wire.get("/").text.split(), wire.socket.session

    reused, first, session = ask()
    assert reused == "."
    server.reload()
    until(lambda: ask()[1] != first, 10, "the old worker goes on")
    for _ in range(5):
        reused, worker, session = ask(session)
        assert (reused, worker != first) == ("r", True)


# What is no TLS

@pytest.mark.parametrize("plain", [b"GET / HTTP/1.1\r\nHost: open.example\r\n\r\n",
                                   b"POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"])
def test_a_plain_request_to_a_port_of_tls_is_told(site, plain):
    with site.raw() as wire:
        wire.send(plain)
        answered = wire.response()
        assert answered.status == 400 and "plain HTTP request" in answered.text


def test_tls_to_a_plain_port_is_refused(site):
    with site.raw(port="PORT1") as wire:
        wire.send(record(HANDSHAKE, hello()))
        assert wire.response().status == 400
