# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# nginx and we, side by side, in streams: the same configuration, the same bytes to each listener;
# the same bytes back, at the peer, and in the log.

import pathlib
import re
import socket
import ssl
import threading

import pytest

from harness.ports import free_port
from harness.server import NGINX, Nginx, Server, until

# Debian's nginx has it as a module of its own.
MODULE = pathlib.Path("/usr/lib/nginx/modules/ngx_stream_module.so")

pytestmark = pytest.mark.skipif(
    NGINX is None or not MODULE.exists(), reason="there is no nginx with streams to compare with")


class Told:
    """A peer that tells what it is sent until it is `.`, or the end; one word ends it at once."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.seen = self.listener.getsockname()[1], []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(accepted,), daemon=True).start()

    def serve(self, accepted):
        data = b""
        with accepted:
            accepted.settimeout(10)
            try:
                while not data.endswith(b".") and (part := accepted.recv(65536)):
                    data += part
                self.seen.append(data)
                if not data.endswith(b"bye."):
                    accepted.sendall(b"<%s>" % re.sub(rb"[^\n -~]", b"?", data)[:400])
            except OSError:
                pass

    def stop(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()


def hello(name=None, alpn=None):
    """What a client of TLS says first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(alpn)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


LOG = r"""log_format all '$status|$protocol|$bytes_received|$bytes_sent|$upstream_addr|'
    '$upstream_bytes_sent|$upstream_bytes_received|$remote_addr|$server_port';
"""
ACCESS = "access_log %%DIR%%/all.log all;"
HEADER = b"PROXY TCP4 192.0.2.1 192.0.2.2 123 5678\r\n"
BINARY = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([192, 0, 2, 1, 192, 0, 2, 2, 0, 9, 0, 80])

# Name, what stands in `stream`, and what is sent to which listener.
TABLE = [
    ("proxy_pass", """
        upstream both { server 127.0.0.1:%%DEAD%% max_fails=0; server %%PEER%%; }
        upstream spare { server 127.0.0.1:%%DEAD%%; server %%PEER%% backup; }
        upstream none { server 127.0.0.1:%%DEAD%%; }
        upstream named { hash $server_port; server %%PEER%%; }
        server { listen 127.0.0.1:%%PORT%%; proxy_pass %%PEER%%; }
        server { listen 127.0.0.1:%%PORT1%%; proxy_pass both; proxy_next_upstream on; }
        server { listen 127.0.0.1:%%PORT2%%; proxy_pass spare; }
        server { listen 127.0.0.1:%%PORT3%%; proxy_pass none; }
        server { listen 127.0.0.1:%%PORT4%%; proxy_pass both; proxy_next_upstream off; }
        server { listen 127.0.0.1:%%PORT5%%; proxy_pass $where; }
        server { listen 127.0.0.1:%%PORT6%%; set $to named; proxy_pass $to; }
        map $server_port $where { default %%PEER%%; }
        """,
     [("PORT", b"a."), ("PORT", b"bye."), ("PORT", b""), ("PORT", b"x" * 30_000 + b"."),
      ("PORT1", b"b."), ("PORT2", b"c."), ("PORT3", b"d."), ("PORT4", b"e."), ("PORT4", b"e."),
      ("PORT5", b"f."), ("PORT6", b"g.")]),
    ("return, map, geo, set, split_clients", """
        map $server_port $kind { default other; %%PORT%% first; ~^%%PORT1%%$ "se cond"; }
        geo $near { default no; 127.0.0.0/8 yes; 192.0.2.0/24 test; }
        geo $proxy_protocol_addr $far { default no; 192.0.2.0/24 yes; }
        split_clients $remote_addr $half { 50% one; * two; }
        server { listen 127.0.0.1:%%PORT%%; return "$kind $near $half $protocol\\n"; }
        server { listen 127.0.0.1:%%PORT1%%; set $own "$kind!"; return "$own$near"; }
        server { listen 127.0.0.1:%%PORT2%% proxy_protocol;
                 return "$proxy_protocol_addr $proxy_protocol_port $far"; }
        server { listen 127.0.0.1:%%PORT3%%; return ""; }
        server { listen 127.0.0.1:%%PORT4%%; return $bytes_received$status; }
        server { listen 127.0.0.1:%%PORT5%%; return "$server_addr $server_port $pid_"; }
        map $pid $pid_ { ~. some; }
        """,
     [("PORT", b""), ("PORT1", b""), ("PORT2", HEADER), ("PORT2", BINARY),
      ("PORT2", b"PROXY UNKNOWN\r\n"), ("PORT2", b"GET / HTTP/1.0\r\n\r\n"), ("PORT3", b""),
      ("PORT4", b""), ("PORT5", b"")]),
    ("access and limits", """
        limit_conn_zone $remote_addr zone=one:1m;
        server { listen 127.0.0.1:%%PORT%%; deny all; proxy_pass %%PEER%%; }
        server { listen 127.0.0.1:%%PORT1%%; allow 127.0.0.1; deny all; proxy_pass %%PEER%%; }
        server { listen 127.0.0.1:%%PORT2%% proxy_protocol; set_real_ip_from 127.0.0.1;
                 deny 192.0.2.0/24; return "$remote_addr $realip_remote_addr"; }
        server { listen 127.0.0.1:%%PORT3%%; limit_conn one 1; return "$limit_conn_status"; }
        server { listen 127.0.0.1:%%PORT4%% proxy_protocol; set_real_ip_from 127.0.0.1;
                 return "$remote_addr $remote_port $realip_remote_addr"; }
        """,
     [("PORT", b"a."), ("PORT1", b"a."), ("PORT2", HEADER), ("PORT2", b"PROXY UNKNOWN\r\n"),
      ("PORT3", b""), ("PORT3", b""), ("PORT4", HEADER), ("PORT4", BINARY)]),
    ("the PROXY protocol", """
        server { listen 127.0.0.1:%%PORT%% proxy_protocol; proxy_protocol on;
                 set_real_ip_from 127.0.0.1; proxy_pass %%PEER%%; }
        server { listen 127.0.0.1:%%PORT1%% proxy_protocol; proxy_pass %%PEER%%; }
        """,
     [("PORT", HEADER + b"a."), ("PORT", BINARY + b"a."), ("PORT", HEADER[:20]), ("PORT", b""),
      ("PORT1", HEADER + b"a."), ("PORT1", b"PROXY TCP4 1.1.1.1 2.2.2.2 3\r\n."),
      ("PORT1", b"PROXY UNKNOWN\r\na."), ("PORT1", b"x" * 300)]),
    # What nginx has looked at for this, it does not count as received.
    ("ssl_preread", """
        log_format all '$status|$protocol|$bytes_sent|$upstream_addr|$upstream_bytes_sent';
        ssl_preread on;
        map $ssl_preread_server_name $to { default %%PEER%%; refused.test 127.0.0.1:%%DEAD%%; }
        server { listen 127.0.0.1:%%PORT%%;
                 return "$ssl_preread_server_name|$ssl_preread_protocol|$alpn"; }
        map $ssl_preread_alpn_protocols $alpn { volatile; default $ssl_preread_alpn_protocols; }
        server { listen 127.0.0.1:%%PORT1%%; proxy_pass $to; }
        server { listen 127.0.0.1:%%PORT2%%; ssl_preread off; return "$ssl_preread_server_name|"; }
        server { listen 127.0.0.1:%%PORT3%%; preread_buffer_size 64; return "seen"; }
        server { listen 127.0.0.1:%%PORT4%%; preread_timeout 200ms; return "seen"; }
        """,
     [("PORT", hello("a.test")), ("PORT", hello("a.test", ["h2", "http/1.1"])), ("PORT", hello()),
      ("PORT", b"GET / HTTP/1.0\r\n\r\n"), ("PORT", b""), ("PORT", hello("a.test")[:40]),
      ("PORT", b"\x16\3\1\0\5\2\0\0\1\0"), ("PORT", b"\x80\x2e\1\3\1" + b"\0" * 44),
      ("PORT1", b"plain."), ("PORT1", hello("refused.test")),
      ("PORT2", hello("a.test")), ("PORT3", hello("a.test")), ("PORT4", hello("a.test")[:9])]),
]

CASES = [pytest.param(row, index, id="%s: %d" % (row[0], index))
         for row in TABLE for index in range(len(row[2]))]


class Side:
    def __init__(self, lab, kind, text):
        self.peer = Told()
        lab.started.append(self.peer)
        self.dead = free_port()
        log = "" if "log_format" in text else LOG
        module = "load_module %s;\n" % MODULE if kind.kind == "nginx" else ""
        self.server = lab.server(
            "", kind=kind, main=module + "stream {\n" + log + text + ACCESS + "\n}\n",
            peer="127.0.0.1:%d" % self.peer.port, dead=self.dead)
        self.lines = 0

    def neutral(self, text):
        for name, port in [*self.server.ports.items(), ("PEER", self.peer.port),
                           ("DEAD", self.dead)]:
            text = re.sub(r"(?<!\d)%d(?!\d)" % port, name, text)
        return text

    def ask(self, listener, data):
        """What came back, what the peer saw, and the line of the log."""
        del self.peer.seen[:]
        with socket.create_connection(
                ("127.0.0.1", self.server.ports[listener]), timeout=10) as client:
            client.settimeout(10)
            got = b""
            try:
                client.sendall(data)
                if not data.endswith((b".", b"\n")) and len(data) < 50:
                    client.shutdown(socket.SHUT_WR)
                while part := client.recv(65536):
                    got += part
            except OSError:
                pass
        log = self.server.directory / "all.log"
        self.lines += 1
        until(lambda: log.exists() and len(log.read_text().splitlines()) >= self.lines, 10)
        line = log.read_text().splitlines()[self.lines - 1]
        seen = [self.neutral(re.sub(rb"[^\n -~]", b"?", each)[:400].decode())
                for each in self.peer.seen if each]
        return self.neutral(got.decode("latin-1")), seen, self.neutral(line)


@pytest.fixture(scope="module")
def sides(shared_lab):
    made = {}

    def both(row):
        if row[0] not in made:
            made[row[0]] = [Side(shared_lab, kind, row[1]) for kind in (Nginx, Server)]
        return made[row[0]]
    return both


@pytest.mark.parametrize("row, index", CASES)
def test_sessions_are_equal(sides, row, index):
    theirs, ours = (side.ask(*row[2][index]) for side in sides(row))
    assert ours == theirs
