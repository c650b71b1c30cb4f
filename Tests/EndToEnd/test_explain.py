# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What "explain" says, and that a server that really serves does just that.

import json
import os
import subprocess

import pytest

from harness import tree
from harness.server import beranda_binary

pytestmark = pytest.mark.ours

SITE = """
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name one.example;
        root %%DIR%%/html;
        add_header X-Frame-Options DENY;
        location / { try_files $uri $uri/ /index.html; }
        location /old/ { rewrite ^/old/(.*)$ /$1 permanent; }
        location = /secret { allow 192.0.2.0/24; deny all; }
        location /api/ {
            proxy_pass http://%%BACKEND%%/v1/;
            proxy_set_header Connection 'upgrade';
            proxy_set_header X-Real-IP $remote_addr;
        }
        location /sent/ {
            proxy_pass http://%%BACKEND%%/other/;
            proxy_method PUT;
            proxy_set_body "uri $uri";
            proxy_set_header Host $host.test;
            proxy_set_header Accept "";
        }
        location ~ [.](jpg|png)$ { expires 1d; }
        error_page 404 /404.html;
    }
    server { listen 127.0.0.1:%%PORT%%; server_name two.example; return 301 /two; }
"""
TARGETS = ["/", "/a.txt", "/artist/5?x=y", "/old/a.txt", "/secret", "/none.png", "/sub",
           "/%2e%2e/x", "/sub/", "/a%20b"]


def explain(server, *arguments):
    ran = subprocess.run(
        [beranda_binary(), "explain", "-c", str(server.directory / "nginx.conf"), "-p",
         str(server.directory), *arguments],
        capture_output=True, text=True, timeout=30)
    assert ran.returncode == 0, ran
    return ran.stdout


@pytest.fixture(scope="module")
def site(shared_lab):
    backend = shared_lab.backend()
    server = shared_lab.server(SITE, start=False, backend=backend.address)
    tree(server.directory / "html", {
        "index.html": "home", "a.txt": "a" * 100, "404.html": "gone", "sub/x": "x", "secret": "s"})
    server.start()
    server.backend = backend
    return server


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("host", ["one.example", "two.example", "other.example"])
def test_what_is_explained_is_what_is_served(site, target, host):
    said = json.loads(explain(
        site, "GET", "http://%s:%d%s" % (host, site.port, target), "--json"))
    with site.connect() as wire:
        answered = wire.get(target, host="%s:%d" % (host, site.port))
    lines = said["response"]
    assert int(lines[0].split()[1]) == answered.status
    fields = dict(line.split(": ", 1) for line in lines[1:])
    for name in ("Content-Type", "Content-Length", "Location", "X-Frame-Options", "ETag"):
        assert fields.get(name) == answered.get(name), name


def test_a_peer_is_not_asked_but_its_request_is_the_same(site):
    said = json.loads(explain(site, "POST", "one.example:%d/api/users?a=b" % site.port, "--json",
                              "-H", "Cookie: c=d"))
    assert said["response"] is None and not site.backend.requests
    assert said["peer_request"][0] == "POST /v1/users?a=b HTTP/1.1"
    assert "X-Real-IP: 127.0.0.1" in said["peer_request"]
    assert "Cookie: c=d" in said["peer_request"]
    # "Connection: upgrade" of a plain location does not make an upgrade of an ordinary request.
    assert not [line for line in said["peer_request"] if line.lower().startswith("connection")]
    with site.connect() as wire:
        wire.get("/api/users?a=b", host="one.example")
        answered = wire.get("/api/again", host="one.example")
    assert answered.status == 200 and not answered.closes
    assert [read.target for read in site.backend.requests] == ["/v1/users?a=b", "/v1/again"]
    assert all(not read.all("Connection") for read in site.backend.requests)


def test_what_the_configuration_changes_of_a_request_is_shown(site):
    address = "one.example:%d/sent/x" % site.port
    said = json.loads(explain(site, "GET", address, "--json", "-H", "Accept: a/b", "-H", "X-A: b"))
    assert said["peer_content"] == "uri /sent/x"
    assert "with the content\n    uri /sent/x\n" in explain(site, "GET", address)
    before = len(site.backend.requests)
    site.get("/sent/x", host="one.example", fields={"Accept": "a/b", "X-A": "b"})
    read = site.backend.requests[before]
    lines = [read.line] + ["%s: %s" % field for field in read.fields]
    assert said["peer_request"] == lines
    assert read.content == said["peer_content"].encode()
    assert read.line == "PUT /other/x HTTP/1.1" and read.get("Host") == "one.example.test"


def test_who_asks_can_be_said(site):
    address = "http://one.example:%d/secret" % site.port
    assert "refused by allow and deny, with 403" in explain(site, address)
    assert "HTTP/1.1 200 OK" in explain(site, address, "--from", "192.0.2.7")


def test_people_are_told_which_lines_decide(site):
    said = explain(site, "GET", "http://one.example:%d/none.png" % site.port)
    assert "location  location ~ [.](jpg|png)$  (%s/nginx.conf:" % site.directory in said
    assert "location / is the longest beginning" in said
    assert "html/none.png is not there" in said
    assert "404, which error_page answers by /404.html" in said


def test_what_cannot_be_explained_is_said(site, tmp_path):
    for arguments, message in (
            (["explain"], "needs an address"), (["explain", "/", "-H", "x"], "invalid field"),
            (["explain", "/", "--from", "x"], "invalid address"),
            (["explain", "-c", site.directory / "nginx.conf", "http://a:1/"], "no server listens"),
            (["explain", "-c", tmp_path / "none", "/"], "cannot be used")):
        ran = subprocess.run([beranda_binary(), *map(str, arguments)], capture_output=True,
                             text=True, cwd=tmp_path, env=dict(os.environ), timeout=30)
        assert ran.returncode == 1 and message in ran.stderr, ran
