# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Passwords while they change, while many are guessed, and while nobody waits any more; and what is
# logged of all that.

import base64
import os
import socket
import time

import pytest

from harness import Wire, answer, request, tree, until

# "password", with a hash that takes a few hundredths of a second.
SLOW = ("slow:$6$rounds=60000$salt$8qYJCEIiAvgDQyiVukOJaYgIl95tII9NRddogNQzjCjne5fZpml.d6Tpb/"
        "4MYJrbMmt9BwqMQfGWgM5lrNgGO0\n")


def basic(user, password):
    pair = base64.b64encode(b"%s:%s" % (os.fsencode(user), os.fsencode(password))).decode()
    return {"Authorization": "Basic " + pair}


def start(lab, users, locations=""):
    server = lab.server("""
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/html;
            location / { }
            location /secret/ { auth_basic x; auth_basic_user_file htpasswd; }
            %%LOCATIONS%%
        }
    """, start=False, main="worker_processes 1;", locations=locations)
    tree(server.directory, {"htpasswd": users})
    tree(server.directory / "html", {"a.txt": "open", "secret/a.txt": "secret"})
    return server.start()


def from_address(server, address, raw):
    """A connection that comes from another address of this machine."""
    wire = Wire.__new__(Wire)
    wire.socket = socket.create_connection(
        ("127.0.0.1", server.port), 10, source_address=(address, 0))
    wire.timeout, wire.buffered, wire.ended = 10, bytearray(), False
    wire.send(raw)
    return wire


def test_a_changed_file_counts_at_once(lab):
    server = start(lab, "joe:{PLAIN}one\n")
    for password, other in ("one", "two"), ("two", "one"), ("one", "two"):
        (server.directory / "htpasswd").write_text("joe:{PLAIN}%s\n" % password)
        assert server.get("/secret/a.txt", fields=basic("joe", password)).status == 200
        assert server.get("/secret/a.txt", fields=basic("joe", other)).status == 401
    (server.directory / "htpasswd").unlink()
    assert server.get("/secret/a.txt", fields=basic("joe", "one")).status == 403
    server.wait_for_error(r"\[error\].*open\(\) \".*/htpasswd\" failed \(2: No such file")


def test_what_is_logged(lab):
    server = start(lab, "joe:{PLAIN}one\n" + SLOW, "location /deny { deny all; }")
    for user, password in ("joe", "x"), ("slow", "x"), ("ann", "x"):
        assert server.get("/secret/", fields=basic(user, password)).status == 401
    assert server.get("/secret/").status == 401
    assert server.get("/deny").status == 403
    server.wait_for_error(r"\[error\].* user \"joe\": password mismatch, client: 127.0.0.1")
    server.wait_for_error(r"\[error\].* user \"slow\": password mismatch, client: 127.0.0.1")
    server.wait_for_error(r"\[error\].* user \"ann\" was not found in \"/.*/htpasswd\", client")
    server.wait_for_error(r"\[info\].* no user/password was provided for basic authentication")
    server.wait_for_error(r"\[error\].* access forbidden by rule, client: 127.0.0.1")


@pytest.mark.ours
def test_a_name_cannot_forge_a_line_of_the_log(lab):
    server = start(lab, "joe:{PLAIN}one\n")
    server.get("/secret/", fields=basic('a"\n2026/01/01 [notice] forged\x1b', "x"))
    server.wait_for_error(r"user \"a\\x22\\x0A2026/01/01 \[notice\] forged\\x1B\" was not found")


def test_a_client_may_leave_while_its_refusal_is_held_back(lab):
    server = start(lab, "joe:{PLAIN}one\n", """location /held/ {
        auth_basic x; auth_basic_user_file htpasswd; auth_delay 1s; }""")
    with server.connect() as wire:
        wire.send(request("/held/", fields=basic("joe", "x")))
        wire.open(0.2)
    until(lambda: " 499 " in server.read("access.log"))
    began = time.monotonic()
    assert server.get("/held/", fields=basic("joe", "x")).status == 401
    assert time.monotonic() - began >= 0.95
    assert server.get("/held/", fields=basic("joe", "one")).status == 404


@pytest.mark.ours
def test_a_storm_of_wrong_passwords_keeps_nobody_waiting(lab):
    server = start(lab, SLOW)
    right = basic("slow", "password")
    assert server.get("/secret/a.txt", fields=right).status == 200
    storm = []
    for number in range(100):
        wire = server.connect()
        wire.send(request("/secret/a.txt", fields=basic("slow", "wrong%d" % number)))
        storm.append(wire)
    # Files, those whose password is known already, and other addresses are served beside it.
    for _ in range(20):
        began = time.monotonic()
        assert server.get("/a.txt").status == 200
        assert server.get("/secret/a.txt", fields=right).status == 200
        assert time.monotonic() - began < 0.5
    raw = request("/secret/a.txt", fields=basic("slow", "another"))
    with from_address(server, "127.0.0.2", raw) as wire:
        assert wire.response("GET").status == 401
    statuses = [wire.response("GET").status for wire in storm]
    assert set(statuses) == {401, 503}
    # Those that were quick to answer have made room for later ones.
    assert statuses.count(401) >= 32
    server.wait_for_error("too many passwords wait to be checked")
    for wire in storm:
        wire.close()


@pytest.mark.ours
def test_nobody_waits_for_the_passwords_of_those_who_have_left(lab):
    server = start(lab, SLOW.replace("rounds=60000", "rounds=999999"))
    with server.connect() as first:
        first.send(request("/secret/a.txt", fields=basic("slow", "x")))
        leaving = [server.connect() for _ in range(30)]
        for number, wire in enumerate(leaving):
            wire.send(request("/secret/a.txt", fields=basic("slow", "%d" % number)))
        assert server.get("/a.txt").status == 200
        for wire in leaving:
            wire.reset()
        began = time.monotonic()
        raw = request("/secret/a.txt", fields=basic("slow", "y"))
        with from_address(server, "127.0.0.2", raw) as wire:
            assert wire.response("GET").status == 401
        # One that had begun, and its own, not thirty.
        assert first.response("GET").status == 401
        assert time.monotonic() - began < 10


CLOSED = """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        error_page 418 = /closed/a.txt;
        error_page 410 = @closed;
        location / { }
        location /closed/ { deny all; }
        location @closed { deny all; root %%DIR%%/html/closed; try_files /a.txt =404; }
        location /tried { try_files /none /closed/a.txt; }
        location /named { try_files /none @closed; }
        location /page { return 418; }
        location /namedpage { return 410; }
        location /rewritten { rewrite ^ /closed/a.txt last; }
        location /accel { proxy_pass http://%%BACKEND%%; }
        location /index/ { alias %%DIR%%/html/; index /closed/a.txt; }
        location /if { deny all; alias %%DIR%%/html/closed/a.txt; if ($arg_a) { set $b 1; } }
        location /ifbreak { deny all; if ($arg_a) { rewrite ^ /closed/a.txt break; } }
        location /safe { limit_except GET { deny all; } proxy_pass http://%%BACKEND%%; }
        location /head { limit_except HEAD { deny all; } alias %%DIR%%/html/closed/a.txt; }
        location = /exact { deny all; alias %%DIR%%/html/closed/a.txt; }
    }
"""


@pytest.fixture(scope="module")
def closed(shared_lab):
    backend = shared_lab.backend(lambda read, connection: answer(
        "secret", fields=[("X-Accel-Redirect", "/closed/a.txt")] if "accel" in read.target else []))
    server = shared_lab.server(CLOSED, start=False, backend=backend.address)
    tree(server.directory / "html", {"a.txt": "open", "closed/a.txt": "secret"})
    return server.start()


@pytest.mark.parametrize("method, target", [
    *(("GET", target) for target in (
        "/closed/a.txt", "//closed/a.txt", "/%63losed/a.txt", "/./closed/a.txt",
        "/x/../closed/a.txt", "/closed//a.txt", "/closed%2fa.txt", "/x/..%2fclosed/a.txt",
        "http://localhost/closed/a.txt",
        "/closed/", "/tried", "/named", "/page", "/namedpage", "/rewritten", "/accel", "/index/",
        "/if", "/if?a=1", "/ifbreak?a=1", "/exact", "/%65xact", "/head")),
    *((method, "/safe") for method in (
        "POST", "PUT", "DELETE", "OPTIONS", "FOO", "get", "PROPFIND")),
    ("HEAD", "/closed/a.txt"), ("POST", "/closed/a.txt"), ("FOO", "/closed/a.txt"),
    ("POST", "/page"),
])
def test_no_way_leads_into_what_is_closed(closed, method, target):
    with Wire(closed.port) as wire:
        wire.send(request(target, method))
        read = wire.response(method)
    assert read.status in ((403, 400, 405) if method in ("get", "FOO") else (403,)), read
    assert b"secret" not in read.content


@pytest.mark.parametrize("method, target", [("GET", "/safe"), ("HEAD", "/safe"), ("HEAD", "/head")])
def test_what_is_open_stays_open(closed, method, target):
    assert closed.get(target, method).status == 200
