# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Fields behind the content: those of peers. What add_trailer adds is compared with nginx.

import pytest

from harness import request

pytestmark = pytest.mark.ours

TRAILERS = (b"X-Sum: abc\r\nX-Two:  a  b \r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
            b"Set-Cookie: a=b\r\nhost: evil\r\nX-Accel-Redirect: /x\r\nX-Hidden: 1\r\n")
REPLIES = {
    "/some": b"5\r\nhello\r\n0\r\n" + TRAILERS + b"\r\n",
    "/none": b"5\r\nhello\r\n0\r\n\r\n",
    "/empty": b"0\r\nX-Sum: abc\r\n\r\n",
    "/large": b"".join(b"1000\r\n%s\r\n" % (b"x" * 0x1000) for _ in range(300))
              + b"0\r\nX-Sum: abc\r\n\r\n",
}


def reply(read, connection):
    content = REPLIES["/" + read.target.rsplit("/", 1)[1]]
    head = (b"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nContent-Type: text/plain\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n")
    if "split" in read.target:
        for byte in head + content:
            connection.send(bytes([byte]))
        return None
    return head + content


@pytest.fixture(scope="module")
def server(shared_lab):
    backend = shared_lab.backend(reply)
    return shared_lab.server("""
        server {
            listen 127.0.0.1:%%PORT%%;
            proxy_hide_header X-Hidden;
            location / { proxy_pass http://%%BACKEND%%; }
            location /pass/ {
                proxy_pass http://%%BACKEND%%;
                proxy_pass_trailers on;
                location /pass/own/ { proxy_pass http://%%BACKEND%%; add_trailer X-Own $status; }
                location /pass/gzip/ {
                    proxy_pass http://%%BACKEND%%; gzip on; gzip_types *; gzip_min_length 1;
                    gzip_proxied any;
                }
            }
        }
    """, backend=backend.address)


@pytest.mark.parametrize("target, expected", [
    ("/some", []), ("/none", []), ("/pass/none", []), ("/pass/empty", [("X-Sum", "abc")]),
    ("/pass/some", [("X-Sum", "abc"), ("X-Two", "a  b")]),
    ("/pass/split/some", [("X-Sum", "abc"), ("X-Two", "a  b")]),
    ("/pass/own/some", [("X-Sum", "abc"), ("X-Two", "a  b"), ("X-Own", "200")]),
    ("/pass/own/none", [("X-Own", "200")]), ("/pass/large", [("X-Sum", "abc")]),
    ("/pass/gzip/large", [("X-Sum", "abc")])])
def test_the_trailers_of_peers_are_passed_on_where_told(server, target, expected):
    fields = {"Accept-Encoding": "gzip"} if "gzip" in target else {}
    with server.connect() as wire:
        for _ in range(2):
            answered = wire.get(target, fields=fields)
            assert answered.status == 200 and answered.framing == "chunked"
            assert answered.trailers == expected
            assert ("Content-Encoding" in answered) == ("gzip" in target)


def test_http_10_has_no_trailers(server):
    with server.connect() as wire:
        answered = wire.send(request("/pass/some", version="1.0")).response()
        assert answered.text == "hello" and answered.trailers == []
