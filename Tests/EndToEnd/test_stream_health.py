# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Peers of sessions that are asked how they are: by a connection, by bytes, by datagrams.

import re
import socket
import threading
import time

import pytest

from harness.peer_certificates import Authority
from harness.ports import free_port
from harness.server import until

pytestmark = pytest.mark.ours


class Patient:
    """A peer that answers clients with its name, and checks as the test says."""

    def __init__(self, name, answer=b"220 ready\r\n", tls=None, port=0):
        self.name, self.answer, self.tls, self.checks = name, answer, tls, []
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def __str__(self):
        return "127.0.0.1:%d" % self.port

    def run(self):
        while True:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(accepted,), daemon=True).start()

    def serve(self, accepted):
        try:
            accepted.settimeout(20)
            if self.tls:
                accepted = self.tls.wrap_socket(accepted, server_side=True)
            data = accepted.recv(1000)
            if data.startswith(b"client"):
                accepted.sendall(self.name)
            else:
                self.checks.append(data)
                self.reply(accepted)
        except OSError:
            pass
        finally:
            accepted.close()

    def reply(self, accepted):
        parts = self.answer if isinstance(self.answer, list) else [self.answer]
        for part in parts:
            if part is None:
                accepted.recv(1)
                return
            accepted.sendall(part)
            time.sleep(0.02)

    def stop(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()


@pytest.fixture
def patient(lab):
    def make(*words, **rest):
        made = Patient(*words, **rest)
        lab.started.append(made)
        return made
    return make


def configure(peers, check, match="", more=""):
    servers = " ".join("server %s max_fails=0;" % peer for peer in peers)
    return """stream { %s
        upstream peers { %s }
        server {
            listen 127.0.0.1:%%%%PORT%%%%; proxy_pass peers; proxy_connect_timeout 1s;
            health_check %s; %s
        }
        }""" % (match, servers, check, more)


def serve(lab, *words, **rest):
    return lab.server("", main=configure(*words, **rest))


def ask(port):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.settimeout(20)
        try:
            connection.sendall(b"client")
            return connection.recv(100)
        except ConnectionError:
            return b""


def served(server, count=10):
    names = [ask(server.port) for _ in range(count)]
    return {name: names.count(name) for name in set(names)}


def changes(server, peer):
    return re.findall(
        r"peer is (healthy|unhealthy) while [A-Za-z ]+, health check \"\w*\" of peer %s in upstream"
        % re.escape(str(peer)), server.errors())


def await_changes(server, peer, expected):
    until(lambda: changes(server, peer) == expected, 20, server.errors)


def test_a_peer_that_takes_no_connections_gets_no_sessions_until_it_does(lab, patient):
    one, port = patient(b"one"), free_port()
    server = serve(lab, [one, "127.0.0.1:%d" % port], "interval=50ms passes=2")
    missing = "127.0.0.1:%d" % port
    await_changes(server, missing, ["unhealthy"])
    assert served(server) == {b"one": 10}
    assert 'peer is unhealthy while connecting to upstream, health check "" of peer %s in ' \
        'upstream "peers", reason: connect() failed (111: Connection refused)' % missing \
        in server.errors()
    patient(b"two", port=port)
    await_changes(server, missing, ["unhealthy", "healthy"])
    assert served(server) == {b"one": 5, b"two": 5}
    assert changes(server, one) == []


MATCH = 'match good { send "HELO\\r\\n"; expect %s; }'


@pytest.mark.parametrize("expected, answer, doing, reason", [
    ("220", b"220 ready", None, None),
    ("220", [b"2", b"2", b"0"], None, None),
    ("ready", b"220 ready", None, None),
    ("~ '^2\\d\\d '", b"220 ready", None, None),
    ("~* READY", b"220 ready", None, None),
    (r"'\x00\x80\xfF'", b"a\x00\x80\xffb", None, None),
    (r"~ '\x00\x80'", b"a\x00\x80b", None, None),
    ("220", [b"421 busy", None], "reading from upstream", "timed out"),
    ("220", b"421 busy", "reading from upstream", "closed the connection too early"),
    ("~ READY", [b"220 ready", None], "reading from upstream", "timed out"),
    ("220", [None], "reading from upstream", "timed out"),
    ("220", b"x" * 5000, "checking data", 'data and "220"'),
    ("220", [b"x" * 5000, b"220"], "checking data", 'data and "220"'),
])
def test_a_peer_must_say_what_is_expected(lab, patient, expected, answer, doing, reason):
    one = patient(b"one", answer)
    server = serve(
        lab, [one], "interval=50ms mandatory match=good", MATCH % expected,
        "health_check_timeout 300ms; proxy_buffer_size 4k;")
    if doing is None:
        assert served(server, 3) == {b"one": 3}
        assert changes(server, one) == ["healthy"]
        assert "peer is healthy while checking data" in server.errors()
    else:
        await_changes(server, one, ["unhealthy"])
        line = server.wait_for_error(r"\[warn\].*peer is unhealthy.*")[0]
        assert "while %s, health check \"good\" of peer %s" % (doing, one) in line
        assert reason in line.split("reason:")[1]
        assert served(server, 3) == {b"": 3}
        one.answer = b"220 \0\x80\xff ready READY"
        await_changes(server, one, ["unhealthy", "healthy"])
        assert served(server, 3) == {b"one": 3}
    assert set(one.checks) == {b"HELO\r\n"}


def test_what_is_sent_may_be_all(lab, patient):
    one = patient(b"one", [None])
    server = serve(
        lab, [one], "interval=50ms mandatory match=good", r"match good { send '\x01\x02ping'; }")
    assert served(server, 3) == {b"one": 3}
    until(lambda: len(one.checks) > 1, 20)
    assert set(one.checks) == {b"\x01\x02ping"}
    assert "peer is healthy while sending to upstream" in server.errors()


@pytest.mark.parametrize("version, header", [
    ("on", b"PROXY UNKNOWN\r\n"), ("v2", b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0")])
def test_a_peer_that_wants_to_know_its_clients_is_told_that_there_is_none(
        lab, patient, version, header):
    one = patient(b"one", [None])
    serve(lab, [one], "interval=50ms match=good", "match good { send ping; }",
          "proxy_protocol %s;" % version)
    until(lambda: one.checks, 20)
    # The two may come one by one.
    assert (header + b"ping").startswith(one.checks[0])
    assert one.checks[0].startswith(header)


def test_checks_of_peers_over_tls_agree_upon_tls(lab, patient, tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("certificates"))
    good = patient(b"good", tls=authority.issue("peer.test").server_context())
    other = patient(b"other", tls=authority.issue("other.test").server_context())
    plain = patient(b"plain", b"no TLS")
    server = serve(
        lab, [good, other, plain], "interval=50ms mandatory", "",
        "proxy_ssl on; proxy_ssl_verify on; proxy_ssl_name peer.test; proxy_ssl_server_name on;"
        "proxy_ssl_trusted_certificate %s;" % authority.certificate)
    assert served(server, 6) == {b"good": 6}
    assert changes(server, good) == ["healthy"]
    await_changes(server, other, ["unhealthy"])
    await_changes(server, plain, ["unhealthy"])
    assert len(re.findall("unhealthy while SSL handshaking to upstream", server.errors())) == 2


def test_blocks_of_http_and_of_stream_have_matches_of_their_own(lab, patient):
    one = patient(b"one", b"HTTP/1.0 200 OK\r\n\r\n")
    text = configure([one], "interval=50ms mandatory match=m", "match m { send x; expect 200; }")
    server = lab.server("""
        match m { status 404; }
        upstream peers { server %s; }
        server { listen 127.0.0.1:%%%%PORT1%%%%; location / {
            proxy_pass http://peers; health_check interval=50ms mandatory match=m; } }
        """ % one, main=text)
    assert served(server, 2) == {b"one": 2}
    assert sorted(changes(server, one)) == ["healthy", "unhealthy"]


class Datagrams:
    """Answers datagrams, if it is told to."""

    def __init__(self, answer=None, port=0):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.port, self.answer, self.seen = self.socket.getsockname()[1], answer, []
        threading.Thread(target=self.run, daemon=True).start()

    def __str__(self):
        return "127.0.0.1:%d" % self.port

    def run(self):
        while True:
            try:
                data, source = self.socket.recvfrom(65536)
            except OSError:
                return
            if not data and self.answer is StopIteration:
                return
            self.seen.append(data)
            if self.answer is not None:
                self.socket.sendto(self.answer, source)

    def stop(self):
        self.answer = StopIteration
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


def test_a_peer_of_datagrams_is_well_unless_somebody_says_that_nobody_is_there(lab):
    one, port = Datagrams(), free_port()
    lab.started.append(one)
    missing = "127.0.0.1:%d" % port
    server = serve(lab, [one, missing], "udp interval=50ms mandatory")
    await_changes(server, missing, ["unhealthy"])
    await_changes(server, one, ["healthy"])
    assert "recv() failed (111: Connection refused)" in server.errors()
    assert set(one.seen) == {b"nginx health check"}
    lab.started.append(Datagrams(port=port))
    await_changes(server, missing, ["unhealthy", "healthy"])


def test_a_peer_of_datagrams_must_say_what_is_expected(lab):
    good, bad, silent = Datagrams(b"\0\1pong"), Datagrams(b"no"), Datagrams()
    lab.started += [good, bad, silent]
    server = serve(
        lab, [good, bad, silent], "udp interval=100ms mandatory match=dns",
        r"match dns { send '\x00\x01ping'; expect ~ '\x01pong$'; }", "health_check_timeout 300ms;")
    await_changes(server, good, ["healthy"])
    await_changes(server, bad, ["unhealthy"])
    await_changes(server, silent, ["unhealthy"])
    assert set(good.seen + bad.seen + silent.seen) == {b"\0\1ping"}
    bad.answer = b""
    bad.answer = b"\0\1pong"
    await_changes(server, bad, ["unhealthy", "healthy"])
