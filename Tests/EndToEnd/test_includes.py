# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Pages with commands, put together of many requests: what becomes of them when there are too many,
# when somebody leaves, and what the next request of a connection knows of the last one.

import time

import pytest

from harness import Site, Wire, answer, request, until

CONFIGURATION = """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        ssi on;
        location / { }
        location /proxy/ { proxy_pass http://%%BACKEND%%; }
        location /status { stub_status; access_log off; }
    }
"""

FLAW = "[an error occurred while processing the directive]"


@pytest.fixture(scope="module")
def module_site(shared_lab):
    return Site(shared_lab, CONFIGURATION, main="worker_processes 1;",
                events="worker_connections 128;")


def page(site, name, text):
    (site.server.directory / "html" / name).write_text(text)


def connections(site):
    return int(site.server.get("/status").text.split()[2])


def test_a_page_that_includes_itself_is_answered(site):
    page(site, "self.html", '[<!--#include virtual="/self.html" -->]')
    read = site.server.get("/self.html")
    assert read.status == 200
    # As deep as subrequests may be, and the page itself.
    assert read.text.replace(FLAW, "") == "[" * 51 + "]" * 51 and FLAW in read.text


def test_a_page_that_includes_itself_twice_is_bounded(site):
    page(site, "twice.html", '[<!--#include virtual="/twice.html" -->'
                             '<!--#include virtual="/twice.html" -->]')
    begun = time.monotonic()
    read = site.server.get("/twice.html", timeout=30)
    assert read.status == 200 and read.text.replace(FLAW, "").count("[") == 1001
    assert time.monotonic() - begun < 20


def test_a_page_of_more_parts_than_connections_is_whole(site):
    parts = ["/proxy/%d" % number for number in range(200)]
    page(site, "long.html", "".join('<!--#include virtual="%s" -->,' % part for part in parts))
    read = site.server.get("/long.html", timeout=30)
    assert read.text == "".join("peer %s," % part for part in parts)


def test_who_leaves_takes_the_parts_of_the_page_along(site):
    ends = []

    def script(read, connection):
        connection.send(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100)
        ends.append(connection.wait_for_end(10))

    site.backend.forget(script)
    page(site, "streams.html", 'begin<!--#include virtual="/proxy/stream" -->end')
    with Wire(site.server.port, 10) as wire:
        wire.send(request("/streams.html"))
        wire.until(b"xxx")
    until(lambda: ends)
    until(lambda: connections(site) == 1)


def test_a_part_that_breaks_off_breaks_the_page_off(site):
    def script(read, connection):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nxxx")
        connection.close()

    site.backend.forget(script)
    page(site, "broken.html", 'begin<!--#include virtual="/proxy/x" -->end')
    with Wire(site.server.port, 10) as wire:
        wire.send(request("/broken.html"))
        read = wire.rest()
    assert b"end" not in read and not read.endswith(b"0\r\n\r\n")


def test_the_next_page_of_a_connection_knows_nothing_of_the_last_one(site):
    page(site, "sets.html", '<!--#set var="v" value="secret" -->'
                            '<!--#if expr="$arg_a = /(?P<n>.+)/" --><!--#endif -->'
                            '<!--#block name="b" -->secret<!--#endblock -->'
                            '<!--#config errmsg="secret" -->'
                            '<!--#echo var="v" -->,<!--#echo var="n" -->')
    page(site, "shows.html", '<!--#echo var="v" -->,<!--#echo var="n" -->,<!--#echo var="1" -->'
                             '<!--#unknown -->'
                             '<!--#include virtual="/none" stub="b" -->')
    with Wire(site.server.port, 10) as wire:
        assert wire.get("/sets.html?a=one").text == "secret,one"
        read = wire.get("/shows.html").text
    assert "secret" not in read and "one," not in read.replace("(none),", "")


def test_what_a_client_says_is_no_command(site):
    page(site, "echo.html", '<!--#echo var="arg_a" encoding="none" -->'
                            '<!--#set var="x" value="$arg_a" --><!--#echo var="x" -->')
    said = '<!--#include_virtual="/a.txt"-->'
    read = site.server.get("/echo.html?a=" + said.replace('"', "%22"))
    assert read.text.count("a" * 100) == 0


@pytest.mark.parametrize("target", ["/../secret", "/%2e%2e/secret", "/a%00.txt", "..", "%2e%2e"])
def test_a_part_lies_within_the_server(site, target):
    page(site, "out.html", '<!--#include virtual="%s" -->' % target)
    (site.server.directory / "secret").write_text("secret")
    read = site.server.get("/out.html")
    assert read.status == 200 and "secret" not in read.text
