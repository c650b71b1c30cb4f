# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# TLS with peers: who is believed, what is shown, what is said of those who are refused; and that
# nothing gets to a client that came before the handshake was done.

import base64
import hashlib
import os
import re
import secrets
import socket
import ssl
import threading
import time

import pytest

from harness import answer
from harness.peer_certificates import Authority
from harness.ports import free_port
from harness.wire import Wire, request


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def pairs(authority):
    """The certificates of peers, by what is the matter with them."""
    made = {
        "good": authority.issue("peer.test"),
        "expired": authority.issue("peer.test", days=-1, file="expired"),
        "other": authority.issue("other.test"),
        "revoked": authority.issue("peer.test", file="revoked"),
        "self": authority.self_signed("peer.test"),
        "client": authority.issue("client", names=[]),
    }
    between = Authority(authority.folder, "between", signed_by=authority)
    deep = between.issue("peer.test", file="deep")
    chain = authority.folder / "chain.crt"
    chain.write_text(deep.certificate.read_text() + between.certificate.read_text())
    deep.certificate = chain
    made["deep"] = deep
    authority.revoke(made["revoked"])
    return made


def describe(read, connection):
    """What the peer knows of the connection, as its answer."""
    secured = connection.socket
    shown = secured.getpeercert() or {}
    name = dict(part[0] for part in shown.get("subject", ())).get("commonName", "-")
    return answer(b"peer", fields=[
        ("X-Version", secured.version()), ("X-Cipher", secured.cipher()[0]),
        ("X-Resumed", "yes" if secured.session_reused else "no"), ("X-Shown", name),
        ("X-Asked", getattr(connection.backend, "asked", {}).get(secured, "-")),
        ("X-Connection", connection.index), ("X-Target", read.target)])


def note_names(backend, context):
    """Has a peer remember the names that it is asked for."""
    backend.asked = {}

    def note(made, name, _):
        backend.asked[made] = name or "-"
    context.sni_callback = note


class Raw:
    """A peer that sends bytes at once, and is then what a function makes of it."""

    def __init__(self, first=b"", then=None):
        self.port, self.first, self.then = free_port(), first, then
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.received = []
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
            accepted.sendall(self.first)
            if self.then:
                self.then(accepted)
            else:
                while accepted.recv(65536):
                    pass
        except OSError:
            pass
        finally:
            accepted.close()

    def stop(self):
        self.listener.close()

    def __str__(self):
        return "127.0.0.1:%d" % self.port


def refuse_or_answer(accepted):
    """Speaks no TLS, and says so at once."""
    good = accepted.recv(65536).startswith(b"GET ")
    accepted.sendall(answer(b"plain", "200 OK" if good else "400 Bad Request"))


class Peers:
    """Peers with all kinds of certificates."""

    def __init__(self, lab, pairs, authority):
        self.all = {}
        for kind, pair in pairs.items():
            context = pair.server_context()
            self.all[kind] = lab.backend(describe, tls=context)
            note_names(self.all[kind], context)
        context = pairs["good"].server_context(authority)
        self.all["demanding"] = lab.backend(describe, tls=context)
        context = pairs["good"].server_context(authority, versions=ssl.TLSVersion.TLSv1_2)
        self.all["demanding12"] = lab.backend(describe, tls=context)
        context = pairs["good"].server_context(versions=ssl.TLSVersion.TLSv1_2)
        self.all["old"] = lab.backend(describe, tls=context)
        self.all["plain"] = Raw(b"", refuse_or_answer)
        lab.started.append(self.all["plain"])

    def __getattr__(self, name):
        return self.all[name]


@pytest.fixture(scope="module")
def peers(shared_lab, pairs, authority):
    return Peers(shared_lab, pairs, authority)


SITE = """
    proxy_ssl_session_reuse off;
    proxy_ssl_trusted_certificate CA;
    proxy_ssl_protocols TLSv1.2 TLSv1.3;
    upstream good { server GOOD; keepalive 8; }
    upstream pool { server GOOD; keepalive 8; }
    upstream peer.test { server GOOD; }
    upstream second { server PLAIN; server GOOD backup; }
    client_max_body_size 0;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /off/ { proxy_pass https://SELF; }
        location /path/ { proxy_pass https://GOOD/else/; }
        location /named { proxy_pass https://peer.test; proxy_ssl_verify on; }
        location /verify { proxy_pass https://GOOD; proxy_ssl_verify on; proxy_ssl_name peer.test; }
        location /port { proxy_pass https://GOOD; proxy_ssl_verify on;
            proxy_ssl_name peer.test:443; }
        location /variable { proxy_pass https://GOOD; proxy_ssl_verify on; proxy_ssl_name $arg_n; }
        location /address { proxy_pass https://GOOD; proxy_ssl_verify on; }
        location /expired { proxy_pass https://EXPIRED; proxy_ssl_verify on;
            proxy_ssl_name peer.test; }
        location /other { proxy_pass https://OTHER; proxy_ssl_verify on;
            proxy_ssl_name peer.test; }
        location /self { proxy_pass https://SELF; proxy_ssl_verify on; proxy_ssl_name peer.test; }
        location /revoked { proxy_pass https://REVOKED; proxy_ssl_verify on;
            proxy_ssl_name peer.test; proxy_ssl_crl LIST; }
        location /unrevoked { proxy_pass https://GOOD; proxy_ssl_verify on;
            proxy_ssl_name peer.test; proxy_ssl_crl LIST; }
        location /deep { proxy_pass https://DEEP; proxy_ssl_verify on; proxy_ssl_name peer.test; }
        location /shallow { proxy_pass https://DEEP; proxy_ssl_verify on; proxy_ssl_name peer.test;
            proxy_ssl_verify_depth 0; }
        location /sni { proxy_pass https://GOOD; proxy_ssl_server_name on; proxy_ssl_name a.test; }
        location /sni/host { proxy_pass https://peer.test; proxy_ssl_server_name on; }
        location /sni/address { proxy_pass https://GOOD; proxy_ssl_server_name on; }
        location /sni/off { proxy_pass https://GOOD; proxy_ssl_name a.test; }
        location /shown { proxy_pass https://DEMANDING; proxy_ssl_certificate CLIENT;
            proxy_ssl_certificate_key CLIENTKEY; }
        location /shown/variable { proxy_pass https://DEMANDING;
            proxy_ssl_certificate $arg_c; proxy_ssl_certificate_key $arg_k; }
        location /shown12 { proxy_pass https://DEMANDING12; proxy_ssl_certificate CLIENT;
            proxy_ssl_certificate_key CLIENTKEY; }
        location /hidden { proxy_pass https://DEMANDING; }
        location /hidden12 { proxy_pass https://DEMANDING12; }
        location /plain { proxy_pass https://PLAIN; }
        location /second { proxy_pass https://second; add_header X-Peers $upstream_addr; }
        location /versions { proxy_pass https://GOOD; proxy_ssl_protocols TLSv1.2;
            proxy_ssl_ciphers ECDHE-ECDSA-AES256-GCM-SHA384; }
        location /toonew { proxy_pass https://OLD; proxy_ssl_protocols TLSv1.3; }
        location /command { proxy_pass https://GOOD;
            proxy_ssl_conf_command Ciphersuites TLS_CHACHA20_POLY1305_SHA256; }
        location /kept/one { proxy_pass https://pool; proxy_http_version 1.1;
            proxy_set_header Connection ""; }
        location /kept/two { proxy_pass https://pool; proxy_http_version 1.1;
            proxy_set_header Connection ""; }
        location /kept/checked { proxy_pass https://pool; proxy_http_version 1.1;
            proxy_set_header Connection ""; proxy_ssl_verify on; proxy_ssl_name peer.test; }
        location /kept/wrong { proxy_pass https://pool; proxy_http_version 1.1;
            proxy_set_header Connection ""; proxy_ssl_verify on; proxy_ssl_name wrong.test; }
        location /kept/name { proxy_pass https://pool; proxy_http_version 1.1;
            proxy_set_header Connection ""; proxy_ssl_server_name on; proxy_ssl_name $arg_n; }
        location /scheme { proxy_pass $arg_s://$arg_p; }
        location /upload { proxy_pass https://GOOD; proxy_request_buffering on;
            client_body_buffer_size 8k; }
    }
"""


@pytest.fixture(scope="module")
def server(shared_lab, peers, pairs, authority):
    text = SITE
    marks = {"CLIENTKEY": pairs["client"].key, "CLIENT": pairs["client"].certificate,
             "LIST": authority.folder / "list.crl", "CA": authority.certificate,
             "DEMANDING12": peers.demanding12, "DEMANDING": peers.demanding}
    marks.update({kind.upper(): peer for kind, peer in peers.all.items()
                  if kind not in ("client", "demanding", "demanding12")})
    for mark, value in marks.items():
        text = text.replace(mark, str(value))
    return shared_lab.server(text, main="worker_processes 1;")


def said(server, *words):
    """Waits for a line of the log with all of the words."""
    server.wait_for_error("".join("(?=.*%s)" % re.escape(word) for word in words))


def test_a_peer_over_tls_answers(server):
    got = server.get("/off/x")
    assert got.status == 200 and got["X-Version"] == "TLSv1.3"
    assert server.get("/path/x")["X-Target"] == "/else/x"


@pytest.mark.parametrize("target", [
    "/verify", "/port", "/named", "/variable?n=peer.test", "/variable?n=peer.test:8443",
    "/unrevoked", "/deep"])
def test_a_peer_that_is_the_right_one_is_believed(server, target):
    assert server.get(target).status == 200


@pytest.mark.parametrize("target, words", [
    ("/variable?n=wrong.test", 'upstream SSL certificate does not match "wrong.test"'),
    ("/variable", 'upstream SSL certificate does not match ""'),
    ("/address", 'upstream SSL certificate does not match "127.0.0.1"'),
    ("/other", 'upstream SSL certificate does not match "peer.test"'),
    ("/expired", "upstream SSL certificate verify error: (10:certificate has expired)"),
    ("/self", "upstream SSL certificate verify error: (18:self"),
    ("/revoked", "upstream SSL certificate verify error: (23:certificate revoked)"),
    ("/shallow", "upstream SSL certificate verify error: (2")])
def test_a_peer_that_is_another_one_is_refused(server, target, words):
    mark = "/" + secrets.token_hex(8)
    assert server.get(target.replace("?", mark + "?") if "?" in target else target + mark
                      ).status == 502
    said(server, mark, words, "while SSL handshaking to upstream")


def test_the_name_is_asked_for_where_it_is_a_name(server):
    assert server.get("/sni")["X-Asked"] == "a.test"
    assert server.get("/sni/host")["X-Asked"] == "peer.test"
    assert server.get("/sni/address")["X-Asked"] == "-"
    assert server.get("/sni/off")["X-Asked"] == "-"


def test_a_certificate_is_shown_to_those_who_ask(server, pairs):
    assert server.get("/shown")["X-Shown"] == "client"
    assert server.get("/shown12")["X-Shown"] == "client"
    given = "/shown/variable?c=%s&k=%s" % (pairs["client"].certificate, pairs["client"].key)
    assert server.get(given)["X-Shown"] == "client"


def test_a_peer_refuses_who_shows_none(server):
    # With TLS 1.3 the refusal comes behind the handshake.
    for target in ("/hidden", "/shown/variable", "/hidden12"):
        assert server.get(target).status == 502
    said(server, "SSL_do_handshake() failed (SSL: error:", "alert", "/hidden12",
         'upstream: "https://')


def test_a_certificate_that_is_not_there_is_a_fault_of_ours(server):
    assert server.get("/shown/variable?c=/none.crt&k=/none.key").status == 500
    said(server, 'cannot load certificate "/none.crt"')


def test_a_peer_without_tls_is_no_peer(server):
    assert server.get("/plain").status == 502
    said(server, "SSL_do_handshake() failed (SSL: error:", "while SSL handshaking to upstream")


def test_the_next_peer_is_asked_after_a_handshake_that_failed(server, peers):
    got = server.get("/second")
    assert got.status == 200
    assert got["X-Peers"] == "%s, %s" % (peers.plain, peers.good)


def test_versions_and_ciphers_are_those_of_the_configuration(server):
    got = server.get("/versions")
    assert (got["X-Version"], got["X-Cipher"]) == ("TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384")
    assert server.get("/command")["X-Cipher"] == "TLS_CHACHA20_POLY1305_SHA256"
    assert server.get("/toonew").status == 502


def test_the_scheme_may_be_a_variable(server, peers):
    assert server.get("/scheme?s=https&p=%s" % peers.good)["X-Version"] == "TLSv1.3"
    assert server.get("/scheme?s=http&p=%s" % peers.plain).content == b"plain"
    assert server.get("/scheme?s=HTTPS&p=%s" % peers.good)["X-Version"] == "TLSv1.3"
    assert server.get("/scheme?s=http&p=%s" % peers.good).status == 502


def test_connections_are_kept_for_requests_with_the_same_rules(server):
    one = server.get("/kept/one")["X-Connection"]
    assert server.get("/kept/one")["X-Connection"] == one
    assert server.get("/kept/two")["X-Connection"] == one


@pytest.mark.ours
def test_connections_are_not_kept_for_requests_with_other_rules(server):
    # nginx gives the connection of one location to the other, whatever that one wants to know.
    one = server.get("/kept/one")["X-Connection"]
    checked = server.get("/kept/checked")["X-Connection"]
    assert checked != one
    assert server.get("/kept/wrong").status == 502
    first = server.get("/kept/name?n=a.test")
    second = server.get("/kept/name?n=b.test")
    assert (first["X-Asked"], second["X-Asked"]) == ("a.test", "b.test")
    assert server.get("/kept/name?n=a.test")["X-Connection"] == first["X-Connection"]
    assert server.get("/kept/checked")["X-Connection"] == checked


def test_sessions_are_resumed_unless_that_is_off(lab, pairs):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        peer = lab.backend(describe, tls=pairs["good"].server_context(versions=version), close=True)
        server = lab.server("""
            proxy_ssl_protocols TLSv1.2 TLSv1.3;
            server { listen 127.0.0.1:%%%%PORT%%%%;
                location / { proxy_pass https://%s; }
                location /off { proxy_pass https://%s; proxy_ssl_session_reuse off; }
            }""" % (peer, peer), main="worker_processes 1;")
        assert [server.get("/")["X-Resumed"] for _ in range(3)] == ["no", "yes", "yes"], version
        assert [server.get("/off")["X-Resumed"] for _ in range(2)] == ["no", "no"]


@pytest.mark.parametrize("size", [1, 16 << 10, 3 << 20])
def test_content_passes_whole_in_both_directions(server, peers, size):
    sent = os.urandom(size)
    peers.good.forget()
    old, peers.good.script = peers.good.script, lambda read, _: answer(read.content)
    try:
        assert server.get("/upload", "POST", content=sent).content == sent
        assert server.get("/verify", "POST", content=sent).content == sent
        peers.good.script = lambda read, _: answer(read.content, framing="chunked")
        assert server.get("/upload", "POST", content=sent).content == sent
    finally:
        peers.good.script = old


FORGED = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Forged: yes\r\n\r\nforged"


def one_server(lab, peer, more=""):
    return lab.server("""
        proxy_next_upstream off;
        server { listen 127.0.0.1:%%%%PORT%%%%;
            location / { proxy_pass https://127.0.0.1:%d; %s } }""" % (peer.port, more))


def raw_peer(lab, *words):
    made = Raw(*words)
    lab.started.append(made)
    return made


def test_bytes_before_the_handshake_are_never_passed_on(lab, pairs):
    context = pairs["good"].server_context()

    def handshake(accepted):
        with context.wrap_socket(accepted, server_side=True) as secured:
            secured.recv(65536)
            secured.sendall(answer(b"true"))

    peer = raw_peer(lab, FORGED, handshake)
    got = one_server(lab, peer).get("/")
    assert got.status == 502 and b"forged" not in got.content and "X-Forged" not in got


def test_bytes_in_the_midst_of_the_handshake_are_never_passed_on(lab):
    def answer_in_the_plain(accepted):
        accepted.recv(65536)
        accepted.sendall(FORGED)
        time.sleep(0.2)

    got = one_server(lab, raw_peer(lab, b"", answer_in_the_plain)).get("/")
    assert got.status == 502 and b"forged" not in got.content


def test_a_peer_that_closes_in_the_handshake_is_named(lab):
    server = one_server(lab, raw_peer(lab, b"", lambda accepted: accepted.recv(65536)))
    assert server.get("/").status == 502
    said(server, "peer closed connection in SSL handshake", "while SSL handshaking to upstream")


def test_a_peer_that_says_nothing_in_the_handshake_runs_out_of_time(lab):
    server = one_server(lab, raw_peer(lab), "proxy_connect_timeout 1s;")
    assert server.get("/").status == 504
    said(server, "upstream timed out (110: Connection timed out) while SSL handshaking to upstream")


def test_an_answer_that_breaks_off_is_not_taken_for_whole(lab, pairs):
    context = pairs["good"].server_context()

    def break_off(accepted):
        secured = context.wrap_socket(accepted, server_side=True)
        secured.recv(65536)
        secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        # No goodbye: the connection is cut.
        socket.socket(fileno=os.dup(secured.fileno())).shutdown(socket.SHUT_RDWR)

    server = one_server(lab, raw_peer(lab, b"", break_off))
    with Wire(server.port) as wire:
        wire.send(request("/"))
        with pytest.raises(Exception):
            wire.response()


def test_a_tunnel_passes_over_tls(lab, pairs):
    def shake(read, connection):
        key = (read.get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()
        connection.send(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + base64.b64encode(hashlib.sha1(key).digest()) + b"\r\n\r\n"
            b"early")
        while data := connection.socket.recv(65536):
            connection.send(data.upper())
        connection.close()

    peer = lab.backend(shake, tls=pairs["good"].server_context())
    server = lab.server("""
        server { listen 127.0.0.1:%%%%PORT%%%%;
            location / { proxy_pass https://%s; proxy_http_version 1.1;
                proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; } }
        """ % peer)
    with Wire(server.port) as wire:
        wire.send(request("/", fields={
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(b"0123456789abcdef").decode()}))
        assert wire.head().status == 101
        assert wire.exactly(5) == b"early"
        for size in (3, 70000):
            wire.send(b"a" * size)
            assert wire.exactly(size) == b"A" * size
