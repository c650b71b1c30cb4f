# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Lines of logs: what they hold beside nginx's, where they go, and that none is lost or forged.

import gzip
import os
import re
import socket
import threading
import time

import pytest

from harness import UNDER_TEST, Wire, answer, request, tree, until
from harness.server import NGINX

OURS = pytest.mark.ours

FORMS = """
    log_format request '$request|$request_method|$request_uri|$uri|$args|$is_args|$server_protocol'
        '|$status|$body_bytes_sent|$request_length|$pipe|$connection_requests|$scheme|$https';
    log_format fields '$http_referer|$http_user_agent|$http_x_a|$http_cookie|$cookie_c|$arg_a'
        '|$http_x_forwarded_for|$content_length|$content_type|$host|$server_name|$remote_user';
    log_format answer '$sent_http_content_type|$sent_http_content_length|$sent_http_location'
        '|$sent_http_x_none|$request_completion|$limit_rate|$gzip_ratio';
    log_format peer '$upstream_status|$upstream_http_content_type|$upstream_http_x_none'
        '|$upstream_addr|$upstream_response_length|$proxy_host|$proxy_port';
    log_format json escape=json '{"uri":"$uri","agent":"$http_user_agent","none":"$http_x_none"}';
    log_format none escape=none '$uri $http_user_agent $http_x_none.';
    log_format mixed '${uri}x$status-$mapped$empty$unset';
    map $uri $mapped { default ""; /a.txt yes; }
"""

SITE = """
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name logs.test;
        root %%DIR%%/html;
        set $empty "";
        if ($arg_never) { set $unset x; }
        access_log %%DIR%%/request.log request;
        access_log %%DIR%%/fields.log fields;
        access_log %%DIR%%/answer.log answer;
        access_log %%DIR%%/json.log json;
        access_log %%DIR%%/none.log none;
        access_log %%DIR%%/mixed.log mixed;
        access_log %%DIR%%/peer.log peer;
        location /text { return 200 "some text"; }
        location /moved { return 301 /text; }
        location /empty { return 204; }
        location /auth { return 200 "$remote_user"; }
        location /p/ { proxy_pass http://%%PEER%%; }
    }
"""

ASKED = [
    request("/text"), request("/text?a=b&c"), request("/text?"), request("/a.txt"),
    request("/a.txt", "HEAD"), request("/none"), request("/moved"), request("/empty"),
    request("/text", "POST"), request("/a%20b%22%5c%01%09%ff"),
    request("/text", version="1.0"), request("/text", host="Other.TEST:81"),
    request("/text", fields={"Referer": 'http://r/"\\', "User-Agent": "caf\u00e9 \"x\" \\"}),
    request("/text", fields={"Referer": "", "User-Agent": ""}),
    request("/text", fields=[("X-A", "1"), ("Cookie", "c=1; d=2"),
                             ("Cookie", "e=3"), ("X-Forwarded-For", "1.2.3.4")]),
    request("/auth", fields={"Authorization": "Basic dXNlcjpwdw=="}),
    request("/auth", fields={"Authorization": "Basic OnB3"}),
    request("/auth", fields={"Authorization": "Bearer x"}),
    request("http://abs.test/text?q", host="abs.test"),
    request("/a.txt", fields={"Range": "bytes=0-1"}),
    request("/p/x?y"), request("/p/none", "POST", content=b"1"),
    b"BROKEN\r\n\r\n", b"GET /x\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
]
# Pages that name their server have another length.
PAGE_LENGTH = re.compile(rb"(?<=\|(?:301|400|404)\|)\d+|(?<=^text/html\|)\d+")


NAMES = ["request", "fields", "answer", "peer", "json", "none", "mixed"]


def ask(port, raw):
    """One request on a connection that is closed after its answer."""
    with Wire(port) as wire:
        wire.send(raw)
        wire.response("HEAD" if raw.startswith(b"HEAD") else "GET")


@pytest.mark.skipif(NGINX is None or UNDER_TEST == "nginx", reason="there is nothing to compare")
@pytest.mark.parametrize("name", NAMES)
def test_lines_are_those_of_nginx(compared, name):
    ours, theirs = compared
    assert len(ours[name]) == len(theirs[name]) == len(ASKED)
    for raw, mine, its in zip(ASKED, ours[name], theirs[name]):
        assert mine == its, raw


@pytest.fixture(scope="module")
def compared(shared_lab):
    written = []
    peer = shared_lab.backend(lambda read, connection: answer(
        "peer", fields={"Content-Type": "text/x"}))
    for kind in ("beranda", "nginx"):
        make = shared_lab.nginx if kind == "nginx" else shared_lab.server
        server = make(FORMS + SITE, start=False, main="worker_processes 1;\n", peer=str(peer))
        tree(server.directory / "html", {"a.txt": "content of a"})
        server.start()
        for raw in ASKED:
            ask(server.port, raw)
        server.stop()
        written.append({name: [
            PAGE_LENGTH.sub(b"*", line).replace(b":%d/" % server.port, b"/")
            for line in (server.directory / (name + ".log")).read_bytes().splitlines()]
            for name in NAMES})
    return written


def start(lab, http, files=None, **rest):
    server = lab.server(http, start=False, main="worker_processes 2;\n", **rest)
    tree(server.directory / "html", files or {"a.txt": "a"})
    return server.start()


def text_server(logs, rest=""):
    return """
        log_format short '$uri $status';
        server { listen 127.0.0.1:%%PORT%%; root %%DIR%%/html;
                 keepalive_requests 1000000; """ + logs + """
                 location /text { return 200 "one"; }""" + rest + """ }
    """


# Collected lines

def test_lines_wait_in_a_buffer_until_the_end(lab):
    server = start(lab, text_server("access_log %%DIR%%/own.log short buffer=64k;"))
    for _ in range(5):
        server.get("/text")
    assert server.read("own.log") == ""
    server.stop()
    assert server.read("own.log") == "/text 200\n" * 5


def test_a_full_buffer_is_written(lab):
    server = start(lab, text_server("access_log %%DIR%%/own.log short buffer=100;"))
    for _ in range(60):
        server.get("/text")
    until(lambda: len(server.read("own.log").splitlines()) >= 40)
    server.stop()
    assert server.read("own.log") == "/text 200\n" * 60


def test_a_buffer_is_written_after_its_time(lab):
    server = start(lab, text_server("access_log %%DIR%%/own.log short buffer=64k flush=200ms;"))
    server.get("/text")
    assert server.read("own.log") == ""
    until(lambda: server.read("own.log") == "/text 200\n", 5)


def test_a_reload_loses_no_line_of_a_buffer(lab):
    server = start(lab, text_server("access_log %%DIR%%/own.log short buffer=64k;"))
    server.get("/text")
    server.reload()
    until(lambda: server.read("own.log") == "/text 200\n", 10)


def test_compressed_lines_are_members_of_a_gzip_file(lab):
    server = start(lab, text_server(
        "access_log %%DIR%%/own.gz short gzip=9 buffer=1k flush=100ms;"))
    for number in range(300):
        server.get("/text")
        if number == 150:
            time.sleep(0.3)
    server.stop()
    content = (server.directory / "own.gz").read_bytes()
    assert gzip.decompress(content) == b"/text 200\n" * 300
    assert content.count(b"\x1f\x8b\x08") > 2


def test_renamed_files_lose_no_line_under_load(lab):
    server = start(lab, text_server(
        "access_log %%DIR%%/own.log short; access_log %%DIR%%/held.log short buffer=4k;"))
    stopped, counts = threading.Event(), []

    def run():
        count = 0
        with Wire(server.port) as wire:
            while not stopped.is_set():
                wire.get("/text")
                count += 1
        counts.append(count)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(10):
        time.sleep(0.1)
        for name in ("own.log", "held.log"):
            (server.directory / name).rename(server.directory / ("%s.%d" % (name, number)))
        server.send_signal(10)
        until(lambda: (server.directory / "own.log").exists()
              and (server.directory / "held.log").exists(), 5)
    stopped.set()
    for thread in threads:
        thread.join()
    server.stop()
    for name in ("own.log", "held.log"):
        written = [server.read(path.name) for path in server.directory.glob(name + "*")]
        assert all(re.fullmatch("(/text 200\n)*", text) for text in written)
        assert sum(text.count("\n") for text in written) == sum(counts) > 100


# Paths with variables

def test_a_request_names_its_file(lab):
    server = start(lab, text_server("access_log %%DIR%%/by-$host.log short;"))
    server.get("/text", host="a.test")
    server.get("/text", host="b.test")
    server.get("/text", host="a.test")
    server.stop()
    assert server.read("by-a.test.log") == "/text 200\n" * 2
    assert server.read("by-b.test.log") == "/text 200\n"


@OURS
@pytest.mark.parametrize("value", ["../up", "x/../../up", "..", "%00x"])
def test_a_value_does_not_lead_out(lab, value):
    server = start(lab, """
        log_format short '$uri';
        map $arg_name $name { default $arg_name; ~%00 "a\x01"; }
        server { listen 127.0.0.1:%%PORT%%; root %%DIR%%/html;
                 access_log %%DIR%%/logs/$name short;
                 location /text { return 200 "one"; } }
    """)
    tree(server.directory, {"logs/x/keep": ""})
    server.get("/text?name=" + value)
    server.stop()
    assert not (server.directory / "up").exists() and not (server.directory.parent / "up").exists()
    assert value == "%00x" or "unsafe path of an access_log was refused" in server.errors()


def test_without_its_root_a_request_makes_no_file(lab):
    server = start(lab, text_server("access_log %%DIR%%/by-$host.log short;").replace(
        "root %%DIR%%/html", "root %%DIR%%/$host"))
    tree(server.directory / "a.test", {"x": ""})
    server.get("/text", host="a.test")
    server.get("/text", host="b.test")
    server.stop()
    assert server.read("by-a.test.log") == "/text 200\n"
    assert not (server.directory / "by-b.test.log").exists()
    assert re.search(r'\[error\] .*testing "[^"]*b.test" existence failed', server.errors())


def test_files_that_are_kept_open_are_found_again_after_a_reopen(lab):
    server = start(lab, text_server(
        "open_log_file_cache max=2; access_log %%DIR%%/by-$host.log short;"))
    for host in "abcabc":
        server.get("/text", host=host)
    (server.directory / "by-c.log").rename(server.directory / "moved")
    server.get("/text", host="c")
    until(lambda: server.read("moved") == "/text 200\n" * 3)
    server.send_signal(10)
    until(lambda: server.get("/text", host="c").status and server.read("by-c.log"), 5)
    server.stop()
    assert server.read("by-a.log") == server.read("by-b.log") == "/text 200\n" * 2


# Error logs

def test_each_error_log_has_its_level_and_each_line_once(lab):
    server = start(lab, text_server("", """
        location /n { error_log %%DIR%%/e1.log; error_log %%DIR%%/e2.log crit;
                      error_log %%DIR%%/e3.log info; }
        location /q { error_log %%DIR%%/e1.log; log_not_found off; }
    """))
    server.get("/n")
    server.get("/q")
    server.stop()
    assert server.read("e2.log") == "" and server.read("e1.log").count("\n") == 1
    assert server.read("e1.log") == server.read("e3.log")
    assert "/n" not in server.errors()


SHAPE = (r'\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[error\] \d+#\d+: \*\d+ '
         r'open\(\) "[^"]*/html/none" failed \(2: No such file or directory\), '
         r'client: 127\.0\.0\.1, server: , request: "GET /none\?q HTTP/1\.1", '
         r'host: "h\.test:8", referrer: "http://r/"\n')


def test_a_line_about_a_request_has_nginx_s_shape(lab):
    server = start(lab, text_server("error_log %%DIR%%/own.log;"))
    server.get("/none?q", host="h.test:8", fields={"Referer": "http://r/"})
    server.stop()
    assert re.fullmatch(SHAPE, server.read("own.log"))


def test_a_line_about_a_peer_names_it(lab):
    peer = lab.backend(lambda read, connection: connection.close())
    server = start(lab, text_server("error_log %%DIR%%/own.log;", """
        location /p/ { proxy_pass http://%%PEER%%/x/; } """), peer=str(peer))
    server.get("/p/a%20b?c=d")
    server.stop()
    assert (', server: , request: "GET /p/a%%20b?c=d HTTP/1.1", upstream: '
            '"http://%s/x/a%%20b?c=d", host: "' % peer) in server.read("own.log")


def test_a_long_request_makes_no_long_line(lab):
    server = start(lab, text_server("error_log %%DIR%%/own.log;"))
    server.get("/" + "%01" * 1500)
    server.stop()
    text = server.read("own.log")
    assert text.count("\n") == 1 and 2000 < len(text) <= 2048


def test_a_client_forges_no_line_of_the_error_log(lab):
    server = start(lab, text_server("error_log %%DIR%%/own.log info;"))
    for target in ("/%0a2026/01/01 [emerg] x", "/%1b[31m", '/a"b'):
        ask(server.port, b"GET " + target.replace(" ", "%20").encode() + b" HTTP/1.1\r\n"
            b"Host: a\r\nReferer: \x80\xff\t\"\r\n\r\n")
    server.stop()
    text = server.read("own.log")
    assert all(re.match(r"\d{4}/\d\d/\d\d .*\[(error|info)\]", line) for line in text.splitlines())
    assert "\x1b" not in text and "[emerg]" not in re.sub(r'"[^"]*"', "", text)


@OURS
@pytest.mark.parametrize("escape", ["default", "json", "none"])
def test_a_client_forges_no_line_of_the_access_log(lab, escape):
    server = start(lab, """
        log_format own escape=%s '$uri $arg_a';
        server { listen 127.0.0.1:%%%%PORT%%%%; access_log %%%%DIR%%%%/own.log own;
                 location / { return 200 x; } }
    """ % escape)
    server.get("/a%0d%0ab%0ac?a=x")
    server.get("/")
    server.stop()
    assert len(server.read("own.log").splitlines()) == 2


# Syslog

class Collector:
    """A syslog server."""

    def __init__(self, path=None):
        self.path = path
        if path:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.socket.bind(str(path))
        else:
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5)

    def __str__(self):
        if self.path:
            return "unix:%s" % self.path
        return "127.0.0.1:%d" % self.socket.getsockname()[1]

    def next(self):
        return self.socket.recv(65536).decode()

    def close(self):
        self.socket.close()
        if self.path:
            os.unlink(self.path)


HEAD = r"<%d>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d "


@pytest.mark.parametrize("kind", ["udp", "unix"])
def test_lines_go_to_syslog(lab, tmp_path, kind):
    collector = Collector(tmp_path / "log" if kind == "unix" else None)
    server = start(lab, text_server("""
        access_log syslog:server=%%WHERE%%,facility=mail,tag=web short;
        error_log syslog:server=%%WHERE%%,nohostname; """), where=str(collector))
    server.get("/text")
    name = socket.gethostname().lower()
    assert re.fullmatch(HEAD % 22 + re.escape(name) + " web: /text 200", collector.next())
    server.get("/none")
    assert re.match(HEAD % 187 + r"nginx: \d{4}/.*\[error\] .*open\(\)", collector.next())
    assert collector.next().endswith(" web: /none 404")
    server.stop()


@OURS
def test_a_syslog_server_may_go_and_come_back(lab, tmp_path):
    collector = Collector(tmp_path / "log")
    server = start(lab, text_server("access_log syslog:server=%%WHERE%% short;"),
                   where=str(collector))
    server.get("/text")
    assert collector.next().endswith("/text 200")
    collector.close()
    began = time.monotonic()
    for _ in range(200):
        assert server.get("/text").text == "one"
    assert time.monotonic() - began < 5
    assert server.errors().count("send() to syslog failed") == 1
    collector = Collector(tmp_path / "log")
    collector.socket.settimeout(0.2)

    def comes():
        server.get("/text")
        try:
            return collector.next()
        except TimeoutError:
            return None
    assert until(comes).endswith("/text 200")
