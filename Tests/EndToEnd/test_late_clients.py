# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Files that hold the content of requests, and connections that are reset or spared at their end.

import signal
import time
from pathlib import Path

import pytest

from harness import answer, request, tree, until

FILES = """
    server {
        listen 127.0.0.1:%%PORT%%;
        client_body_temp_path %%DIR%%/content 1 2;
        add_header X-File $request_body_file always;
        proxy_set_header X-File $request_body_file;
        location /kept/ { client_body_in_file_only on; proxy_pass http://%%BACKEND%%; }
        location /clean/ { client_body_in_file_only clean; proxy_pass http://%%BACKEND%%; }
        location /off/ { client_body_buffer_size 1k; proxy_pass http://%%BACKEND%%; }
    }
"""


def look(read, connection):
    """Answers what is in the file that the request names."""
    path = Path(dict(read.fields).get("X-File", "/nowhere"))
    return answer(path.read_bytes() if path.exists() else "no file")


@pytest.fixture
def server(lab):
    return lab.server(FILES, backend=lab.backend(look).address)


@pytest.mark.parametrize("content", [b"", b"abc", b"x" * 100_000])
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_a_file_has_all_of_the_content(server, content, coding):
    if coding == "length":
        raw = request("/%s/x", "POST", content=content)
    else:
        raw = request("/%s/x", "POST", fields={"Transfer-Encoding": "chunked"},
                      content=(b"%x\r\n%s\r\n" % (len(content), content) if content else b"")
                      + b"0\r\n\r\n")
    with server.connect() as wire:
        answered = wire.send(raw.replace(b"%s", b"kept", 1)).response()
        name = Path(answered["X-File"])
        assert answered.content == content == name.read_bytes()
        digits = name.name
        assert len(digits) == 10 and name.parent.name == digits[-3:-1]
        assert name.parent.parent.name == digits[-1]
        answered = wire.send(raw.replace(b"%s", b"clean", 1)).response()
        assert answered.content == content
        until(lambda: not Path(answered["X-File"]).exists())
        assert name.exists()


def test_a_file_without_a_name_is_named_all_the_same(server):
    answered = server.get("/off/x", "POST", content=b"x" * 5000)
    assert answered["X-File"].startswith(str(server.directory / "content"))
    assert answered.text == "no file"
    server.wait_for_error("a client request body is buffered to a temporary file "
                          + answered["X-File"])


def test_a_clean_file_goes_with_its_client(server):
    with server.connect() as wire:
        wire.send(request("/clean/x", "POST", fields={"Content-Length": "100000"}))
        wire.send(b"x" * 50_000)
        folder = server.directory / "content"
        until(lambda: [f for f in folder.rglob("*") if f.is_file()])
    until(lambda: not [f for f in folder.rglob("*") if f.is_file()])


RESET = """
    server {
        listen 127.0.0.1:%%PORT%% sndbuf=8k;
        root %%DIR%%/html;
        send_timeout 1s;
        client_body_timeout 1s;
        reset_timedout_connection on;
        location /none { return 444; }
        location /off/ { reset_timedout_connection off; alias %%DIR%%/html/; }
        location /off/none { reset_timedout_connection off; return 444; }
        location /content { proxy_pass http://127.0.0.1:1; proxy_request_buffering on; }
    }
"""


def is_reset(wire):
    """Whether the connection ends by a reset, after whatever came before that."""
    wire.socket.settimeout(10)
    try:
        while wire.socket.recv(65536):
            pass
    except ConnectionResetError:
        return True
    return False


@pytest.mark.parametrize("target, resets", [("/none", True), ("/off/none", False)])
def test_what_is_worth_no_answer_is_reset(lab, target, resets):
    with lab.server(RESET).connect() as wire:
        wire.send(request(target))
        assert is_reset(wire) is resets


@pytest.mark.parametrize("target, resets", [("/large", True), ("/off/large", False)])
def test_a_client_that_does_not_read_is_reset(lab, target, resets):
    server = lab.server(RESET, start=False)
    tree(server.directory / "html", {"large": "x" * 20_000_000})
    server.start()
    with server.connect(receive_buffer=4096) as wire:
        wire.send(request(target))
        time.sleep(2.5)
        assert is_reset(wire) is resets


def test_a_client_that_stops_in_its_content_is_reset(lab):
    with lab.server(RESET).connect() as wire:
        wire.send(request("/content", "POST", fields={"Content-Length": "10"}) + b"abc")
        assert is_reset(wire)


@pytest.mark.ours
def test_a_connection_rests_as_long_as_it_may_when_the_server_ends(lab):
    server = lab.server("""
        keepalive_min_timeout 2s;
        server { listen 127.0.0.1:%%PORT%%;
                 location / { return 200 "text"; }
                 location /short { keepalive_min_timeout 0; return 200 "text"; } }
    """)
    with server.connect() as spared, server.connect() as used, server.connect() as closed:
        begun = time.monotonic()
        assert spared.get("/").text == used.get("/").text == closed.get("/short").text == "text"
        server.send_signal(signal.SIGQUIT)
        closed.closed(1)
        spared.open(0.3)
        answered = used.get("/")
        assert answered.text == "text" and answered.closes
        spared.closed(4)
        assert 1.5 < time.monotonic() - begun < 4
    until(lambda: server.process.poll() is not None)
