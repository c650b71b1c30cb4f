# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Paths under pressure: folders that become links while they are served, descriptors that run out,
# redirects that could lead elsewhere, and dotfiles.

import os
import resource
import threading

import pytest

from harness import request, tree, until

POLICIES = {
    "on": "disable_symlinks on from=$document_root;",
    "owner": "disable_symlinks if_not_owner from=$document_root;",
    "outside": "disable_symlinks outside;",
}


@pytest.fixture(scope="module")
def server(shared_lab):
    locations = "".join("location /%s/ { alias %%%%DIR%%%%/html/; %s }\n" % pair
                        for pair in POLICIES.items())
    made = shared_lab.server("""
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/html;
            keepalive_requests 1000000;
            """ + locations + """
            location /relative/ { alias %%DIR%%/html/; absolute_redirect off; }
            location /spa/ { alias %%DIR%%/html/; spa on; }
        }
        server {
            listen 127.0.0.1:%%PORT1%%;
            root %%DIR%%/html;
            merge_slashes off;
            absolute_redirect off;
        }
    """, start=False)
    tree(made.directory, {
        "html/flip/a.txt": "inside", "secret/a.txt": "SECRET", "html/index.html": "home",
        "html/evil.example/b.txt": "b", "html/.env": "HIDDEN", "html/.git/config": "HIDDEN",
        "html/.well-known/x.txt": "known", "html/dir/.env": "HIDDEN", "html/last.txt": "last"})
    if os.geteuid() == 0:
        os.chown(made.directory / "secret", 12345, 12345)
        os.chown(made.directory / "secret" / "a.txt", 12345, 12345)
    return made.start()


@pytest.mark.ours
@pytest.mark.parametrize("policy", [
    "on", "outside", pytest.param("owner", marks=pytest.mark.skipif(
        os.geteuid() != 0, reason="only root can give files away"))])
def test_a_folder_that_becomes_a_link_never_leaks(server, policy):
    """C05: a symbolic link out of the root, also where it comes between two looks."""
    html, stop = server.directory / "html", threading.Event()
    (html / "link").symlink_to("../secret")

    def flip():
        while not stop.is_set():
            os.rename(html / "flip", html / "aside")
            os.rename(html / "link", html / "flip")
            os.rename(html / "flip", html / "link")
            os.rename(html / "aside", html / "flip")

    flipper = threading.Thread(target=flip)
    flipper.start()
    try:
        statuses = set()
        with server.connect(30) as wire:
            for _ in range(1000):
                answered = wire.get("/%s/flip/a.txt" % policy)
                assert b"SECRET" not in answered.content
                statuses.add(answered.status)
    finally:
        stop.set()
        flipper.join()
        (html / "link").unlink()
    assert 200 in statuses and statuses <= {200, 403, 404}, statuses
    until(lambda: server.get("/%s/flip/a.txt" % policy).text == "inside", 5)
    server.assert_unharmed()


@pytest.mark.ours
def test_without_descriptors_a_file_is_500_and_the_log_has_one_line(server):
    server.get("/index.html")
    with server.connect() as wire:
        # One that is there, so that none needs to be accepted.
        assert wire.get("/index.html").text == "home"
        worker, = server.workers()
        usual = resource.prlimit(worker, resource.RLIMIT_NOFILE)
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (0, usual[1]))
        try:
            answered = wire.get("/last.txt")
        finally:
            resource.prlimit(worker, resource.RLIMIT_NOFILE, usual)
        assert answered.status == 500
    lines = [line for line in server.errors().splitlines() if "last.txt\" failed" in line]
    assert len(lines) == 1 and "(24: Too many open files)" in lines[0], server.errors()
    assert server.get("/last.txt").text == "last"


@pytest.mark.ours
@pytest.mark.parametrize("target, location", [
    ("//evil.example", "/evil.example/"), ("///evil.example", "/evil.example/"),
    ("/%2fevil.example", "/evil.example/"), ("//evil.example?x", "/evil.example/?x"),
    ("/dir", "/dir/"), ("/evil.example/../dir", "/dir/"),
])
def test_a_relative_redirect_stays_on_the_host(server, target, location):
    answered = server.get(target, port=server.ports["PORT1"])
    assert (answered.status, answered["Location"]) == (301, location)


@pytest.mark.parametrize("target", ["/relative/dir%0d%0aX-Evil:1", "/dir%0d%0aX-Evil:1",
                                    "/relative/dir?a%0d%0aX-Evil:1"])
def test_no_line_ends_in_a_redirect(server, target):
    answered = server.get(target)
    assert answered.status in (301, 404) and "X-Evil" not in answered
    if answered.status == 301:
        assert "%0d%0a" in answered["Location"]


@pytest.mark.ours
@pytest.mark.parametrize("target", [
    "/spa/.env", "/spa/.git/config", "/spa/.git/", "/spa/.git", "/spa/dir/.env", "/spa/%2eenv",
    "/spa/dir/%2Egit/../.env", "/spa/.well-known/.env",
])
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_dotfiles_of_an_app_are_not_there(server, target, accept):
    answered = server.get(target, fields={"Accept": accept, "Sec-Fetch-Mode": "navigate"})
    assert answered.status == 404 and b"HIDDEN" not in answered.content


def test_dotfiles_of_a_plain_server_are_files(server):
    assert server.get("/.env").text == "HIDDEN"
    assert server.get("/.well-known/x.txt").text == "known"


def test_requests_for_what_is_no_file_do_not_wait(server):
    with server.connect() as wire:
        wire.send(request("/none/../dir") + request("/.well-known") + request("/index.html"))
        assert [wire.response().status for _ in range(3)] == [301, 301, 200]
