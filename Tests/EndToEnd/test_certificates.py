# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Certificates: what is wrong with them is said, missing ones are stood in for, and files that
# change are taken up while everything is served.

import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys

import pytest

from harness import tree, until
from harness.authority import Authority, Certificate, openssl
from harness.server import ROOT

OURS = pytest.mark.ours
SITE = """
    %%TOP%%
    server {
        listen 127.0.0.1:%%PORT%% ssl;
        server_name example.com;
        ssl_certificate live/a.crt;
        ssl_certificate_key live/a.key;
        %%MORE%%
        root %%DIR%%/html;
    }
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def prepare(lab, http=SITE, start=True, **rest):
    rest.setdefault("more", "")
    rest.setdefault("top", "")
    server = lab.server(http, start=False, **rest)
    tree(server.directory / "html", {"index.html": "home"})
    (server.directory / "live").mkdir()
    return server


def put(server, pair, name="a"):
    """Writes both files, one after the other, as tools do that know nothing of each other."""
    live = server.directory / "live"
    shutil.copy(pair.certificate, live / (name + ".crt"))
    shutil.copy(pair.key, live / (name + ".key"))


def shown(server, name="example.com", port=None):
    """The certificate that a client is shown, as bytes; None where the handshake fails."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection(("127.0.0.1", port or server.port), 10) as plain:
            with context.wrap_socket(plain, server_hostname=name) as secured:
                return secured.getpeercert(binary_form=True)
    except (ssl.SSLError, ConnectionError):
        return None


def encoded(pair):
    return ssl.PEM_cert_to_DER_cert(pathlib.Path(pair.certificate).read_text())


def check(server):
    return subprocess.run(server.arguments("-t"), capture_output=True, text=True,
                          cwd=server.directory, timeout=20)


# What is wrong

@pytest.fixture(scope="module")
def material(authority):
    folder = authority.folder
    first = authority.issue("example.com", file="first")
    authority.issue("example.com", file="second")
    openssl("ec", "-in", first.key, "-aes128", "-passout", "pass:geheim",
            "-out", folder / "locked.key")
    openssl("x509", "-in", first.certificate, "-outform", "der", "-out", folder / "binary.pem")
    (folder / "empty").write_bytes(b"")
    (folder / "text").write_text("<html>404 Not Found</html>\n")
    (folder / "cut.pem").write_text(first.certificate.read_text()[:-30])
    (folder / "right").write_text("falsch\r\ngeheim\r\n")
    (folder / "wrong").write_text("falsch\n")
    authority.issue("example.com", file="old", days=-1)
    openssl("req", "-x509", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=example.com",
            "-keyout", folder / "weak.key", "-out", folder / "weak.pem")
    return folder


@OURS
@pytest.mark.parametrize("certificate, key, more, message, caret, status", [
    ("first.pem", "first.key", "", "test is successful", "", 0),
    ("first.pem", "second.key", "", 'the key does not fit the certificate',
     'it is an EC key (P-256), but not that of "CN=example.com"', 1),
    ("first.key", "first.pem", "", "it holds a key", "expected a certificate", 1),
    ("first.key", "first.pem", "", "it holds a key",
     "are the files of certificate and key swapped?", 1),
    ("first.pem", "locked.key", "", "the key is encrypted", "ssl_password_file", 1),
    ("first.pem", "locked.key", "ssl_password_file wrong;",
     "the password does not open the encrypted key", "ssl_password_file", 1),
    ("first.pem", "locked.key", "ssl_password_file right;", "test is successful", "", 0),
    ("binary.pem", "first.key", "", "it holds a certificate, not as PEM",
     "openssl x509 -inform der", 1),
    ("empty", "first.key", "", "it is empty", "expected a certificate", 1),
    ("text", "first.key", "", 'it begins with "<html>404 Not Found</htm…"',
     "expected a certificate", 1),
    ("cut.pem", "first.key", "", 'line 1: "-----BEGIN CERTIFICATE-----" has no "-----END"', "", 1),
    ("old.pem", "old.key", "", "the certificate has expired", "clients will refuse it", 0),
    ("weak.pem", "weak.key", "", "an RSA key of 1024 bits is too weak", "at least 2048 bits", 1),
    ("first.pem", "engine:pkcs11:key", "", 'keys of "engine:" are not supported',
     "expected a file", 1),
    ("no.pem", "first.key", "ssl_stand_in off;", "No such file or directory", "ssl_stand_in on", 1),
    ("no.pem", "first.key", "", "No such file or directory", "stands in for it", 0),
    ("first.pem", "no.key", "", "No such file or directory", "stands in for it", 0),
    ("live", "first.key", "", "Is a directory", "", 1),
])
def test_what_is_wrong_is_said_at_its_place(
        lab, material, certificate, key, more, message, caret, status):
    names = "ssl_certificate %s; ssl_certificate_key %s; %s" % (certificate, key, more)
    server = prepare(lab, SITE.replace("ssl_certificate live/a.crt;", names).replace(
        "ssl_certificate_key live/a.key;", ""))
    for path in material.iterdir():
        shutil.copy(path, server.directory)
    done = check(server)
    assert done.returncode == status, done.stderr
    assert message in done.stderr and caret in done.stderr
    assert "nginx.conf:" in done.stderr or not caret


def test_passwords_may_come_through_a_pipe(lab, material):
    server = prepare(lab, more="ssl_password_file pipe;")
    put(server, Certificate(material / "first.pem", material / "locked.key"))
    os.mkfifo(server.directory / "pipe")
    writer = subprocess.Popen(["sh", "-c", "echo geheim > pipe"], cwd=server.directory)
    server.start()
    assert writer.wait(5) == 0
    assert shown(server) == encoded(Certificate(material / "first.pem", None))


def test_a_certificate_may_stand_in_the_configuration(lab, authority):
    pair = authority.issue("example.com", file="inline")
    server = prepare(lab, SITE.replace("live/a.crt", '"data:%s"' % pair.certificate.read_text())
                     .replace("live/a.key", '"data:%s"' % pair.key.read_text()))
    server.start()
    assert shown(server) == encoded(pair)
    dump = subprocess.run(server.arguments("-T"), capture_output=True, text=True, timeout=20)
    assert dump.returncode == 0


def test_keys_are_in_no_dump(lab, authority):
    server = prepare(lab)
    pair = authority.issue("example.com", file="dumped")
    put(server, pair)
    dump = subprocess.run(server.arguments("-T"), capture_output=True, text=True, timeout=20)
    assert dump.returncode == 0 and "PRIVATE KEY" not in dump.stdout + dump.stderr


@OURS
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_no_memory_of_a_worker_is_dumped(lab, authority):
    server = prepare(lab)
    (server.directory / "nginx.conf").write_text(
        server.text.replace("user root;", "user nobody;"))
    for folder in [server.directory, *server.directory.parents]:
        if folder.stat().st_uid == os.getuid() and len(folder.parts) > 2:
            folder.chmod(folder.stat().st_mode | 0o055)
    put(server, authority.issue("example.com", file="undumped"))
    server.start()
    for worker in server.workers():
        status = pathlib.Path("/proc/%d/status" % worker).read_text()
        assert "Uid:\t0" not in status
        # The kernel gives it to root because it is not to be dumped or traced.
        assert os.stat("/proc/%d/environ" % worker).st_uid == 0


@OURS
@pytest.mark.parametrize("lines, directive", [
    (slice(1, -1), "ssl_certificate_key"), (slice(1, -1), "ssl_certificate"),
    (slice(0, -1), "ssl_certificate_key"), (slice(1, None), "ssl_certificate_key"),
])
def test_keys_are_in_no_message(lab, authority, lines, directive):
    """Also those that have lost the lines around them, or stand in the wrong place."""
    pair = authority.issue("example.com", file="told", kind="rsa")
    text = pair.key.read_text().splitlines()
    server = prepare(lab, main="error_log %%DIR%%/all.log debug;")
    put(server, pair)
    server.start()
    place = "a.key" if directive == "ssl_certificate_key" else "a.crt"
    (server.directory / "live" / place).write_text("\n".join(text[lines]) + "\n")
    said = check(server)
    assert said.returncode == 1
    server.wait_for_error("the certificate that is in use stays")
    everything = said.stdout + said.stderr + "".join(
        path.read_text() for path in server.directory.rglob("*.log"))
    assert "cannot load certificate" in everything
    assert not [line for line in text[1:-1] if line[:8] in everything]


def test_a_server_shows_the_certificate_that_its_client_can_use(lab, authority):
    ec = authority.issue("example.com", file="both-ec")
    rsa = authority.issue("example.com", file="both-rsa", kind="rsa")
    server = prepare(lab, more="ssl_certificate live/b.crt; ssl_certificate_key live/b.key;")
    put(server, ec)
    put(server, rsa, "b")
    server.start()

    def cipher(names):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(names)
        with socket.create_connection(("127.0.0.1", server.port), 10) as plain:
            with context.wrap_socket(plain) as secured:
                return secured.getpeercert(binary_form=True)
    assert cipher("ECDHE-ECDSA-AES128-GCM-SHA256") == encoded(ec)
    assert cipher("ECDHE-RSA-AES128-GCM-SHA256") == encoded(rsa)


# Variables

VARIABLE = """
    ssl_certificate live/$ssl_server_name.crt;
    ssl_certificate_key live/$ssl_server_name.key;
    server { listen 127.0.0.1:%%PORT%% ssl; %%MORE%% root %%DIR%%/html; }
"""


def test_names_of_files_may_have_variables(lab, authority):
    server = prepare(lab, VARIABLE)
    pairs = {name: authority.issue(name) for name in ("one.example", "two.example")}
    for name, pair in pairs.items():
        put(server, pair, name)
    server.start()
    for name, pair in pairs.items():
        assert shown(server, name) == encoded(pair)
    assert shown(server, "three.example") is None
    until(lambda: "three.example.crt" in server.errors(), 5)
    put(server, pairs["one.example"], "two.example")
    assert shown(server, "two.example") == encoded(pairs["one.example"])


@OURS
def test_what_is_loaded_for_a_connection_may_be_remembered(lab, authority):
    server = prepare(lab, VARIABLE, more="ssl_certificate_cache max=4 inactive=60s valid=60s;",
                     main="worker_processes 1;")
    pairs = {name: authority.issue(name) for name in ("a.example", "b.example", "c.example")}
    for name, pair in pairs.items():
        put(server, pair, name)
    server.start()
    assert shown(server, "a.example") == encoded(pairs["a.example"])
    for path in (server.directory / "live").glob("a.example.*"):
        path.unlink()
    assert shown(server, "a.example") == encoded(pairs["a.example"])
    for name in ("b.example", "c.example"):
        assert shown(server, name) == encoded(pairs[name])
    assert shown(server, "a.example") is None


# Stand-ins

@OURS
def test_a_server_starts_before_its_certificate_is_there(lab, authority):
    server = prepare(lab)
    (server.directory / "live").rmdir()
    server.start()
    first = shown(server)
    text = subprocess.run(["openssl", "x509", "-inform", "der", "-noout", "-text"], input=first,
                          capture_output=True).stdout.decode()
    assert "Beranda stand-in" in text and "DNS:example.com" in text and "prime256v1" in text
    assert shown(server) == first
    until(lambda: "a stand-in is shown" in server.errors(), 5)
    (server.directory / "live").mkdir()
    pair = authority.issue("example.com", file="late")
    put(server, pair)
    until(lambda: shown(server) == encoded(pair), 5, "it was not taken up")
    assert "is used from now on" in server.errors()


@OURS
def test_the_webroot_of_certbot_serves_while_a_stand_in_is_shown(lab, authority):
    server = prepare(lab, SITE + """
        server {
            listen 127.0.0.1:%%PORT1%%;
            server_name example.com;
            location /.well-known/acme-challenge/ { root %%DIR%%/acme; }
            location / { return 301 https://$host$request_uri; }
        }
    """)
    tree(server.directory / "acme", {".well-known/acme-challenge/token": "proof"})
    live, archive = server.directory / "live", server.directory / "archive"
    shutil.rmtree(live)
    server.start()
    with socket.create_connection(("127.0.0.1", server.ports["PORT1"]), 10) as client:
        client.sendall(b"GET /.well-known/acme-challenge/token HTTP/1.0\r\n"
                       b"Host: example.com\r\n\r\n")
        text = b"".join(iter(lambda: client.recv(4096), b""))
    assert text.endswith(b"proof")
    # Certbot keeps every certificate, and has links lead to the newest.
    archive.mkdir()
    live.mkdir(mode=0o700)
    for number in (1, 2, 3):
        pair = authority.issue("example.com", file="renewed%d" % number)
        shutil.copy(pair.certificate, archive / ("cert%d.pem" % number))
        shutil.copy(pair.key, archive / ("key%d.pem" % number))
        for name, target in (("a.key", "key"), ("a.crt", "cert")):
            (live / name).unlink(missing_ok=True)
            (live / name).symlink_to("../archive/%s%d.pem" % (target, number))
        until(lambda: shown(server) == encoded(pair), 2, "it was not taken up in two seconds")


# Stapling

def stapled(server):
    done = subprocess.run(
        ["openssl", "s_client", "-connect", "127.0.0.1:%d" % server.port, "-status",
         "-servername", "example.com"], input=b"", capture_output=True, timeout=20)
    return b"OCSP Response Status: successful" in done.stdout


@OURS
def test_a_response_is_stapled_to_the_certificate_that_it_is_about(lab, authority):
    server = prepare(lab, more="ssl_stapling on; ssl_stapling_file response;")
    pair = authority.issue("example.com", file="stapled")
    put(server, pair)
    serial = openssl("x509", "-in", pair.certificate, "-noout", "-serial").decode()
    (authority.folder / "index").write_text(
        "V\t491231000000Z\t\t%s\tunknown\t/CN=example.com\n" % serial.strip().split("=")[1])
    openssl("ocsp", "-index", authority.folder / "index", "-CA", authority.certificate,
            "-rsigner", authority.certificate, "-rkey", authority.folder / "ca.key",
            "-issuer", authority.certificate, "-cert", pair.certificate, "-noverify",
            "-respout", server.directory / "response")
    server.start()
    assert stapled(server)
    other = authority.issue("example.com", file="not-stapled")
    put(server, other)
    until(lambda: shown(server) == encoded(other), 5)
    assert not stapled(server)


def test_a_response_must_be_one(lab, authority):
    server = prepare(lab, more="ssl_stapling on; ssl_stapling_file response;")
    put(server, authority.issue("example.com", file="no-response"))
    (server.directory / "response").write_text("nothing")
    done = check(server)
    assert done.returncode == 1 and "OCSP" in done.stderr


# Renewal

@OURS
def test_a_bad_new_certificate_leaves_the_old_one(lab, authority, material):
    server = prepare(lab)
    pair = authority.issue("example.com", file="good")
    put(server, pair)
    server.start()
    live = server.directory / "live"

    def complaint(message):
        until(lambda: message in server.errors(), 10, lambda: message + "\n" + server.errors())
        assert shown(server) == encoded(pair)
    put(server, Certificate(material / "old.pem", material / "old.key"))
    complaint("it has expired")
    for content, message in [
            (material / "text", "nothing in it is PEM"),
            (material / "empty", "it is empty"), (material / "second.pem", "does not fit")]:
        shutil.copy(content, live / "a.crt")
        complaint(message)
    (live / "a.crt").unlink()
    complaint("No such file or directory")
    assert server.errors().count("does not fit") == 1
    # The worker that takes the place of a dead one has the one that was good at the start.
    shutil.copy(material / "text", live / "a.crt")
    before = server.workers()
    server.expects_new_workers = True
    server.allowed_alerts += ("exited on signal 9",)
    os.kill(before[0], 9)
    until(lambda: server.workers() and server.workers() != before, 10)
    assert shown(server) == encoded(pair)
    renewed = authority.issue("example.com", file="renewed")
    put(server, renewed)
    until(lambda: shown(server) == encoded(renewed), 5)


@OURS
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_worker_need_not_be_allowed_to_read_keys(lab, authority):
    server = prepare(lab, main="user nobody;")
    server.configure(SITE, main="")
    text = server.text.replace("user root;", "user nobody;")
    (server.directory / "nginx.conf").write_text(text)
    for folder in [server.directory, *server.directory.parents]:
        if folder.stat().st_uid == os.getuid() and len(folder.parts) > 2:
            folder.chmod(folder.stat().st_mode | 0o055)
    live = server.directory / "live"
    live.chmod(0o700)
    put(server, authority.issue("example.com", file="secret"))
    (live / "a.key").chmod(0o600)
    server.start()
    pair = authority.issue("example.com", file="secret2")
    put(server, pair)
    (live / "a.key").chmod(0o600)
    until(lambda: shown(server) == encoded(pair), 5, "it was not taken up")


@OURS
@pytest.mark.slow
def test_swapping_certificates_fails_no_handshake():
    ended = subprocess.run(
        [sys.executable, str(ROOT / "Drills" / "certificates.py"), "--swaps", "15"],
        capture_output=True, text=True, timeout=240)
    assert ended.returncode == 0, ended.stdout + ended.stderr
