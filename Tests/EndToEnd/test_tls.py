# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# TLS with clients: whose certificate is shown, what is spoken, who is let in, and what is resumed.

import socket
import ssl
import subprocess
import time

import pytest

from harness import tree, until

HEAD = "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"


def certificate(folder, name, *options):
    """A key and a certificate that vouches for itself."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "90", "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + name,
         "-keyout", str(folder / (name + ".key")), "-out", str(folder / (name + ".crt")),
         *options], check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    for name in "one.test", "two.test", "client.test", "other.test":
        certificate(folder, name)
    return folder


def start(lab, certificates, http, **rest):
    return lab.server(
        "ssl_certificate %%CERTS%%/one.test.crt; ssl_certificate_key %%CERTS%%/one.test.key;\n"
        + http, certs=str(certificates), **rest)


def context(version=None, client=None, protocols=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    if version:
        made.minimum_version = made.maximum_version = version
    if client:
        made.load_cert_chain(str(client) + ".crt", str(client) + ".key")
    if protocols:
        made.set_alpn_protocols(protocols)
    return made


def connect(port, name="one.test", using=None, **rest):
    raw = socket.create_connection(("127.0.0.1", port), 10)
    return (using or context(**rest)).wrap_socket(raw, server_hostname=name)


def receive(wire):
    data = b""
    while True:
        try:
            part = wire.recv(65536)
        except ssl.SSLEOFError:
            raise AssertionError("it ended without saying so: %r" % data[:200])
        if not part:
            return data
        data += part


def ask(port, name="one.test", target="/", host=None, **rest):
    with connect(port, name, **rest) as wire:
        wire.sendall((HEAD % (target, host or name or "x")).encode())
        head, _, content = receive(wire).partition(b"\r\n\r\n")
        return int(head.split()[1]), content


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_asked_by_tls_is_answered_by_it(lab, certificates, version):
    server = start(lab, certificates, """
        server {
            listen 127.0.0.1:%%PORT%% ssl;
            root %%DIR%%/html;
            location /facts { return 200 "$scheme|$https|$ssl_protocol|$ssl_server_name"; }
            location /peer/ { proxy_pass http://127.0.0.1:%%PORT1%%/; }
        }
        server { listen 127.0.0.1:%%PORT1%%; root %%DIR%%/html; }
    """, start=False)
    large = bytes(range(256)) * 8192
    tree(server.directory / "html", {"small": "s", "large": large})
    server.start()
    text = {"TLSv1_2": b"TLSv1.2", "TLSv1_3": b"TLSv1.3"}[version.name]
    assert ask(server.port, target="/facts", version=version) == (
        200, b"https|on|" + text + b"|one.test")
    for prefix in "", "/peer":
        assert ask(server.port, target=prefix + "/small", version=version) == (200, b"s")
        assert ask(server.port, target=prefix + "/large", version=version) == (200, large)
        assert ask(server.port, target=prefix + "/none", version=version)[0] == 404


def test_a_client_that_takes_little_gets_all_of_it(lab, certificates):
    server = start(lab, certificates, """
        server { listen 127.0.0.1:%%PORT%% ssl sndbuf=8k; root %%DIR%%/html; }
    """, start=False)
    large = bytes(range(256)) * 4096
    tree(server.directory / "html", {"large": large})
    server.start()
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.settimeout(10)
    raw.connect(("127.0.0.1", server.port))
    with context().wrap_socket(raw, server_hostname="one.test") as wire:
        wire.sendall((HEAD % ("/large", "one.test")).encode())
        time.sleep(0.3)
        data = b""
        while part := wire.recv(3000):
            data += part
    assert data.partition(b"\r\n\r\n")[2] == large


def test_requests_are_pipelined_and_cut_as_one_likes(lab, certificates):
    server = start(lab, certificates, """
        server { listen 127.0.0.1:%%PORT%% ssl; location / { return 200 "$uri;"; } }
    """)
    with connect(server.port) as wire:
        heads = b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(20))
        for byte in heads[:60]:
            wire.sendall(bytes([byte]))
        wire.sendall(heads[60:] + (HEAD % ("/end", "x")).encode())
        data = receive(wire)
    assert [b"/%d;" % n in data for n in range(20)] == [True] * 20 and b"/end;" in data


def test_content_reaches_a_peer_whole(lab, certificates):
    backend = lab.backend()
    server = start(lab, certificates, """
        client_max_body_size 10m;
        server { listen 127.0.0.1:%%PORT%% ssl; location / {
            proxy_pass http://127.0.0.1:%%PEER%%; } }
    """, peer=str(backend.port))
    content = bytes(range(256)) * 4096
    with connect(server.port) as wire:
        wire.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(content) + content)
        assert receive(wire).startswith(b"HTTP/1.1 200")
    assert backend.requests[-1].content == content


def test_a_plain_request_is_told_of_its_error(lab, certificates):
    server = start(lab, certificates, """
        server { listen 127.0.0.1:%%PORT%% ssl; return 200 x; }
        server { listen 127.0.0.1:%%PORT1%% ssl;
                 error_page 497 =302 https://$host/; return 200 x; }
    """)
    told = server.get("/")
    assert told.status == 400 and "plain HTTP request was sent to HTTPS port" in told.text
    assert server.get("/", port=server.ports["PORT1"]).status == 302
    server.wait_for_error(r"client sent plain HTTP request to HTTPS port")


def test_the_server_is_chosen_by_name(lab, certificates):
    server = start(lab, certificates, """
        server { listen 127.0.0.1:%%PORT%% ssl; server_name one.test; return 200 "one"; }
        server { listen 127.0.0.1:%%PORT%% ssl; server_name two.test *.two.test ~^t(?<n>\\d)$;
                 ssl_certificate %%CERTS%%/two.test.crt;
                 ssl_certificate_key %%CERTS%%/two.test.key; return 200 "two $n"; }
        server { listen 127.0.0.1:%%PORT%% ssl; server_name no.test; ssl_reject_handshake on; }
        server { listen 127.0.0.1:%%PORT%% ssl; server_name old.test; ssl_protocols TLSv1.2;
                 return 200 $ssl_protocol; }
    """)

    def shown(name):
        with connect(server.port, name) as wire:
            return ssl.DER_cert_to_PEM_cert(wire.getpeercert(True))

    one, two = [(certificates / (name + ".crt")).read_text() for name in ("one.test", "two.test")]
    for name in "one.test", "unknown.test", None, "no_such":
        assert shown(name) == one, name
    for name in "two.test", "a.two.test", "TWO.test", "t7":
        assert shown(name) == two, name
    assert ask(server.port, "t7") == (200, b"two 7")
    assert ask(server.port, "a.two.test") == (200, b"two ")
    assert ask(server.port, "old.test") == (200, b"TLSv1.2")
    with pytest.raises(ssl.SSLError, match="(?i)unrecognized.name"):
        connect(server.port, "no.test")
    with pytest.raises(ssl.SSLError):
        connect(server.port, "old.test", version=ssl.TLSVersion.TLSv1_3)
    server.wait_for_error(r"\[info\].*handshake rejected while SSL handshaking, client: 127.0.0.1")


VERIFYING = """
    server { listen 127.0.0.1:%%PORT%% ssl; server_name one.test;
             return 200 "one $ssl_session_reused"; }
    server { listen 127.0.0.1:%%PORT%% ssl; server_name must.test; ssl_verify_client on;
             ssl_client_certificate %%CERTS%%/client.test.crt;
             return 200 "$ssl_client_verify $ssl_client_s_dn $ssl_session_reused"; }
    server { listen 127.0.0.1:%%PORT%% ssl; server_name may.test; ssl_verify_client optional;
             ssl_client_certificate %%CERTS%%/client.test.crt;
             return 200 "$ssl_client_verify"; }
    server { listen 127.0.0.1:%%PORT%% ssl; server_name any.test;
             ssl_verify_client optional_no_ca; return 200 "$ssl_client_verify"; }
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_clients_are_asked_who_they_are(lab, certificates, version):
    server = start(lab, certificates, VERIFYING)
    known, other = certificates / "client.test", certificates / "other.test"

    def try_it(name, client=None):
        return ask(server.port, name, version=version, client=client)

    assert try_it("must.test", known) == (200, b"SUCCESS CN=client.test .")
    status, page = try_it("must.test")
    assert status == 400 and b"No required SSL certificate was sent" in page
    status, page = try_it("must.test", other)
    assert status == 400 and b"The SSL certificate error" in page
    assert try_it("may.test") == (200, b"NONE")
    assert try_it("may.test", known) == (200, b"SUCCESS")
    assert try_it("may.test", other)[0] == 400
    assert try_it("any.test") == (200, b"NONE")
    assert try_it("any.test", other)[1].startswith(b"FAILED:self")


def test_nobody_gets_in_by_the_name_of_another_server(lab, certificates):
    server = start(lab, certificates, VERIFYING)
    assert ask(server.port, "one.test", host="must.test")[0] == 421
    assert ask(server.port, "may.test", host="must.test")[0] == 421
    assert ask(server.port, "must.test", host="one.test", client=certificates / "client.test") == (
        200, b"one .")
    assert ask(server.port, None, host="must.test")[0] == 400


@pytest.mark.parametrize("version", VERSIONS)
def test_no_session_passes_from_one_server_to_another(lab, certificates, version):
    server = start(lab, certificates, VERIFYING)
    using = context(version)

    def visit(name, session):
        raw = socket.create_connection(("127.0.0.1", server.port), 10)
        with using.wrap_socket(raw, server_hostname=name, session=session) as wire:
            wire.sendall((HEAD % ("/", name)).encode())
            data = receive(wire)
            return data, wire.session, wire.session_reused

    _, session, _ = visit("one.test", None)
    data, session, reused = visit("one.test", session)
    assert reused and data.endswith(b"one r")
    for name in "must.test", "may.test", "any.test":
        assert not visit(name, session)[2], name


@pytest.mark.parametrize("version", VERSIONS)
def test_tickets_are_good_for_other_threads_and_after_a_reload(lab, certificates, version):
    server = start(lab, certificates, """
        server { listen 127.0.0.1:%%PORT%% ssl; return 200 "$ssl_session_reused"; }
    """, main="worker_processes 3;")
    using = context(version)

    def visit(session):
        raw = socket.create_connection(("127.0.0.1", server.port), 10)
        with using.wrap_socket(raw, server_hostname="one.test", session=session) as wire:
            wire.sendall((HEAD % ("/", "x")).encode())
            receive(wire)
            return wire.session, wire.session_reused

    session, reused = visit(None)
    assert not reused
    for _ in range(8):
        session, reused = visit(session)
        assert reused
    server.reload()
    assert visit(session)[1]


def test_a_handshake_has_a_deadline(lab, certificates):
    server = start(lab, certificates, """
        server { listen 127.0.0.1:%%PORT%% ssl; client_header_timeout 500ms; return 200 x; }
    """)
    for start_of in b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00":
        with socket.create_connection(("127.0.0.1", server.port), 10) as wire:
            wire.sendall(start_of)
            assert wire.recv(100) == b""
    server.wait_for_error(r"\[info\].*client timed out \(110: .*\) while SSL handshaking")


def test_what_is_no_tls_harms_nobody(lab, certificates):
    server = start(lab, certificates, """
        server { listen 127.0.0.1:%%PORT%% ssl; return 200 x; }
    """)
    for garbage in b"\x16\x03\x01\xff\xff" + b"x" * 70000, b"\x80" * 100, b"\x16" * 50000:
        with socket.create_connection(("127.0.0.1", server.port), 10) as wire:
            try:
                wire.sendall(garbage)
                wire.shutdown(socket.SHUT_WR)
                while wire.recv(65536):
                    pass
            except OSError:
                pass
    assert ask(server.port) == (200, b"x")


def test_protocols_are_agreed_upon(lab, certificates):
    server = start(lab, certificates, """
        server { listen 127.0.0.1:%%PORT%% ssl; return 200 "$ssl_alpn_protocol"; }
    """)
    assert ask(server.port, protocols=["http/1.1"]) == (200, b"http/1.1")
    assert ask(server.port, protocols=["x", "http/1.0"]) == (200, b"http/1.0")
    assert ask(server.port) == (200, b"")
    with pytest.raises(ssl.SSLError):
        connect(server.port, protocols=["nonsense"])


def test_a_header_of_the_proxy_protocol_comes_before_tls(lab, certificates):
    server = start(lab, certificates, """
        server { listen 127.0.0.1:%%PORT%% ssl proxy_protocol;
                 return 200 "$proxy_protocol_addr $scheme"; }
    """)
    raw = socket.create_connection(("127.0.0.1", server.port), 10)
    raw.sendall(b"PROXY TCP4 192.0.2.7 192.0.2.1 123 443\r\n")
    with context().wrap_socket(raw, server_hostname="one.test") as wire:
        wire.sendall((HEAD % ("/", "x")).encode())
        assert receive(wire).endswith(b"192.0.2.7 https")


def test_a_server_without_a_certificate_is_refused(lab, certificates):
    server = lab.server("server { listen 127.0.0.1:%%PORT%% ssl; }", start=False)
    made = subprocess.run(server.arguments("-t"), capture_output=True, text=True)
    assert made.returncode == 1
    assert 'no "ssl_certificate" is defined for the "listen ... ssl" directive' in made.stderr


def test_an_idle_connection_gives_its_buffers_back(lab, certificates):
    server = start(lab, certificates, """
        keepalive_timeout 60s;
        server { listen 127.0.0.1:%%PORT%% ssl; return 200 x; }
    """, events="worker_connections 2000;", main="worker_processes 1;")

    def open_some(count):
        made = []
        for _ in range(count):
            wire = connect(server.port)
            wire.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200 OK" in wire.recv(4096)
            made.append(wire)
        return made

    wires = open_some(50)
    before = server.memory()
    wires += open_some(300)
    until(lambda: (server.memory() - before) / 300 <= 24, 10, "too much is kept")
    for wire in wires:
        wire.close()


def test_commands_have_the_last_word_about_certificates(lab, certificates):
    server = start(lab, certificates, """
        server {
            listen 127.0.0.1:%%PORT%% ssl;
            ssl_conf_command Certificate %%CERTS%%/two.test.crt;
            ssl_conf_command PrivateKey %%CERTS%%/two.test.key;
            location / { return 200 text; }
        }
    """)
    with connect(server.port) as wire:
        shown = ssl.DER_cert_to_PEM_cert(wire.getpeercert(True))
    assert shown.strip() == (certificates / "two.test.crt").read_text().strip()


def test_variables_that_openssl_cannot_fill_are_empty(lab, certificates):
    server = start(lab, certificates, """
        server {
            listen 127.0.0.1:%%PORT%% ssl;
            ssl_certificate_compression off;
            location / {
                return 200 "[$ssl_sigalg$ssl_client_sigalg$ssl_ech_status]";
                add_header X-Name "<$ssl_ech_outer_server_name>";
            }
        }
    """)
    assert ask(server.port) == (200, b"[]")


@pytest.mark.parametrize("version", VERSIONS)
def test_encryption_by_the_kernel_is_asked_for_and_can_be_declined(lab, certificates, version):
    server = start(lab, certificates, """
        ssl_conf_command Options KTLS;
        server {
            listen 127.0.0.1:%%PORT%% ssl sndbuf=16k;
            root %%DIR%%/html;
            sendfile on;
            location /peer/ { proxy_pass http://127.0.0.1:%%PORT1%%/; }
        }
        server { listen 127.0.0.1:%%PORT1%%; root %%DIR%%/html; }
    """, start=False)
    large = bytes(range(256)) * 16384
    tree(server.directory / "html", {"small": "s", "large": large})
    server.start()
    for prefix in "", "/peer":
        assert ask(server.port, target=prefix + "/small", version=version) == (200, b"s")
        assert ask(server.port, target=prefix + "/large", version=version) == (200, large)
    # Who goes away in the middle of it harms nobody.
    for _ in range(5):
        wire = connect(server.port, version=version)
        wire.sendall((HEAD % ("/large", "one.test")).encode())
        wire.recv(1000)
        wire.close()
    assert ask(server.port, target="/small", version=version) == (200, b"s")
    assert not any(level in server.errors() for level in ("[error]", "[crit]", "[alert]"))
