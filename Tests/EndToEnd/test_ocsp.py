# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Authorities are asked whether they still vouch for certificates: for those that are shown, in the
# background; for those of clients, before their request is answered.

import http.client
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from harness import tree, until
from harness.authority import Authority, openssl
from harness.ports import free_port
from harness.responder import Responder

OURS = pytest.mark.ours
SITE = """
    %%TOP%%
    log_format status "$ssl_client_verify";
    server {
        listen 127.0.0.1:%%PORT%% ssl;
        listen 127.0.0.1:%%PORT1%%;
        server_name example.com;
        ssl_certificate a.crt;
        ssl_certificate_key a.key;
        %%MORE%%
        location / { root %%DIR%%/html; }
        location /status { return 200 $ssl_client_verify; }
        error_page 495 = /status;
    }
"""
CLIENTS = "ssl_verify_client on; ssl_client_certificate ca.pem; ssl_ocsp leaf;"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def shown(authority):
    return authority.issue("example.com", file="shown")


@pytest.fixture
def responder(authority):
    with Responder(authority) as made:
        yield made


def site(lab, authority, pair, more, http=SITE, start=True, **rest):
    server = lab.server(http, start=False, **{"top": "", "more": more, **rest})
    tree(server.directory / "html", {"index.html": "home"})
    put(server, authority, pair)
    shutil.copy(authority.certificate, server.directory / "ca.pem")
    return server.start() if start else server


def put(server, authority, pair):
    shutil.copy(pair.key, server.directory / "a.key")
    (server.directory / "a.crt").write_text(
        pair.certificate.read_text() + authority.certificate.read_text())


def ask(server, authority, client, target="/status", port=None):
    """The status and content of an answer to a client with a certificate."""
    context = authority.client(certificate=client)
    raw = socket.create_connection(("127.0.0.1", port or server.port), 20)
    with context.wrap_socket(raw, server_hostname="example.com") as wire:
        wire.sendall(b"GET %s HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n"
                     % target.encode())
        response = http.client.HTTPResponse(wire)
        response.begin()
        return response.status, response.read().decode()


# What clients are handed

def stapled(server):
    done = subprocess.run(
        ["openssl", "s_client", "-connect", "127.0.0.1:%d" % server.port, "-status",
         "-servername", "example.com"], input=b"", capture_output=True, timeout=20)
    return b"OCSP Response Status: successful" in done.stdout


@OURS
def test_the_responder_of_openssl_is_asked_in_the_background(lab, authority):
    port = free_port()
    pair = authority.issue("example.com", file="real",
                           responder="http://127.0.0.1:%d" % port)
    serial = openssl("x509", "-in", pair.certificate, "-noout", "-serial").decode()
    index = authority.folder / "real.index"
    index.write_text("V\t491231000000Z\t\t%s\tunknown\t/CN=example.com\n"
                     % serial.strip().split("=")[1])
    # Nobody is there at first.
    server = site(lab, authority, pair, "ssl_stapling on; ssl_stapling_verify on; "
                  "ssl_trusted_certificate ca.pem;")
    server.wait_for_error("connect\\(\\) failed .*requesting certificate status, responder: "
                          "127.0.0.1, peer: 127.0.0.1:%d, certificate: \"" % port)
    assert not stapled(server)
    process = subprocess.Popen(
        ["openssl", "ocsp", "-port", str(port), "-index", index, "-CA", authority.certificate,
         "-rsigner", authority.certificate, "-rkey", authority.folder / "ca.key", "-ndays", "1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: stapled(server), 30)
    finally:
        process.kill()
        process.wait()
    assert stapled(server)


@OURS
def test_a_statement_is_asked_for_once(lab, authority, responder):
    pair = authority.issue("example.com", file="once", responder=responder.url)
    responder.judge(pair)
    second = "server { listen 127.0.0.1:%%PORT2%% ssl; server_name b; ssl_certificate a.crt; " \
        "ssl_certificate_key a.key; ssl_stapling on; }"
    server = site(lab, authority, pair, "ssl_stapling on;", SITE + second)
    until(lambda: stapled(server))
    for _ in range(5):
        assert stapled(server)
    assert len(responder.asked) == 1
    # A new certificate has a statement of its own.
    other = authority.issue("example.com", file="another", responder=responder.url)
    responder.judge(other)
    put(server, authority, other)
    until(lambda: len(responder.asked) == 2)
    until(lambda: stapled(server))


@OURS
@pytest.mark.parametrize("verdict, message", [
    ("R", 'certificate status "revoked" in the OCSP response'),
    (None, 'certificate status "unknown" in the OCSP response'),
])
def test_only_good_news_is_stapled(lab, authority, responder, verdict, message):
    pair = authority.issue("example.com", file="bad", responder=responder.url)
    if verdict:
        responder.judge(pair, verdict)
    server = site(lab, authority, pair, "ssl_stapling on;")
    server.wait_for_error(message)
    assert not stapled(server)


@OURS
def test_a_statement_must_be_signed_by_somebody_who_is_trusted(lab, authority, tmp_path):
    other = Authority(tmp_path / "other")
    pair = authority.issue("example.com", file="forged")

    class Forger(Responder):
        def statement(self, question):
            self.authority = authority
            index = tmp_path / "index"
            index.write_text("")
            (tmp_path / "question").write_bytes(question)
            openssl("ocsp", "-index", index, "-CA", authority.certificate, "-rsigner",
                    other.certificate, "-rkey", other.folder / "ca.key", "-ndays", 1,
                    "-reqin", tmp_path / "question", "-respout", tmp_path / "answer")
            return (tmp_path / "answer").read_bytes()

    with Forger(authority) as forger:
        server = site(lab, authority, pair, "ssl_stapling on; ssl_stapling_verify on; "
                      "ssl_trusted_certificate ca.pem; ssl_stapling_responder %s;" % forger.url)
        server.wait_for_error(r"OCSP_basic_verify\(\) failed")
        assert not stapled(server)


# Whether clients are still vouched for

@OURS
@pytest.mark.parametrize("verdict, content", [
    ("V", "SUCCESS"),
    ("R", "FAILED:certificate revoked"),
    (None, "FAILED:certificate status unknown"),
])
def test_the_authority_of_a_client_is_asked(lab, authority, shown, responder, verdict, content):
    client = authority.issue("client", file="client-%s" % verdict, responder=responder.url)
    if verdict:
        responder.judge(client, verdict)
    server = site(lab, authority, shown, CLIENTS)
    # The page of the error is one that says so.
    assert ask(server, authority, client) == (200, content)
    if verdict != "V":
        server.wait_for_error("client SSL certificate verify error: " + content[7:])
    assert len(responder.asked) == 1


@OURS
def test_nobody_else_waits_for_the_answer(lab, authority, shown):
    gate = threading.Event()

    def wait(_):
        gate.wait(20)

    with Responder(authority, wait) as responder:
        client = authority.issue("client", file="patient")
        responder.judge(client)
        server = site(lab, authority, shown, CLIENTS + "ssl_ocsp_responder %s/x;" % responder.url,
                      main="worker_processes 1;")
        answers = []
        thread = threading.Thread(target=lambda: answers.append(ask(server, authority, client)))
        thread.start()
        until(lambda: responder.asked)
        assert responder.asked[0].startswith("/x/")
        for _ in range(20):
            assert server.get("/", port=server.ports["PORT1"]).status == 200
        # One that leaves while it waits takes nothing with it.
        context = authority.client(certificate=client)
        raw = socket.create_connection(("127.0.0.1", server.port), 20)
        with context.wrap_socket(raw, server_hostname="example.com"):
            until(lambda: len(responder.asked) == 2)
        assert not answers
        gate.set()
        thread.join(20)
        assert answers == [(200, "SUCCESS")]
        assert server.get("/", port=server.ports["PORT1"]).status == 200


def said(head, content=b""):
    return lambda _: head.encode() + b"\r\n\r\n" + content


@OURS
@pytest.mark.parametrize("script, message", [
    (said("HTTP/1.1 500 No"), "OCSP responder answered with status 500"),
    (said("HTTP/1.1 200 OK\r\nContent-Length: 3", b"abc"), r"d2i_OCSP_RESPONSE\(\) failed"),
    (said("HTTP/1.1 200 OK\r\nContent-Length: 5", b"\x30\x03\x0a\x01\x03"),
     r"OCSP response not successful \(3: trylater\)"),
    (said("HTTP/1.1 200 OK\r\nContent-Length: 300", b"abc"),
     "OCSP responder prematurely closed connection"),
    (said("garbage"), "OCSP responder sent invalid response"),
    (lambda _: b"", "OCSP responder prematurely closed connection"),
])
def test_a_bad_answer_is_none(lab, authority, shown, script, message):
    with Responder(authority, script) as responder:
        client = authority.issue("client", file="misjudged", responder=responder.url)
        server = site(lab, authority, shown, CLIENTS)
        assert ask(server, authority, client) == (
            200, "FAILED:certificate status request failed")
        server.wait_for_error(message + ".* while requesting certificate status, responder: ")


@OURS
@pytest.mark.parametrize("responder, message", [
    (None, "no OCSP responder URL in certificate"),
    ("https://127.0.0.1/", 'invalid URL prefix in OCSP responder "https://127.0.0.1/" in cert'),
    ("http://unix:/run/x.sock", "invalid host in OCSP responder"),
    ("http://name.invalid/", "name.invalid could not be resolved"),
])
def test_a_client_without_a_responder_is_refused(lab, authority, shown, responder, message):
    client = authority.issue("client", file="unheard", responder=responder)
    server = site(lab, authority, shown, CLIENTS + "resolver 127.0.0.1:1; resolver_timeout 1s;")
    assert ask(server, authority, client) == (200, "FAILED:certificate status request failed")
    server.wait_for_error(message)


@OURS
def test_answers_are_remembered_across_reloads(lab, authority, shown, responder):
    client = authority.issue("client", file="known", responder=responder.url)
    responder.judge(client)
    server = site(lab, authority, shown, CLIENTS + "ssl_ocsp_cache shared:statuses:1m;")
    for _ in range(3):
        assert ask(server, authority, client) == (200, "SUCCESS")
    server.reload()
    responder.judge(client, "R")
    assert ask(server, authority, client) == (200, "SUCCESS")
    assert len(responder.asked) == 1


@OURS
def test_clients_of_streams_are_asked_about_as_well(lab, authority, shown, responder):
    good = authority.issue("client", file="good", responder=responder.url)
    bad = authority.issue("client", file="lost", responder=responder.url)
    responder.judge(good)
    responder.judge(bad, "R")
    server = lab.server("", main="""stream {
        ssl_certificate %s; ssl_certificate_key %s; ssl_client_certificate %s;
        server { listen 127.0.0.1:%%%%PORT%%%% ssl; ssl_verify_client on; ssl_ocsp on;
            return $ssl_client_verify; }
        }""" % (shown.certificate, shown.key, authority.certificate))

    def read(client):
        context = authority.client(certificate=client)
        try:
            with socket.create_connection(("127.0.0.1", server.port), 20) as raw:
                with context.wrap_socket(raw, server_hostname="example.com") as wire:
                    wire.settimeout(20)
                    return wire.recv(100)
        except (ssl.SSLError, ConnectionError):
            return b""

    assert read(good) == b"SUCCESS"
    assert read(bad) == b""
    assert len(responder.asked) == 2


@pytest.mark.parametrize("more, message", [
    ("ssl_ocsp on; ssl_verify_client optional_no_ca;",
     '"ssl_ocsp" is incompatible with "ssl_verify_client optional_no_ca"'),
    ("ssl_ocsp yes;", 'invalid value "yes"'),
    ("ssl_ocsp on; ssl_ocsp_responder https://x/;", "invalid URL prefix in OCSP responder"),
    ("ssl_ocsp_cache statuses;", 'invalid OCSP cache "statuses"'),
    ("ssl_ocsp_cache shared:statuses:1k;", 'OCSP cache "shared:statuses:1k" is too small'),
])
def test_what_is_wrong_is_said(lab, authority, shown, more, message):
    server = site(lab, authority, shown, more, start=False)
    done = subprocess.run(server.arguments("-t"), capture_output=True, text=True,
                          cwd=server.directory, timeout=20)
    assert done.returncode == 1 and message in done.stderr, done.stderr


@pytest.mark.parametrize("url, message", [
    (None, '"ssl_stapling" ignored, no OCSP responder URL in the certificate'),
    ("ldap://x", '"ssl_stapling" ignored, invalid URL prefix in OCSP responder "ldap://x"'),
])
def test_a_certificate_that_cannot_be_stapled_is_warned_of(lab, authority, url, message):
    pair = authority.issue("example.com", file="silent", responder=url)
    server = site(lab, authority, pair, "ssl_stapling on; ssl_trusted_certificate ca.pem;",
                  start=False)
    done = subprocess.run(server.arguments("-t"), capture_output=True, text=True,
                          cwd=server.directory, timeout=20)
    assert done.returncode == 0 and message in done.stderr, done.stderr
