# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# TLS in streams, with clients and with peers; and health checks over TLS.

import socket
import ssl
import threading

import pytest

from harness import answer
from harness.peer_certificates import Authority
from harness.ports import free_port


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def pair(authority):
    return authority.issue("peer.test")


class Echo:
    """A peer that sends back what it gets, in capitals; it keeps what came before TLS."""

    def __init__(self, tls=None, header=False):
        self.port, self.tls, self.header, self.seen = free_port(), tls, header, []
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(accepted,), daemon=True).start()

    def serve(self, accepted):
        try:
            if self.header:
                line = b""
                while not line.endswith(b"\n"):
                    line += accepted.recv(1)
                self.seen.append(line)
            if self.tls:
                accepted = self.tls.wrap_socket(accepted, server_side=True)
                self.seen.append(accepted.version())
            while data := accepted.recv(65536):
                accepted.sendall(data.upper())
        except OSError as failure:
            self.seen.append(failure)
        finally:
            accepted.close()

    def stop(self):
        self.listener.close()


def echo(lab, *words, **rest):
    made = Echo(*words, **rest)
    lab.started.append(made)
    return made


def exchange(port, data, context=None, name="peer.test", first=b""):
    """What comes back for some bytes."""
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        plain.sendall(first)
        made = context.wrap_socket(plain, server_hostname=name) if context else plain
        made.sendall(data)
        got = b""
        while len(got) < len(data):
            piece = made.recv(65536)
            if not piece:
                break
            got += piece
        return got


def trusting(authority, **options):
    context = ssl.create_default_context(cafile=str(authority.certificate))
    for name, value in options.items():
        setattr(context, name, value)
    return context


def stream(lab, text):
    return lab.server("server { listen 127.0.0.1:%%PORT%%; return 200 ok; }",
                      main="stream { %s }" % text)


def test_a_stream_listens_with_tls(lab, authority, pair):
    peer = echo(lab)
    server = stream(lab, """
        ssl_certificate %s; ssl_certificate_key %s;
        server { listen 127.0.0.1:%%%%PORT1%%%% ssl; proxy_pass 127.0.0.1:%d; }
        server { listen 127.0.0.1:%%%%PORT2%%%% ssl; ssl_alpn one two;
            return "$ssl_protocol $ssl_server_name $ssl_alpn_protocol"; }
        """ % (pair.certificate, pair.key, peer.port))
    context = trusting(authority)
    assert exchange(server.ports["PORT1"], b"hello", context) == b"HELLO"
    assert exchange(server.ports["PORT1"], b"x" * 200000, context) == b"X" * 200000
    context.set_alpn_protocols(["two"])
    assert exchange(server.ports["PORT2"], b"x" * 21, context) == b"TLSv1.3 peer.test two"
    context.set_alpn_protocols(["three"])
    with pytest.raises(ssl.SSLError):
        exchange(server.ports["PORT2"], b"x", context)
    # Who speaks no TLS gets nothing of the peer.
    with socket.create_connection(("127.0.0.1", server.ports["PORT1"]), 10) as plain:
        plain.sendall(b"hello, no TLS here\r\n")
        try:
            assert b"HELLO" not in plain.recv(100)
        except ConnectionError:
            pass


def test_a_stream_wants_to_know_its_clients(lab, authority, pair):
    shown = authority.issue("client", names=[])
    server = stream(lab, """
        ssl_certificate %s; ssl_certificate_key %s; ssl_client_certificate %s;
        server { listen 127.0.0.1:%%%%PORT1%%%% ssl; ssl_verify_client on;
            return $ssl_client_verify; }
        """ % (pair.certificate, pair.key, authority.certificate))
    context = trusting(authority)
    try:
        assert exchange(server.ports["PORT1"], b"x" * 7, context) == b""
    except OSError:
        pass
    context.load_cert_chain(str(shown.certificate), str(shown.key))
    assert exchange(server.ports["PORT1"], b"x" * 7, context) == b"SUCCESS"


def test_the_header_of_the_proxy_protocol_stands_before_tls(lab, authority, pair):
    peer = echo(lab, pair.server_context(), header=True)
    server = stream(lab, """
        ssl_certificate %s; ssl_certificate_key %s;
        server { listen 127.0.0.1:%%%%PORT1%%%% ssl proxy_protocol; proxy_protocol on;
            set_real_ip_from 127.0.0.1; proxy_ssl on; proxy_pass 127.0.0.1:%d; }
        """ % (pair.certificate, pair.key, peer.port))
    got = exchange(server.ports["PORT1"], b"hello", trusting(authority),
                   first=b"PROXY TCP4 192.0.2.1 192.0.2.2 1234 5678\r\n")
    assert got == b"HELLO"
    assert peer.seen[0].startswith(b"PROXY TCP4 192.0.2.1 ")


@pytest.mark.parametrize("more, works", [
    ("", True), ("proxy_ssl_verify on; proxy_ssl_name peer.test;", True),
    ("proxy_ssl_verify on; proxy_ssl_name other.test;", False)])
def test_a_stream_speaks_tls_with_peers(lab, authority, pair, more, works):
    peer = echo(lab, pair.server_context())
    server = stream(lab, """
        server { listen 127.0.0.1:%%%%PORT1%%%%; proxy_pass 127.0.0.1:%d; proxy_ssl on;
            proxy_ssl_trusted_certificate %s; %s }
        """ % (peer.port, authority.certificate, more))
    for size in (5, 200000):
        try:
            got = exchange(server.ports["PORT1"], b"a" * size)
        except OSError:
            got = b""
        assert got == (b"A" * size if works else b"")
    if not works:
        server.wait_for_error('does not match "other.test" while SSL handshaking to upstream|'
                              'does not match "other.test"')


@pytest.mark.ours
@pytest.mark.parametrize("name, works", [("peer.test", True), ("other.test", False)])
def test_peers_are_checked_over_tls(lab, authority, pair, name, works):
    peer = lab.backend(answer(b"fine"), tls=pair.server_context())
    server = lab.server("""
        proxy_hold 0;
        upstream group { zone z 64k; server %s; }
        server { listen 127.0.0.1:%%%%PORT%%%%;
            location / { proxy_pass https://group; health_check mandatory interval=1s;
                proxy_ssl_verify on; proxy_ssl_name %s; proxy_ssl_trusted_certificate %s; } }
        """ % (peer, name, authority.certificate))
    assert server.get("/").status == (200 if works else 502)
    if not works:
        server.wait_for_error('does not match "other.test"')
