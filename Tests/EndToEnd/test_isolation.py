# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What a request must not know of another one on the same connection, nor a subrequest too little of
# the one that it serves; and that a wait for permission lets nobody in.

import base64
import time

import pytest

from harness import Site, Wire, answer, request, until

CONFIGURATION = """
    limit_req_zone $arg_k zone=rate:1m rate=1r/m;
    limit_conn_zone $arg_k zone=open:1m;
    map $http_x_role $role { default none; admin admin; }
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location / { }
        location /proxy/ { proxy_pass http://%%BACKEND%%; }
        location ~ ^/capture/(?<name>.+)$ { return 200 "$1,$name,$role"; }
        location = /captured { return 200 "$1,$name,$role,$token,$limit_req_status"; }
        location /token { auth_request /auth; auth_request_set $token $upstream_http_x_token;
                          add_header X-Token $token always; try_files /index.html =404; }
        location = /auth { internal; proxy_pass http://%%BACKEND%%/auth; }
        location /limited { limit_req zone=rate burst=5 nodelay; limit_conn open 1;
                            add_header X-Limits "$limit_req_status,$limit_conn_status" always;
                            try_files /index.html =404; }
        location /either { satisfy any; deny all; auth_request /auth; try_files /index.html =404; }
        location /password { satisfy any; auth_basic "here"; auth_basic_user_file %%DIR%%/users;
                             auth_request /auth; try_files /index.html =404; }
        location /local { satisfy any; allow 127.0.0.1; deny all; auth_request /auth;
                          try_files /index.html =404; }
    }
    server {
        listen 127.0.0.1:%%PORT1%% proxy_protocol;
        set_real_ip_from 127.0.0.1;
        real_ip_header proxy_protocol;
        root %%DIR%%/html;
        location / { auth_request /auth; }
        location = /auth {
            internal;
            proxy_pass http://%%BACKEND%%;
            proxy_set_header X-Seen "$remote_addr,$realip_remote_addr,$proxy_protocol_addr";
        }
    }
"""


@pytest.fixture(scope="module")
def module_site(shared_lab):
    site = Site(shared_lab, CONFIGURATION)
    (site.server.directory / "users").write_text("ann:{PLAIN}right\n")
    return site


def permit(read, connection):
    return answer("", "204 No Content", [("X-Token", "secret")], framing="none")


def test_captures_and_maps_end_with_their_request(site):
    site.backend.forget(permit)
    with Wire(site.server.port) as wire:
        wire.send(request("/capture/one", fields=[("X-Role", "admin")]))
        assert wire.response().text == "one,one,admin"
        assert wire.get("/token")["X-Token"] == "secret"
        assert wire.get("/limited?k=a")["X-Limits"] == "PASSED,PASSED"
        assert wire.get("/captured").text == ",,none,,"


def test_a_permission_is_for_one_request(site):
    permissions = iter(["204 No Content", "403 Forbidden", "401 Unauthorized", "204 No Content"])
    site.backend.forget(lambda read, connection: answer("", next(permissions)))
    with Wire(site.server.port) as wire:
        assert [wire.get("/either").status for _ in range(4)] == [200, 403, 401, 200]


def test_pipelined_requests_are_permitted_one_by_one(site):
    permissions = iter([b"", b"403", b"", b"403"])

    def script(read, connection):
        time.sleep(0.05)
        return answer("", "403 Forbidden" if next(permissions) else "200 OK")

    site.backend.forget(script)
    with Wire(site.server.port) as wire:
        wire.send(request("/either") * 4)
        assert [wire.response().status for _ in range(4)] == [200, 403, 200, 403]


def test_a_place_of_a_limit_is_given_back(site):
    with Wire(site.server.port) as wire:
        for number in range(3):
            assert wire.get("/limited?k=b")["X-Limits"] == "PASSED,PASSED", number
        with Wire(site.server.port) as other:
            assert other.get("/limited?k=b").status == 200


def test_who_waits_for_a_permission_is_not_let_in(site):
    ends = []

    def script(read, connection):
        ends.append(connection.wait_for_end(10))

    site.backend.forget(script)
    for _ in range(3):
        with Wire(site.server.port, 5) as wire:
            wire.send(request("/either"))
            wire.open(0.2)
    until(lambda: len(ends) == 3)
    site.backend.forget(permit)
    assert site.server.get("/either").status == 200


def test_who_is_let_in_already_waits_for_nobody(site):
    site.backend.forget(lambda read, connection: time.sleep(5))
    begun = time.monotonic()
    right = "Basic " + base64.b64encode(b"ann:right").decode()
    with Wire(site.server.port) as wire:
        wire.send(request("/password", fields=[("Authorization", right)]))
        assert wire.response().status == 200
        assert wire.get("/local").status == 200
    assert time.monotonic() - begun < 2
    assert not site.backend.requests


def test_a_wrong_password_waits_for_the_other_permission(site):
    site.backend.forget(lambda read, connection: answer("", "403 Forbidden"))
    wrong = "Basic " + base64.b64encode(b"ann:wrong").decode()
    with Wire(site.server.port) as wire:
        wire.send(request("/password", fields=[("Authorization", wrong)]))
        refused = wire.response()
        assert refused.status == 401 and "here" in refused["WWW-Authenticate"]
        assert len(site.backend.requests) == 1
        site.backend.forget(permit)
        wire.send(request("/password", fields=[("Authorization", wrong)]))
        permitted = wire.response()
    assert permitted.status == 200 and "WWW-Authenticate" not in permitted


def test_who_permits_sees_who_asks(site):
    site.backend.forget(permit)
    with Wire(site.server.ports["PORT1"]) as wire:
        wire.send(b"PROXY TCP4 192.0.2.1 127.0.0.1 5000 80\r\n" + request("/index.html"))
        assert wire.response().status == 200
    asked, = site.backend.requests
    assert asked.get("X-Seen") == "192.0.2.1,127.0.0.1,192.0.2.1"
