# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A server with files and a peer behind it, and the three questions that every hostile request
# raises: was it refused as it should be, did anything of it reach the peer, and does the next
# request on a new connection still get the right answer?

import itertools

from .backend import Backend, answer
from .files import tree
from .wire import Wire, WireError, request

CONFIGURATION = """
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name localhost;
        root %%DIR%%/html;
        client_max_body_size 256k;

        location /proxy/ {
            proxy_pass http://%%BACKEND%%;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
        }
        location /text { return 200 "text"; }
    }
"""

# A request that must never be seen, sent where a confused server would take content for a request.
SMUGGLED = b"GET /proxy/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"


def echo(read, connection):
    """The peer's answer names the target, so that answers cannot be mixed up unseen."""
    return answer("peer " + read.target)


class Site:
    def __init__(self, lab, configuration=CONFIGURATION, script=echo, **names):
        self.backend = lab.backend(script)
        self.server = lab.server(
            configuration, start=False, backend=self.backend.address, **names)
        tree(self.server.directory / "html", {"index.html": "file", "a.txt": "a" * 1000})
        self.server.start()
        self.script = script
        self.numbers = itertools.count()

    def begin(self):
        """Forgets what former tests did; for a fixture."""
        self.backend.forget(self.script)

    def sentinel(self):
        """A right answer on a new connection, through the proxy; returns what the peer saw."""
        target = "/proxy/sentinel%d" % next(self.numbers)
        answered = self.server.get(target)
        assert (answered.status, answered.text) == (200, "peer " + target), answered
        seen = [read for read in self.backend.requests if read.target != target]
        for read in self.backend.requests:
            assert not read.flaws, read
        return seen

    def exchange(self, raw, timeout=10, pause=None, after=SMUGGLED):
        """Sends raw bytes, with a smuggled request after them, and returns the first answer (None
        when the connection was closed without one) and the bytes that followed it."""
        with Wire(self.server.port, timeout) as wire:
            wire.send(raw + after)
            try:
                first = wire.response(raw.split(b" ", 1)[0].decode("latin-1"))
            except WireError as error:
                if "ended inside a line: b''" not in str(error):
                    raise
                return None, b""
            return first, wire.rest() if first.closes else b""

    def refused(self, raw, statuses, reached=False, **rest):
        """Asserts that raw is refused with one of the statuses (None: closed without an answer),
        the connection closed, and that nothing of it reached the peer; with `reached` a first part
        may have, but never a complete request."""
        first, after = self.exchange(raw, **rest)
        if first is None:
            assert None in statuses, "closed without an answer, expected %r" % (statuses,)
        else:
            assert first.status in statuses, first
            assert first.closes, "it does not say that it closes: %r" % first
            assert after == b"", "more than one answer: %r" % after
        seen = self.sentinel()
        complete = [read for read in seen if read.complete]
        assert not complete and (reached or not seen), "the peer saw %r" % seen
        self.server.assert_unharmed()
