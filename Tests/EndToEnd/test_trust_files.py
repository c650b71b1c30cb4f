# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The files beside certificates: those of authorities, lists of the revoked, parameters, statements.
# What is wrong with them is said, and new ones are taken up while everything is served.

import http.client
import pathlib
import shutil
import socket
import ssl
import subprocess

import pytest

from harness import until
from harness.peer_certificates import Authority, run

OURS = pytest.mark.ours
SITE = """
    %%TOP%%
    server {
        listen 127.0.0.1:%%PORT%% ssl;
        server_name example.com;
        ssl_certificate a.crt;
        ssl_certificate_key a.key;
        %%MORE%%
        return 200 $ssl_client_verify;
    }
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    made = Authority(tmp_path_factory.mktemp("authority"))
    made.server = made.issue("example.com")
    made.client = made.issue("client", names=[])
    return made


def prepare(lab, authority, more="", http=SITE, **rest):
    server = lab.server(http, start=False, **{"top": "", "more": more, **rest})
    shutil.copy(authority.server.certificate, server.directory / "a.crt")
    shutil.copy(authority.server.key, server.directory / "a.key")
    shutil.copy(authority.certificate, server.directory / "ca.pem")
    return server


def ask(server, client, port=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(str(client.certificate), str(client.key))
    raw = socket.create_connection(("127.0.0.1", port or server.port), 20)
    with context.wrap_socket(raw, server_hostname="example.com") as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n")
        response = http.client.HTTPResponse(wire)
        response.begin()
        return response.status, response.read().decode()


def replace(path, content):
    """Puts a file in the place of another one, whole."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(content if isinstance(content, bytes) else pathlib.Path(content).read_bytes())
    new.rename(path)


@OURS
def test_a_new_list_of_the_revoked_is_in_force_at_once(lab, authority):
    server = prepare(lab, authority, "ssl_verify_client on; ssl_client_certificate ca.pem; "
                     "ssl_crl list;")
    nobody = authority.revoke(file="nobody.crl")
    shutil.copy(nobody, server.directory / "list")
    server.start()
    assert ask(server, authority.client) == (200, "SUCCESS")
    replace(server.directory / "list", authority.revoke(authority.client, file="client.crl"))
    until(lambda: ask(server, authority.client)[0] == 400)
    server.wait_for_error('/list" is used from now on')
    # One that is broken opens no door.
    both = (server.directory / "list").read_bytes() + nobody.read_bytes()[:-30]
    replace(server.directory / "list", both)
    server.wait_for_error('cannot load revocation list ".*/list": line .* has no "-----END".*; '
                          "what is in use stays")
    assert ask(server, authority.client)[0] == 400
    (server.directory / "list").unlink()
    server.wait_for_error('revocation list ".*/list": No such file or directory')
    assert ask(server, authority.client)[0] == 400
    replace(server.directory / "list", nobody)
    until(lambda: ask(server, authority.client) == (200, "SUCCESS"))


@OURS
def test_new_authorities_of_clients_are_known_at_once(lab, authority, tmp_path):
    other = Authority(tmp_path / "other", name="other")
    stranger = other.issue("stranger", names=[])
    server = prepare(lab, authority, "ssl_verify_client on; ssl_client_certificate ca.pem;")
    server.start()
    assert ask(server, authority.client) == (200, "SUCCESS")
    assert ask(server, stranger)[0] == 400
    replace(server.directory / "ca.pem", other.certificate)
    until(lambda: ask(server, stranger) == (200, "SUCCESS"))
    assert ask(server, authority.client)[0] == 400
    # A certificate that is renewed later leaves it so.
    renewed = authority.issue("example.com", file="renewed")
    replace(server.directory / "a.crt", renewed.certificate)
    replace(server.directory / "a.key", renewed.key)
    server.wait_for_error("a.crt.* is used from now on")
    assert ask(server, stranger) == (200, "SUCCESS")
    assert ask(server, authority.client)[0] == 400


@OURS
def test_streams_take_up_what_is_new_as_well(lab, authority):
    server = lab.server("", start=False, main="""stream {
        ssl_certificate a.crt; ssl_certificate_key a.key;
        server { listen 127.0.0.1:%%PORT%% ssl; ssl_verify_client on;
            ssl_client_certificate ca.pem; ssl_crl list; return $ssl_client_verify; }
        }""")
    for source, name in ((authority.server.certificate, "a.crt"), (authority.server.key, "a.key"),
                         (authority.certificate, "ca.pem"),
                         (authority.revoke(file="none.crl"), "list")):
        shutil.copy(source, server.directory / name)
    server.start()

    def met():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.load_cert_chain(str(authority.client.certificate), str(authority.client.key))
        raw = socket.create_connection(("127.0.0.1", server.port), 20)
        with context.wrap_socket(raw, server_hostname="example.com") as wire:
            shown = wire.getpeercert(binary_form=True)
            try:
                return shown, wire.recv(100)
            except OSError:
                return shown, b""

    first = met()
    assert first[1] == b"SUCCESS"
    renewed = authority.issue("example.com", file="renewed-stream")
    replace(server.directory / "a.crt", renewed.certificate)
    replace(server.directory / "a.key", renewed.key)
    until(lambda: met()[0] != first[0])
    assert met()[1] == b"SUCCESS"
    replace(server.directory / "list", authority.revoke(authority.client, file="stream.crl"))
    until(lambda: met()[1] == b"")


@OURS
def test_a_list_that_several_servers_share_is_new_for_all(lab, authority):
    trust = "ssl_verify_client on; ssl_client_certificate ca.pem; ssl_crl list;"
    second = SITE.replace("%%TOP%%", "").replace("%%PORT%%", "%%PORT1%%").replace(
        "%%MORE%%", "%%MORE%% ssl_dhparam numbers;")
    server = prepare(lab, authority, trust, SITE + second)
    run("dhparam", "-dsaparam", "-out", server.directory / "numbers", 2048)
    shutil.copy(authority.revoke(file="shared.crl"), server.directory / "list")
    server.start()
    ports = (server.port, server.ports["PORT1"])
    assert [ask(server, authority.client, port)[0] for port in ports] == [200, 200]
    replace(server.directory / "list", authority.revoke(authority.client, file="shared2.crl"))
    until(lambda: [ask(server, authority.client, port)[0] for port in ports] == [400, 400])


@OURS
def test_new_files_about_peers_are_in_force_at_once(lab, authority, tmp_path):
    other = Authority(tmp_path / "others", name="others")
    clients = [authority.issue("client-a", names=[]), authority.issue("client-b", names=[])]
    peer = prepare(lab, authority, "ssl_verify_client on; ssl_client_certificate ca.pem;",
                   SITE.replace("$ssl_client_verify", "$ssl_client_s_dn"))
    peer.start()
    server = lab.server("""
        server {
            listen 127.0.0.1:%%%%PORT%%%%;
            location / {
                proxy_pass https://127.0.0.1:%d;
                proxy_http_version 1.1;
                proxy_set_header Connection "";
                proxy_ssl_name example.com;
                proxy_ssl_verify on;
                proxy_ssl_trusted_certificate trusted;
                proxy_ssl_crl list;
                proxy_ssl_certificate c.crt;
                proxy_ssl_certificate_key c.key;
            }
        }""" % peer.port, start=False)
    shutil.copy(authority.certificate, server.directory / "trusted")
    shutil.copy(authority.revoke(file="peers.crl"), server.directory / "list")
    shutil.copy(clients[0].certificate, server.directory / "c.crt")
    shutil.copy(clients[0].key, server.directory / "c.key")
    server.start()
    assert server.get("/").content == b"CN=client-a"
    # The key comes later than the certificate: until then the old pair serves.
    replace(server.directory / "c.crt", clients[1].certificate)
    server.wait_for_error("the key does not fit the certificate.*; what is in use stays")
    assert server.get("/").content == b"CN=client-a"
    replace(server.directory / "c.key", clients[1].key)
    until(lambda: server.get("/").content == b"CN=client-b")
    # No connection or session that was believed before is used any more.
    replace(server.directory / "list", authority.revoke(authority.server, file="peers2.crl"))
    until(lambda: server.get("/").status == 502)
    replace(server.directory / "list", authority.revoke(file="peers3.crl"))
    until(lambda: server.get("/").status == 200)
    replace(server.directory / "trusted", other.certificate)
    until(lambda: server.get("/").status == 502)
    replace(server.directory / "trusted", b"nothing")
    server.wait_for_error("nothing in it is PEM.*; what is in use stays")
    assert server.get("/").status == 502


# What is wrong

@pytest.fixture(scope="module")
def material(authority):
    folder = authority.folder
    run("crl", "-in", authority.revoke(file="x.crl"), "-outform", "der", "-out", folder / "der.crl")
    (folder / "old.conf").write_text(
        "[ca]\ndefault_ca=x\n[x]\ndatabase=%s\ndefault_md=sha256\n" % (folder / "x.crl.index"))
    run("ca", "-gencrl", "-config", folder / "old.conf", "-cert", authority.certificate,
        "-keyfile", authority.key, "-crlsec", "1", "-crl_lastupdate", "20200101000000Z",
        "-crl_nextupdate", "20200201000000Z", "-out", folder / "old.crl")
    (folder / "text").write_text("<html>404 Not Found</html>\n")
    (folder / "broken.pem").write_text(
        "-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n")
    (folder / "short.key").write_bytes(b"x" * 20)
    return folder


@OURS
@pytest.mark.parametrize("more, message, caret, status", [
    ("ssl_client_certificate text; ssl_verify_client on;", "nothing in it is PEM",
     "expected a certificate", 1),
    ("ssl_client_certificate authority.key; ssl_verify_client on;", "it holds a key",
     "expected a certificate", 1),
    ("ssl_trusted_certificate none;", 'cannot load certificate "', "", 1),
    ("ssl_crl authority.crt;", "it holds a certificate", "expected a revocation list", 1),
    ("ssl_crl der.crl;", "it holds a revocation list, not as PEM", "openssl crl -inform der", 1),
    ("ssl_crl none;", "No such file or directory", "", 1),
    ("ssl_crl x.crl;", "test is successful", "", 0),
    ("ssl_crl old.crl;", "was to be replaced 2020-02-01", "will be refused", 0),
    ("ssl_dhparam text;", "nothing in it is PEM", "openssl dhparam -out FILE 2048", 1),
    ("ssl_dhparam authority.crt;", "it holds a certificate", "expected parameters as PEM", 1),
    ("ssl_dhparam broken.pem;", "the parameters on line 1 are damaged", "", 1),
    ("ssl_stapling on; ssl_stapling_file text;", 'cannot load OCSP response "',
     "expected the bytes that", 1),
    ("ssl_session_ticket_key short.key;", 'short.key" must be 48 or 80 bytes', "it has 20", 1),
    ("ssl_session_ticket_key none;", 'cannot load ticket key "', "", 1),
    ("ssl_password_file none;", 'cannot load passwords "', "", 1),
])
def test_what_is_wrong_is_said_at_its_place(
        lab, authority, material, more, message, caret, status):
    server = prepare(lab, authority, more)
    for path in material.iterdir():
        shutil.copy(path, server.directory)
    done = subprocess.run(server.arguments("-t"), capture_output=True, text=True,
                          cwd=server.directory, timeout=20)
    assert done.returncode == status, done.stderr
    assert message in done.stderr and caret in done.stderr, done.stderr
    if status:
        assert "nginx.conf:" in done.stderr and "^" in done.stderr, done.stderr
